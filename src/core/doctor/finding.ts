import type { FindingId } from './finding-ids.ts';

/** What `dane-relay doctor` looks at, in the order in which it tells. */
export const checkNames = [
  'relay',
  'resolver',
  'redis',
  'queue',
  'clock',
  'files',
  'memory',
  'disk',
  'ports',
  'listeners',
  'outbound',
  'name',
  'senders',
  'tlsa',
] as const;
export type CheckName = (typeof checkNames)[number];

/** `FAIL`: mail does not go, or not as it should. `warn`: it goes, and somebody should look. `skip`: not judged. */
export type FindingState = 'ok' | 'warn' | 'FAIL' | 'skip';

/** What a check found out: one line, and what to do about it. */
export interface Finding {
  readonly check: CheckName;
  /** What was found, in two or three words that never change: the anchor in docs/doctor.md. */
  readonly id: FindingId;
  readonly state: FindingState;
  /** One line. It may hold text of others. */
  readonly text: string;
  /** What to do, a sentence or a command each; empty if there is nothing to do. */
  readonly todo: readonly string[];
  /** What it means for mail now; absent if that goes without saying. */
  readonly effect?: string;
}

/** A check's own way to say what it found. */
export interface Teller {
  readonly ok: (id: FindingId, text: string) => Finding;
  readonly skip: (id: FindingId, text: string, ...todo: readonly string[]) => Finding;
  readonly warn: (id: FindingId, text: string, ...todo: readonly string[]) => Finding;
  readonly fail: (id: FindingId, text: string, ...todo: readonly string[]) => Finding;
}

export function tellerOf(check: CheckName): Teller {
  return {
    ok: (id, text) => ({ check, id, state: 'ok', text, todo: [] }),
    skip: (id, text, ...todo) => ({ check, id, state: 'skip', text, todo }),
    warn: (id, text, ...todo) => ({ check, id, state: 'warn', text, todo }),
    fail: (id, text, ...todo) => ({ check, id, state: 'FAIL', text, todo }),
  };
}

/** Exit status: 0 all is well, 1 something fails, 2 nothing could be judged. */
export function exitCodeOf(findings: readonly Pick<Finding, 'state'>[]): 0 | 1 | 2 {
  if (findings.some(({ state }) => state === 'FAIL')) return 1;
  return findings.every(({ state }) => state === 'skip') ? 2 : 0;
}

/** The worst of them; `skip` only if there is nothing else. */
export function worstOf(findings: readonly Pick<Finding, 'state'>[]): FindingState {
  const order: readonly FindingState[] = ['FAIL', 'warn', 'ok'];
  return order.find((one) => findings.some(({ state }) => state === one)) ?? 'skip';
}
