import type { KeptAttempt, KeptFailure } from '../../core/mail/kept.ts';

/** Version of the stored form. What another relay wrote in another version is passed over. */
const VERSION = 1;
/** That of a move to another queue, which is no attempt for a relay that knows none. */
const MOVE_VERSION = 2;

/** The time comes first: the script that forgets reads it there. */
export function encodeAttempt({ at, ...attempt }: KeptAttempt): string {
  return JSON.stringify({ at, v: attempt.moved === undefined ? VERSION : MOVE_VERSION, ...attempt });
}

export function encodeFailure({ at, ...failure }: KeptFailure): string {
  return JSON.stringify({ at, v: VERSION, ...failure });
}

/** Undefined for what this relay cannot read. */
export function decodeAttempt(text: string): KeptAttempt | undefined {
  return decode(text) as KeptAttempt | undefined;
}

export function decodeFailure(text: string): KeptFailure | undefined {
  return decode(text) as KeptFailure | undefined;
}

/** What the text of an attempt contains if it is one of this message, address or destination. */
export const needles = {
  queueId: (queueId: string): string => `"queueId":${JSON.stringify(queueId)}`,
  address: (address: string): string => JSON.stringify(address).toLowerCase(),
  destination: (destination: string): string => `"destination":${JSON.stringify(destination)}`,
} as const;

function decode(text: string): object | undefined {
  try {
    const { v, ...kept } = JSON.parse(text) as { readonly v?: unknown };
    return v === VERSION || v === MOVE_VERSION ? kept : undefined;
  } catch {
    return undefined;
  }
}
