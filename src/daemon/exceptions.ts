import type { Log } from '../core/log/log-event.ts';
import { isAbout, isInForce, type PolicyException } from '../core/tls-policy/exception.ts';
import type { Exceptions } from '../core/tls-policy/exceptions.ts';
import type { Queue, Run } from '../queue/open-queue.ts';
import { exceptionActed, exceptionExpired, exceptionUnreadable } from './log-lines.ts';

/** How often they are read without a word that they have changed, and looked through for those that are over. */
const INTERVAL_MS = 60_000;

export interface KeepingPorts {
  readonly exceptions: Exceptions;
  readonly queue: Pick<Queue, 'exceptions' | 'onExceptions' | 'flushWhere'>;
  readonly log: Log;
  readonly now: () => number;
}

/** After a reading that failed. */
const RETRY_MS = 1_000;

export interface Keeping {
  /** Reads what is stored. Never rejects: what is known stays until its date, and is read a little later. */
  read(): Promise<void>;
  /** Deliveries begin: mail that waits becomes due by what is learned from now on. */
  begin(): void;
  /** The run, once the exceptions were read: until then mail waits, because one of them may ask for more than the settings. */
  behind(run: Run): Run;
  stop(): void;
}

/**
 * Keeps the exceptions that this process knows as they are stored: all relays of a queue obey the same ones. Mail for
 * which there is a new one becomes due, once this process knows of it.
 */
export function keepExceptions({ exceptions, queue, log, now }: KeepingPorts): Keeping {
  const unreadable = new Set<string>();
  let underWay: Promise<void> | undefined;
  let isAsked = false;
  let isBegun = false;
  let isKnown = false;
  let again: NodeJS.Timeout | undefined;

  async function readOnce(): Promise<void> {
    const stored = await queue.exceptions.read();
    const news = exceptions.replace(stored.exceptions);
    isKnown = true;
    for (const name of stored.unreadable) {
      if (!unreadable.has(name)) log(exceptionUnreadable(name));
      unreadable.add(name);
    }
    for (const note of await queue.exceptions.takeNotes()) log(exceptionActed(note, now()));
    for (const exception of stored.exceptions) {
      if (exception.until <= now() && (await queue.exceptions.expire(exception)))
        log(exceptionExpired(exception));
    }
    if (isBegun) await makeDue(news.filter((exception) => isInForce(exception, now())));
  }

  async function makeDue(news: readonly PolicyException[]): Promise<void> {
    if (news.length === 0) return;
    await queue.flushWhere((destination) => news.some((exception) => isAbout(exception, destination)));
  }

  function read(): Promise<void> {
    isAsked = true;
    underWay ??= readAsAsked().finally(() => (underWay = undefined));
    return underWay;
  }

  async function readAsAsked(): Promise<void> {
    while (isAsked) {
      isAsked = false;
      // The queue watches Redis, and tells its trouble.
      await readOnce().catch(() => {
        clearTimeout(again);
        again = setTimeout(() => void read(), RETRY_MS);
      });
    }
  }

  queue.onExceptions(() => void read());
  const timer = setInterval(() => void read(), INTERVAL_MS);
  return {
    read,
    begin() {
      isBegun = true;
    },
    behind: (run) => async (lease) =>
      isKnown ? run(lease) : { postponeUntil: now() + RETRY_MS, reason: 'the exceptions are not read yet' },
    stop() {
      clearInterval(timer);
      clearTimeout(again);
    },
  };
}
