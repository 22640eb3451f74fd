/** Word of new mail for those who wait for it. */
export interface NewMail {
  /** What was announced until now has been seen. */
  seen(): void;
  /** Somebody said that there is mail. */
  notify(): void;
  /** Resolves to true as soon as there is word of mail that was not seen, false after `ms` or at the end. */
  wait(ms: number): Promise<boolean>;
  /** Nobody need wait any longer. */
  end(): void;
}

export function createNewMail(): NewMail {
  let isAnnounced = false;
  let wake: (() => void) | undefined;
  let waiting: Promise<void> | undefined;

  return {
    seen: () => void (isAnnounced = false),
    notify() {
      isAnnounced = true;
      wake?.();
    },
    async wait(ms) {
      if (isAnnounced) return true;
      // One timer for all who ask: a caller that stopped waiting leaves nothing behind.
      waiting ??= new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }).finally(() => {
        waiting = undefined;
        wake = undefined;
      });
      await waiting;
      return isAnnounced;
    },
    end: () => wake?.(),
  };
}
