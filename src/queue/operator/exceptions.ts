import {
  exceptionText,
  isInForce,
  mostExceptions,
  readException,
  type PolicyException,
} from '../../core/tls-policy/exception.ts';
import type { QueueStore } from '../store/queue-store.ts';

/** What the operator did to an exception, until a relay has put it into its log. */
export interface ExceptionNote {
  readonly act: 'set' | 'removed';
  readonly exception: PolicyException;
  /** Who did it, and when (epoch ms). */
  readonly by: string;
  readonly at: number;
}

/** The exceptions of a queue, which all its relays obey. Calls reject with QueueError. */
export interface ExceptionStore {
  /** Those that can be read, in force or not, and the names of the others. */
  read(): Promise<ReadExceptions>;
  /** `full`: there are too many that are in force. */
  set(exception: PolicyException): Promise<'set' | 'full'>;
  /** The exception that was there under this name. */
  remove(name: string, by: string): Promise<PolicyException | undefined>;
  /** Removes one that is over; true if this call did it. */
  expire(exception: PolicyException): Promise<boolean>;
  /** What operators did since anybody asked. Each note is given to one relay. */
  takeNotes(): Promise<readonly ExceptionNote[]>;
}

export interface ReadExceptions {
  readonly exceptions: readonly PolicyException[];
  readonly unreadable: readonly string[];
}

type Store = Pick<QueueStore, 'exceptions' | 'except' | 'unexcept' | 'takeExceptionNotes'>;

export function openExceptions(store: Store, now: () => number): ExceptionStore {
  async function expire(exception: PolicyException): Promise<boolean> {
    const text = (await store.exceptions()).get(exception.name);
    const stored = text === undefined ? undefined : readException(exception.name, text);
    if (text === undefined || stored?.until !== exception.until || stored.setAt !== exception.setAt)
      return false;
    return store.unexcept({ name: exception.name, text, note: '' });
  }

  return {
    async read() {
      const exceptions: PolicyException[] = [];
      const unreadable: string[] = [];
      for (const [name, text] of await store.exceptions()) {
        const exception = readException(name, text);
        if (exception === undefined) unreadable.push(name);
        else exceptions.push(exception);
      }
      return { exceptions, unreadable };
    },
    async set(exception) {
      const note: ExceptionNote = { act: 'set', exception, by: exception.by, at: now() };
      const wanted = {
        name: exception.name,
        text: exceptionText(exception),
        most: mostExceptions,
        note: JSON.stringify(note),
      };
      if (await store.except(wanted)) return 'set';
      // Those that are over make room, if no relay runs that would have removed them.
      for (const [name, text] of await store.exceptions()) {
        const one = readException(name, text);
        if (one === undefined || !isInForce(one, now())) await store.unexcept({ name, text, note: '' });
      }
      return (await store.except(wanted)) ? 'set' : 'full';
    },
    async remove(name, by) {
      const text = (await store.exceptions()).get(name);
      if (text === undefined) return undefined;
      const exception = readException(name, text) ?? unreadable(name);
      const note: ExceptionNote = { act: 'removed', exception, by, at: now() };
      return (await store.unexcept({ name, text, note: JSON.stringify(note) })) ? exception : undefined;
    },
    expire,
    async takeNotes() {
      return (await store.takeExceptionNotes()).flatMap((text) => noteOf(text) ?? []);
    },
  };
}

/** One that cannot be read is not in force, and can be removed. */
function unreadable(name: string): PolicyException {
  return { name, level: 'dane', until: 0, reason: 'unreadable', setAt: 0, by: 'nobody' };
}

function noteOf(text: string): ExceptionNote | undefined {
  try {
    return JSON.parse(text) as ExceptionNote;
  } catch {
    return undefined;
  }
}
