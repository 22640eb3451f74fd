import type { ObserveSession, ObservedTarget, SessionEvent } from '../delivery/session-event.ts';
import { charactersOf, RecordRing } from './record-ring.ts';
import { fitsRecipients, fitsTarget, type TraceFilter } from './trace-filter.ts';
import {
  eventRecord,
  sessionRecord,
  stoppedRecord,
  type EventRecord,
  type TraceRecord,
} from './trace-record.ts';

/** Readers at the same time. */
export const mostListeners = 8;
/** What waits for a slow reader. */
const mostWaiting = { records: 2_000, characters: 256 * 1024 } as const;
/** The beginning of a session that is kept for those who ask for a recipient: an EHLO of usual length, twice. */
const mostKept = { records: 40, characters: 8 * 1024 } as const;

/** A reader of sessions. */
export interface TraceListener {
  /** The next record that waits for it. */
  take(): TraceRecord | undefined;
  /** Resolves when there may be one, when nothing more will come, or when `signal` is aborted. */
  news(signal: AbortSignal): Promise<void>;
  /** No more will come than what waits. */
  readonly isOver: boolean;
  leave(): void;
}

export interface TraceHub {
  /** For the sessions of this process. */
  readonly observe: ObserveSession;
  /** Whether one more reader is let in. */
  hasRoom(): boolean;
  /** Undefined if there are too many, or no more sessions. */
  listen(filter: TraceFilter): TraceListener | undefined;
  /** Tells all readers that nothing more will come. */
  close(): void;
}

/** A session for one reader: to be shown, not now, or never. */
type View = 'undecided' | 'shown' | 'between' | 'never';

interface Listener extends TraceListener {
  readonly filter: TraceFilter;
  push(record: TraceRecord): void;
  end(): void;
}

/** Hands the events of all sessions to those who read them. Sessions wait for nobody: who reads slowly loses some. */
export function createTraceHub(): TraceHub {
  const listeners = new Set<Listener>();
  let sessions = 0;
  let isClosed = false;

  function wantsRecipients(): boolean {
    for (const { filter } of listeners) if (filter.recipients.length > 0) return true;
    return false;
  }

  return {
    observe(target) {
      sessions += 1;
      const watched = new WatchedSession(sessions, target);
      return {
        get listens() {
          return listeners.size > 0;
        },
        note: (event) => watched.note(event, listeners, wantsRecipients()),
      };
    },
    hasRoom: () => !isClosed && listeners.size < mostListeners,
    listen(filter) {
      if (isClosed || listeners.size >= mostListeners) return undefined;
      const listener = createListener(filter, () => listeners.delete(listener));
      listeners.add(listener);
      return listener;
    },
    close() {
      isClosed = true;
      for (const listener of listeners) listener.end();
      listeners.clear();
    },
  };
}

class WatchedSession {
  readonly #id: number;
  readonly #target: ObservedTarget;
  readonly #views = new WeakMap<Listener, View>();
  /** Its beginning, for those who will want it only when they know its recipients. */
  readonly #kept: EventRecord[] = [];
  #keptCharacters = 0;
  #keeps = true;

  constructor(id: number, target: ObservedTarget) {
    this.#id = id;
    this.#target = target;
  }

  note(event: SessionEvent, listeners: ReadonlySet<Listener>, keep: boolean): void {
    let made: EventRecord | undefined;
    const record = (): EventRecord => (made ??= eventRecord(this.#id, event));
    if (event.kind === 'offered') this.#keeps = false;
    for (const listener of listeners) {
      const before = this.#views.get(listener) ?? this.#begin(listener);
      if (before === 'never') continue;
      const view = this.#viewOf(event, before, listener.filter);
      if (view !== before) this.#views.set(listener, view);
      if (before === 'undecided' && view === 'shown') this.#showStart(listener, event);
      const isLast = event.kind === 'ended' && view === 'between';
      if (view === 'shown' || isLast) listener.push(record());
    }
    if (keep && this.#keeps) this.#keep(record());
  }

  #begin({ filter }: Listener): View {
    return fitsTarget(filter, this.#target) ? 'undecided' : 'never';
  }

  /** It is shown as soon as something happens, if the mail that it was opened for is wanted; otherwise when such mail comes. */
  #viewOf(event: SessionEvent, before: View, filter: TraceFilter): View {
    if (event.kind === 'offered') {
      if (fitsRecipients(filter, event.recipients)) return 'shown';
      return before === 'undecided' ? 'undecided' : 'between';
    }
    if (before !== 'undecided') return before;
    return fitsRecipients(filter, this.#target.errand?.recipients() ?? []) ? 'shown' : 'undecided';
  }

  #showStart(listener: Listener, event: SessionEvent): void {
    const kept = listener.filter.recipients.length === 0 ? [] : this.#kept;
    const [first = event] = kept;
    const isWhole = first.kind === 'connected' || this.#target.level === undefined;
    listener.push(sessionRecord(this.#id, first.at, this.#target, !isWhole));
    for (const record of kept) listener.push(record);
  }

  #keep(record: EventRecord): void {
    this.#keptCharacters += charactersOf(record);
    if (this.#kept.length >= mostKept.records || this.#keptCharacters > mostKept.characters)
      this.#keeps = false;
    else this.#kept.push(record);
  }
}

function createListener(filter: TraceFilter, leave: () => void): Listener {
  const ring = new RecordRing(mostWaiting.records, mostWaiting.characters);
  let isOver = false;
  let wake: (() => void) | undefined;
  const tell = (): void => {
    wake?.();
    wake = undefined;
  };
  return {
    filter,
    take: () => ring.take(),
    get isOver() {
      return isOver;
    },
    push(record) {
      ring.push(record);
      tell();
    },
    news(signal) {
      return new Promise((resolve) => {
        const done = (): void => {
          signal.removeEventListener('abort', done);
          resolve();
        };
        wake = done;
        signal.addEventListener('abort', done);
        if (signal.aborted || isOver) done();
      });
    },
    end() {
      ring.push(stoppedRecord);
      isOver = true;
      tell();
    },
    leave() {
      isOver = true;
      leave();
      tell();
    },
  };
}
