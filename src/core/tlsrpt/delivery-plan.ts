import { addressText, type ReportAddress } from './report-record.ts';

/** How far the report of a domain and a day has come. */
export interface ReportProgress {
  /** Attempts that did not reach everybody. */
  readonly attempts: number;
  /** Of the first attempt; epoch ms. */
  readonly since: number;
  /** Addresses that have it, or will never have it. */
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
    return { attempts, since, done: done.filter((one) => typeof one === 'string') };
  } catch {
    return undefined;
  }
}

export function stillToReach(
  addresses: readonly ReportAddress[],
  { done }: ReportProgress,
): readonly ReportAddress[] {
  return addresses.filter((address) => !done.includes(addressText(address)));
}

/** When it is tried again (epoch ms); undefined if a day has passed. */
export function nextTry({ attempts, since }: ReportProgress, now: number): number | undefined {
  const at = now + Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempts, 20), LONGEST_PAUSE_MS);
  return at - since > WHOLE_MS ? undefined : at;
}
