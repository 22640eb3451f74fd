import { createHash } from 'node:crypto';
import { addressText, type ReportAddress } from './report-record.ts';

/** How far the report of a domain and a day has come. */
export interface ReportProgress {
  /** Attempts that did not reach everybody. */
  readonly attempts: number;
  /** Of the first attempt; epoch ms. */
  readonly since: number;
  /** Addresses that have it, or will never have it, by `doneMark`. */
  readonly done: readonly string[];
}

/** RFC 8460 §5.5: for a day, with growing pauses. */
const WHOLE_MS = 24 * 3_600_000;
const FIRST_PAUSE_MS = 5 * 60_000;
const LONGEST_PAUSE_MS = 4 * 3_600_000;

export function startProgress(now: number): ReportProgress {
  return { attempts: 0, since: now, done: [] };
}

/** Undefined if it cannot be read: the report starts again then, under the same name. */
export function readProgress(text: string): ReportProgress | undefined {
  try {
    const { attempts, since, done } = JSON.parse(text) as Partial<ReportProgress>;
    if (typeof attempts !== 'number' || typeof since !== 'number' || !Array.isArray(done)) return undefined;
    const texts = done.filter((one) => typeof one === 'string');
    // Earlier relays have written whole addresses.
    return { attempts, since, done: texts.map((one) => (one.includes(':') ? markOf(one) : one)) };
  } catch {
    return undefined;
  }
}

export function stillToReach(
  addresses: readonly ReportAddress[],
  { done }: ReportProgress,
): readonly ReportAddress[] {
  return addresses.filter((address) => !done.includes(doneMark(address)));
}

/** What is remembered of an address: a stranger may have made it long, and name others each time. */
export function doneMark(address: ReportAddress): string {
  return markOf(addressText(address));
}

function markOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}

/** When it is tried again (epoch ms); undefined if a day has passed. */
export function nextTry({ attempts, since }: ReportProgress, now: number): number | undefined {
  const at = now + Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempts, 20), LONGEST_PAUSE_MS);
  return at - since > WHOLE_MS ? undefined : at;
}
