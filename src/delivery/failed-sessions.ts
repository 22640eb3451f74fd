import type { ObserveSession, SessionEvent, SessionObserver } from '../core/delivery/session-event.ts';

/** The sessions that failed, until the outcome of their deliveries is written down. */
export interface FailedSessions {
  readonly observe: ObserveSession;
  /** The last failed session in which this message was to go out, a line for each thing that was said; forgets it. */
  take(queueId: string, destination: string): readonly string[] | undefined;
}

/** Sessions that wait to be taken. Beyond it the oldest is forgotten. */
const MOST_SESSIONS = 512;
/** Characters of one session in memory, about: a host may answer with pages. */
const SESSION_CHARACTERS = 32_000;
/** What an event takes beside its text. */
const EVENT_CHARACTERS = 50;
/** Characters of all lines of a session that are kept: so much of its beginning, and so much of its end. */
const FIRST_CHARACTERS = 8_000;
const LAST_CHARACTERS = 12_000;

interface Failed {
  readonly setup: Heard;
  readonly transaction: Heard | undefined;
  readonly isConnected: boolean;
}

/**
 * Watches all sessions, and keeps the beginning and the last transaction of those that fail.
 *
 * @param linesOf an event as lines for people, printable and not too long
 */
export function createFailedSessions(linesOf: (event: SessionEvent) => readonly string[]): FailedSessions {
  const failed = new Map<string, Failed>();

  function keep(key: string, session: Failed): void {
    // A host that could not be reached says less than one that was.
    if (failed.get(key)?.isConnected === true && !session.isConnected) return;
    failed.delete(key);
    failed.set(key, session);
    for (const oldest of failed.keys()) {
      if (failed.size <= MOST_SESSIONS) break;
      failed.delete(oldest);
    }
  }

  return {
    observe({ errand }) {
      if (errand === undefined) return deaf;
      const { destination } = errand;
      const setup = new Heard();
      let key = `${errand.queueId} ${destination}`;
      let isConnected = false;
      let transaction: Heard | undefined;
      const fail = (): void => keep(key, { setup, transaction, isConnected });
      return {
        listens: true,
        note(event) {
          if (event.kind === 'offered') {
            transaction = new Heard();
            key = `${event.queueId} ${destination}`;
          }
          (transaction ?? setup).add(event);
          if (event.kind === 'connected') isConnected = true;
          else if (event.kind === 'trouble' && transaction === undefined) fail();
          else if (event.kind === 'outcome') {
            if (event.deferred + event.bounced > 0) fail();
            // What went well is of no interest.
            else transaction = undefined;
          }
        },
      };
    },
    take(queueId, destination) {
      const key = `${queueId} ${destination}`;
      const session = failed.get(key);
      if (session === undefined) return undefined;
      failed.delete(key);
      return linesOfSession(session, linesOf);
    },
  };
}

const deaf: SessionObserver = { listens: false, note() {} };

/** Events, as long as there is room for them. */
class Heard {
  readonly events: SessionEvent[] = [];
  leftOut = 0;
  #room = SESSION_CHARACTERS;

  add(event: SessionEvent): void {
    this.#room -= EVENT_CHARACTERS + lengthOf(event);
    if (this.#room < 0) this.leftOut += 1;
    else this.events.push(event);
  }
}

/** Of the texts that others choose. */
function lengthOf(event: SessionEvent): number {
  if (event.kind === 'heard') return event.lines.reduce((sum, line) => sum + line.length, 0);
  if (event.kind === 'said') return event.text.length;
  return event.kind === 'offered' ? event.recipients.length * EVENT_CHARACTERS : 0;
}

function linesOfSession(
  { setup, transaction }: Failed,
  linesOf: (event: SessionEvent) => readonly string[],
): readonly string[] {
  const began = setup.events[0]?.at ?? 0;
  const lines = [setup, ...(transaction === undefined ? [] : [transaction])].flatMap((part) => [
    ...part.events.flatMap((event) => {
      const seconds = (Math.max(0, event.at - began) / 1_000).toFixed(3);
      return linesOf(event).map((line) => `${seconds} ${line}`);
    }),
    ...(part.leftOut > 0 ? [`=== ${part.leftOut} events left out`] : []),
  ]);
  return bothEnds(lines);
}

/** Without the middle, if there is no room for it. */
function bothEnds(lines: readonly string[]): readonly string[] {
  const first = countWithin(lines, FIRST_CHARACTERS);
  const last = countWithin(lines.slice(first).toReversed(), LAST_CHARACTERS);
  const leftOut = lines.length - first - last;
  if (leftOut === 0) return lines;
  return [...lines.slice(0, first), `=== ${leftOut} lines left out`, ...lines.slice(lines.length - last)];
}

function countWithin(lines: readonly string[], characters: number): number {
  let left = characters;
  const over = lines.findIndex((line) => (left -= line.length) < 0);
  return over === -1 ? lines.length : over;
}
