import type { Progress } from '../../core/delivery/outcome.ts';
import { messageOf } from '../../core/error-words.ts';
import type { Message } from '../../core/mail/message.ts';

/** Version of the stored form. A reader refuses an unknown version instead of guessing. */
const VERSION = 1;
/** Of a message that requires TLS (RFC 8689): a relay that knows nothing of it must not deliver it. Otherwise the same form. */
const REQUIRE_TLS_VERSION = 2;
/** The form of most messages: who does not read it can be given none. */
export const USUAL_FORM_VERSION = VERSION;
/** What relays of this build say of themselves to whoever wants to give them messages. */
export const FORM_VERSION = REQUIRE_TLS_VERSION;

/** Which recipients (by index in the envelope) go to which destination. */
export type Routing = ReadonlyMap<string, readonly number[]>;

export interface QueueRecord {
  readonly message: Message;
  readonly routing: Routing;
}

export function encodeRecord({ message, routing }: QueueRecord): string {
  const v = message.envelope.requireTls ? REQUIRE_TLS_VERSION : VERSION;
  return JSON.stringify({ v, message, routing: [...routing] });
}

/** Only a newer relay can read it. */
export class UnreadableRecord extends Error {}

/**
 * Throws UnreadableRecord if the text is not a record of a known version; the caller leaves such a message untouched.
 *
 * @param newest version that is known
 */
export function decodeRecord(text: string, newest: number = FORM_VERSION): QueueRecord {
  const stored = parsed(text);
  const { v } = stored;
  const isKnown = (v === VERSION || v === REQUIRE_TLS_VERSION) && v <= newest;
  if (!isKnown) throw new UnreadableRecord(`queue record of unknown version ${String(v)}`);
  return { message: stored.message, routing: new Map(stored.routing) };
}

function parsed(text: string): { v?: unknown; message: Message; routing: [string, number[]][] } {
  try {
    return JSON.parse(text) as ReturnType<typeof parsed>;
  } catch (error) {
    throw new UnreadableRecord(messageOf(error));
  }
}

/**
 * Every destination at which a message may wait, by its record and the names of its fields (keys.ts): those for which
 * it was accepted, and those to which its recipients were moved since.
 */
export function destinationsOf(routing: Routing, fieldNames: readonly string[]): readonly string[] {
  const moved = fieldNames.filter((name) => name.startsWith('s:')).map((name) => name.slice(2));
  return [...new Set([...routing.keys(), ...moved])];
}

export function encodeProgress(progress: Progress): string {
  return JSON.stringify(progress);
}

/** Throws if a newer relay wrote it. Newer versions have a number; the first has none. */
export function decodeProgress(text: string): Progress {
  const { v = 1, ...progress } = JSON.parse(text) as Progress & { readonly v?: unknown };
  if (v !== 1) throw new Error(`progress of unknown version ${String(v)}`);
  return progress;
}

/** The waiting recipients that a `dot:` field names; `*` means all of them. */
export function readDot(text: string, waiting: readonly number[]): readonly number[] {
  if (text === '*') return waiting;
  const named = new Set(text === '' ? [] : text.split(',').map(Number));
  return waiting.filter((index) => named.has(index));
}
