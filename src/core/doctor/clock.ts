import { tellerOf, type Finding } from './finding.ts';
import { dayOf, span } from './quantities.ts';

/** A signature that is published now: its time says what time it is. */
export interface SignedTime {
  /** Whose: `root`. */
  readonly zone: string;
  /** Epoch milliseconds. */
  readonly inception: number;
  readonly expiration: number;
}

export interface ClockFacts {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly signatures: readonly SignedTime[];
  /** The clock of a Redis on another machine, minus ours, milliseconds; undefined if it is on this one or away. */
  readonly redisAheadMs?: number;
  /** What the system says about time servers; undefined if it says nothing. */
  readonly isSynchronized?: boolean;
}

/** More would let alarms come late, and leases seem over. */
const redisToleranceMs = 2000;

/** No time server is asked: signatures are valid at the right time, and our clock must be within all of them. */
export function judgeClock({
  now,
  signatures,
  redisAheadMs,
  isSynchronized,
}: ClockFacts): readonly Finding[] {
  const { ok, warn, fail, skip } = tellerOf('clock');
  const findings: Finding[] = [];
  const early = signatures.find(({ inception }) => now < inception);
  const late = signatures.find(({ expiration }) => now > expiration);
  const wrong = (text: string): Finding => ({
    ...fail('clock-wrong', text, 'set the clock: timedatectl set-ntp true, or apt install systemd-timesyncd'),
    effect: 'no resolver on this machine can validate; certificates look expired, or not valid yet',
  });
  if (early !== undefined)
    findings.push(
      wrong(
        `the clock is at least ${span(early.inception - now)} behind: signatures of the ${early.zone} begin ${dayOf(early.inception)}`,
      ),
    );
  else if (late !== undefined)
    findings.push(
      wrong(
        `the clock is at least ${span(now - late.expiration)} ahead: signatures of the ${late.zone} ended ${dayOf(late.expiration)}`,
      ),
    );
  const other = redisAheadMs ?? 0;
  if (Math.abs(other) > redisToleranceMs)
    findings.push(
      warn(
        'clock-differs-from-redis',
        `the clock of Redis is ${span(Math.abs(other))} ${other > 0 ? 'ahead of' : 'behind'} this machine`,
        'let both follow time servers',
      ),
    );
  if (isSynchronized === false)
    findings.push(
      warn(
        'clock-not-synchronized',
        'the system says that its clock follows no time server',
        'timedatectl set-ntp true',
      ),
    );
  if (findings.length > 0) return findings;
  const [first] = signatures;
  const beside = [
    ...(redisAheadMs === undefined
      ? []
      : [`${(Math.abs(redisAheadMs) / 1000).toFixed(1)} s from that of Redis`]),
    ...(isSynchronized === true ? ['it follows a time server'] : []),
  ];
  if (first === undefined && beside.length === 0)
    return [skip('clock-not-judged', 'there is no signature to hold the clock against')];
  const within =
    first === undefined
      ? []
      : [
          `within the signatures of the ${first.zone} (${dayOf(first.inception)} to ${dayOf(first.expiration)})`,
        ];
  return [ok('clock-right', `the clock is ${[...within, ...beside].join(', ')}`)];
}
