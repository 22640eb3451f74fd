import { constants } from 'node:os';

/** Ctrl-C and its kin, kept until the demo can put everything away. */
export interface Interruption {
  /** Aborted by the first signal, or when nobody reads the output any more. */
  readonly signal: AbortSignal;
  /** As a shell counts: 130 after SIGINT. */
  readonly exitCode: number;
  /** Settles as `work` does, or rejects at the interruption. */
  race<T>(work: Promise<T>): Promise<T>;
}

export function catchInterruption(): Interruption {
  const controller = new AbortController();
  let exitCode = 0;
  const interrupt = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) return;
    exitCode = 128 + constants.signals[name];
    controller.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupt(name));
  process.stdout.on('error', () => interrupt('SIGPIPE'));
  const { signal } = controller;
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('interrupted')), { once: true });
  });
  interrupted.catch(() => {});
  return {
    signal,
    get exitCode() {
      return exitCode;
    },
    race: (work) => Promise.race([work, interrupted]),
  };
}
