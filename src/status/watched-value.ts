/** Server-sent events of a value that changes: the newest, at most once a second, to whoever reads. */
export interface WatchedValue {
  /** Something changed: it is read again soon, if anybody watches. */
  touch(): void;
  /** The body of an answer `text/event-stream`, until `signal` is aborted. */
  events(signal: AbortSignal): AsyncGenerator<string, void, void>;
  /** How many read. */
  watchers(): number;
}

/** Readers are told no oftener. */
const COALESCE_MS = 1_000;
/** What changes by itself is read so often while anybody watches, which is a sign of life as well. */
const READ_EVERY_MS = 5_000;

/** @param read the value, as JSON without line breaks */
export function watchValue(read: () => Promise<string>): WatchedValue {
  let watchers = 0;
  let version = 0;
  let latest = '';
  let timer: NodeJS.Timeout | undefined;
  let dueAt = Infinity;
  let reading = false;
  let touched = false;
  const waiting = new Set<() => void>();

  async function look(): Promise<void> {
    if (reading) return;
    reading = true;
    touched = false;
    latest = await read().catch(() => latest);
    version += 1;
    reading = false;
    for (const go of waiting) go();
    plan(touched ? COALESCE_MS : READ_EVERY_MS);
  }

  /** Reads in so long, or sooner if that is planned. */
  function plan(afterMs: number): void {
    const at = performance.now() + afterMs;
    if (watchers === 0 || at >= dueAt) return;
    clearTimeout(timer);
    dueAt = at;
    timer = setTimeout(() => {
      dueAt = Infinity;
      void look();
    }, afterMs);
  }

  function leave(): void {
    watchers -= 1;
    if (watchers > 0) return;
    clearTimeout(timer);
    dueAt = Infinity;
  }

  return {
    watchers: () => watchers,
    touch() {
      touched = true;
      if (!reading) plan(COALESCE_MS);
    },
    async *events(signal) {
      watchers += 1;
      if (watchers === 1) void look();
      // What was read for others before may be old: everybody begins with what is read next.
      let seen = version;
      try {
        yield 'retry: 3000\n\n';
        for (;;) {
          if (seen === version) await changed(waiting, signal);
          if (signal.aborted) return;
          seen = version;
          // The comment keeps proxies from closing what they take for idle.
          if (latest !== '') yield `: alive\nevent: state\nid: ${seen}\ndata: ${latest}\n\n`;
        }
      } finally {
        leave();
      }
    },
  };
}

function changed(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      waiting.delete(go);
      signal.removeEventListener('abort', go);
      resolve();
    };
    waiting.add(go);
    signal.addEventListener('abort', go);
    if (signal.aborted) go();
  });
}
