/** News of new mail, for runs that wait for it. */
export interface NewMail {
  /** Notes that everything announced so far was seen. */
  seen(): void;
  /** Announces new mail. */
  notify(): void;
  /** Resolves to true as soon as unseen mail is announced, and to false after `ms` or at the end. */
  wait(ms: number): Promise<boolean>;
  /** Ends all waiting. */
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
      // All callers share one timer, so a caller that stops waiting leaves nothing behind.
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
