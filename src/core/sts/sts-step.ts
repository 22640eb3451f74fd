import type { Answer } from '../dns/answer.ts';
import { printable } from '../mail/printable.ts';
import type { KnownPolicy, StsTrouble } from './sts-finding.ts';
import { readStsRecord, type StsRecord } from './sts-record.ts';

/** What the DNS says of the policy of a domain now; `failed`: it says nothing. */
export type TxtState = StsRecord | { readonly kind: 'failed'; readonly detail: string };

export function txtState(answer: Answer<string>): TxtState {
  if (answer.kind === 'found') return readStsRecord(answer.records);
  return answer.kind === 'absent' ? { kind: 'none' } : { kind: 'failed', detail: answer.detail };
}

/** What is to be done: nothing, and this applies; or the policy file has to be fetched, for this id. */
export type StsStep = Applies | { readonly kind: 'fetch'; readonly id: string };

export interface Applies {
  readonly kind: 'applies';
  readonly known?: KnownPolicy;
  readonly trouble?: StsTrouble;
}

/**
 * The state of a policy before a fetch (RFC 8461 §3.3, §5.1). Whatever the DNS says or hides, a policy that is known and
 * has not expired stays in force until another one was fetched: anybody on the way may forge the answer of the DNS.
 */
export function stsStep(stored: KnownPolicy | undefined, txt: TxtState, now: number): StsStep {
  const known = inForce(stored, now);
  if (txt.kind === 'record')
    return known?.id === txt.id ? { kind: 'applies', known } : { kind: 'fetch', id: txt.id };
  if (known === undefined) return { kind: 'applies' };
  // A domain that has switched MTA-STS off takes its record away in the end.
  if (known.policy.mode === 'none') return { kind: 'applies', known };
  return { kind: 'applies', known, trouble: hiddenRecord(txt) };
}

/** After a fetch that came to nothing: what was known stays, and without it mail goes as if there were no policy. */
export function afterFailedFetch(stored: KnownPolicy | undefined, trouble: StsTrouble, now: number): Applies {
  const known = inForce(stored, now);
  return { kind: 'applies', ...(known !== undefined && { known }), trouble };
}

/** Where nobody was asked, nothing can be said of the domain: what was known stays, and without it nobody knows. */
export function withoutFetch(stored: KnownPolicy | undefined, now: number): Applies | undefined {
  const known = inForce(stored, now);
  return known && { kind: 'applies', known };
}

function inForce(stored: KnownPolicy | undefined, now: number): KnownPolicy | undefined {
  return stored !== undefined && now < stored.expiresAt ? stored : undefined;
}

function hiddenRecord(txt: Exclude<TxtState, { kind: 'record' }>): StsTrouble {
  const type = 'sts-policy-fetch-error';
  switch (txt.kind) {
    case 'none':
      return { type, code: 'txt-missing', detail: 'the TXT record has gone' };
    case 'invalid':
      return { type, code: 'txt-invalid', detail: `the TXT record is invalid: ${txt.detail}` };
    case 'failed':
      return { type, code: 'txt-lookup', detail: `TXT lookup failed: ${printable(txt.detail)}` };
  }
}

/** Milliseconds for which a failed lookup is not repeated, where no policy is known: it is no proof that there is none. */
const failedForMs = 60_000;
const longestMs = 300_000;
const shortestMs = 1_000;

/** For how long the answer of the DNS may be used, in milliseconds. */
export function txtLifeMs(answer: Answer<string>): number {
  if (answer.kind === 'failed') return failedForMs;
  return Math.min(Math.max(answer.ttl * 1_000, shortestMs), longestMs);
}

const dayMs = 86_400_000;

/**
 * When a policy is fetched anew, whatever its id (RFC 8461 §3.3): about once a day, and well before it expires. The dice
 * spread those that were fetched together over hours.
 */
export function nextRefresh(
  { fetchedAt, expiresAt }: Pick<KnownPolicy, 'fetchedAt' | 'expiresAt'>,
  dice: number,
): number {
  const wait = Math.min(dayMs, 0.75 * (expiresAt - fetchedAt));
  return fetchedAt + Math.round(wait * (0.75 + 0.25 * dice));
}

const retryMs = 3_600_000;

/** When a refresh that failed is tried again: after an hour, then twice as long each time, up to a day. */
export function nextRetry(
  { expiresAt }: Pick<KnownPolicy, 'expiresAt'>,
  { times, at }: { readonly times: number; readonly at: number },
  dice: number,
): number {
  const wait = Math.min(dayMs, retryMs * 2 ** (times - 1)) * (0.75 + 0.5 * dice);
  return Math.min(expiresAt, at + Math.round(wait));
}
