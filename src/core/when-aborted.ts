interface Watch {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

const watches = new WeakMap<AbortSignal, Watch>();

/**
 * Calls `callback` once `signal` is aborted, at once if it is already. Returns the way to take that back.
 * However many sessions hang on a signal, it has one listener; and none when nobody waits, so that a signal
 * made for one message can be collected with it.
 */
export function whenAborted(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => undefined;
  }
  const watch = watches.get(signal) ?? startWatch(signal);
  watch.callbacks.add(callback);
  return () => {
    watch.callbacks.delete(callback);
    if (watch.callbacks.size > 0) return;
    signal.removeEventListener('abort', watch.listener);
    watches.delete(signal);
  };
}

/**
 * Ends a controller with a signal that may live as long as the relay. Returns the way to take that back, which is to be
 * gone once its work is done: `AbortSignal.any` leaves something behind on such a signal each time (Node.js 20).
 */
export function abortWith(signal: AbortSignal, controller: AbortController): () => void {
  return whenAborted(signal, () => controller.abort(signal.reason));
}

function startWatch(signal: AbortSignal): Watch {
  const callbacks = new Set<() => void>();
  const listener = (): void => {
    for (const callback of callbacks) callback();
  };
  const watch = { callbacks, listener };
  signal.addEventListener('abort', listener, { once: true });
  watches.set(signal, watch);
  return watch;
}

/** Whether an error is the end of a signal, and no trouble of its own. */
export function isOfAbort(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && error === signal.reason;
}
