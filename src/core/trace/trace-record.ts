import type { ObservedTarget, SessionEvent } from '../delivery/session-event.ts';
import { printable } from '../mail/printable.ts';
import { tlsDetails } from '../smtp/tls-summary.ts';

/** The version of the shapes below; in every record as `schema`. */
const schema = 1;

/** Characters of a line that are shown. RFC 5321 §4.5.3.1.5 gives a line of a reply 512 octets. */
export const longestLine = 512;
/** Lines of a command or a reply that are shown. */
export const mostLines = 64;
/** Recipients of a message that are named. */
const mostRecipients = 20;

interface OfSession {
  readonly schema: typeof schema;
  /** Number of the session in its process. */
  readonly session: number;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** An event of a session, short and printable, so that it can be sent, stored and shown as it is. */
export type EventRecord = OfSession &
  (
    | { readonly kind: 'connected' | 'ended' }
    | {
        readonly kind: 'said' | 'heard';
        readonly lines: readonly string[];
        /** Lines that are left out. */
        readonly more?: number;
        readonly tls: boolean;
        /** Of a reply. */
        readonly code?: number;
      }
    | { readonly kind: 'content'; readonly octets: number; readonly tls: boolean }
    | {
        readonly kind: 'tls';
        readonly protocol: string;
        readonly cipher: string;
        /** `TLSv1.3 with cipher …`, as in the log. */
        readonly text: string;
        readonly chain: readonly string[];
      }
    | {
        readonly kind: 'judged';
        readonly level: string;
        /** `Verified`, `Trusted`, `Untrusted`, `Anonymous`. */
        readonly word: string;
        /** Mail may be sent. */
        readonly ok: boolean;
        readonly words: readonly string[];
      }
    | {
        readonly kind: 'offered';
        readonly queueId?: string;
        readonly recipients: readonly string[];
        /** Recipients that are not named. */
        readonly more?: number;
      }
    | {
        readonly kind: 'outcome';
        readonly sent: number;
        readonly deferred: number;
        readonly bounced: number;
        readonly reasons: readonly string[];
      }
    | { readonly kind: 'trouble'; readonly text: string }
  );

/** Which session it is; comes before its first event. */
export interface SessionRecord extends OfSession {
  readonly kind: 'session';
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly nextHop?: string;
  /** The destination in the queue, where that is not the next hop: its mail goes to a fallback relay. */
  readonly destination?: string;
  /** The message for which it was opened. */
  readonly queueId?: string;
  /** Absent where the address is only dialled. */
  readonly level?: string;
  /** Its beginning was not seen. */
  readonly joined?: true;
}

/** What a reader is told about the stream itself. */
export type StreamRecord =
  | { readonly schema: typeof schema; readonly kind: 'listening'; readonly at: number }
  /** The reader was too slow for so many records. */
  | { readonly schema: typeof schema; readonly kind: 'lost'; readonly records: number }
  /** No more will come: the relay stops. */
  | { readonly schema: typeof schema; readonly kind: 'stopped' };

export type TraceRecord = EventRecord | SessionRecord | StreamRecord;

export function listeningRecord(at: number): StreamRecord {
  return { schema, kind: 'listening', at };
}

export function lostRecord(records: number): StreamRecord {
  return { schema, kind: 'lost', records };
}

export const stoppedRecord: StreamRecord = { schema, kind: 'stopped' };

export function sessionRecord(
  session: number,
  at: number,
  { host, address, port, nextHop, errand, level }: ObservedTarget,
  joined: boolean,
): SessionRecord {
  const hop = nextHop ?? errand?.destination;
  return {
    schema,
    session,
    at,
    kind: 'session',
    host: shown(host),
    address,
    port,
    ...(hop !== undefined && { nextHop: shown(hop) }),
    ...(errand !== undefined && errand.destination !== hop && { destination: shown(errand.destination) }),
    ...(errand !== undefined && { queueId: errand.queueId }),
    ...(level !== undefined && { level }),
    ...(joined && { joined }),
  };
}

/** Everything in it is bounded, whatever the server has sent. */
export function eventRecord(session: number, event: SessionEvent): EventRecord {
  const of = { schema, session, at: event.at } as const;
  switch (event.kind) {
    case 'connected':
    case 'ended':
      return { ...of, kind: event.kind };
    case 'said': {
      const lines = event.text.split('\r\n').slice(0, -1);
      const more = lines.length - mostLines;
      return {
        ...of,
        kind: 'said',
        lines: lines.slice(0, mostLines).map(shown),
        ...(more > 0 && { more }),
        tls: event.secure,
      };
    }
    case 'heard': {
      const lines = event.lines.slice(0, mostLines).map(shown);
      const more = event.lines.length - lines.length;
      return {
        ...of,
        kind: 'heard',
        lines,
        ...(more > 0 && { more }),
        tls: event.secure,
        code: event.code,
      };
    }
    case 'content':
      return { ...of, kind: 'content', octets: event.octets, tls: event.secure };
    case 'tls': {
      const { protocol, cipher } = event.facts;
      return {
        ...of,
        kind: 'tls',
        protocol,
        cipher,
        text: tlsDetails(event.facts),
        chain: event.chain.map(shown),
      };
    }
    case 'judged': {
      const { level, word, ok, words } = event;
      return { ...of, kind: 'judged', level, word, ok, words: words.map(shown) };
    }
    case 'offered': {
      const { queueId, recipients } = event;
      const more = recipients.length - mostRecipients;
      return {
        ...of,
        kind: 'offered',
        ...(queueId !== undefined && { queueId }),
        recipients: recipients.slice(0, mostRecipients).map(shown),
        ...(more > 0 && { more }),
      };
    }
    case 'outcome': {
      const { sent, deferred, bounced, reasons } = event;
      return { ...of, kind: 'outcome', sent, deferred, bounced, reasons: reasons.map(shown) };
    }
    case 'trouble':
      return { ...of, kind: 'trouble', text: shown(event.text) };
  }
}

/** Printable, and no longer than a line is shown. */
function shown(text: string): string {
  return text.length <= longestLine
    ? printable(text)
    : `${printable(text.slice(0, longestLine))}... (${text.length} characters)`;
}
