import { oneLine } from '../mail/printable.ts';
import { healthKinds, healthOf, healthSeverities, type HealthFinding, type HealthRules } from './health.ts';
import type { CheckReport, ShownAddress, ShownHost, Verdict } from './report.ts';

/** What is known of a destination that is checked again and again. Times are epoch milliseconds. */
export interface KnownHealth {
  readonly destination: string;
  /** What the last check said that could judge all of it; absent: there was none. */
  readonly judged?: { readonly at: number; readonly verdict: JudgedVerdict };
  /** Why the last check could not judge all of it; absent if it could. */
  readonly trouble?: { readonly at: number; readonly reason: string };
  /** The worst first. */
  readonly findings: readonly KnownFinding[];
}

export interface KnownFinding extends HealthFinding {
  /** When it was found first. */
  readonly since: number;
}

/** `unknown` is no judgement. */
export type JudgedVerdict = Exclude<Verdict, 'unknown'>;
export const judgedVerdicts = [
  'protected',
  'fails',
  'unprotected',
] as const satisfies readonly JudgedVerdict[];

/** Of a destination with very many hosts. */
export const mostFindings = 20;
const longestText = 500;

/** One check of a destination: its report, and whether it came to its end. */
export interface CheckedNow {
  readonly report: Pick<CheckReport, 'verdict' | 'resolver' | 'hosts' | 'sts' | 'trouble'>;
  /** Why it was given up before; absent: it was not. */
  readonly givenUp?: string;
}

export interface HealthNews {
  readonly health: KnownHealth;
  /** Not known before. */
  readonly found: readonly KnownFinding[];
  /** No longer so. */
  readonly over: readonly KnownFinding[];
}

/**
 * Puts what a check found to what was known. A finding is over only when somebody has looked at the same place and seen
 * that it is: an address that cannot be reached, a host that cannot be looked up and a check that was given up say
 * nothing of it.
 */
export function afterCheck(
  destination: string,
  before: KnownHealth | undefined,
  checked: CheckedNow,
  rules: HealthRules,
): HealthNews {
  const { now } = rules;
  const known = new Map((before?.findings ?? []).map((one) => [keyOf(one), one]));
  const current = new Map<string, KnownFinding>();
  for (const one of healthOf(checked.report, rules)) {
    const since = known.get(keyOf(one))?.since ?? now;
    current.set(keyOf(one), { ...bounded(one), since });
  }
  const missing = [...known].filter(([key]) => !current.has(key)).map(([, one]) => one);
  const over = missing.filter((one) => isOver(one, checked));
  for (const one of missing) if (!over.includes(one)) current.set(keyOf(one), one);
  const findings = worstFirst([...current.values()]).slice(0, mostFindings);
  const reason = unjudged(checked);
  const { verdict } = checked.report;
  const judged = reason === undefined && verdict !== 'unknown' ? { at: now, verdict } : before?.judged;
  return {
    health: {
      destination,
      ...(judged !== undefined && { judged }),
      ...(reason !== undefined && { trouble: { at: now, reason } }),
      findings,
    },
    found: findings.filter((one) => !known.has(keyOf(one))),
    over,
  };
}

/** What can be said of a destination now. It is `protected` only as long as nobody has seen, or failed to see, anything else. */
export function standingOf({ judged, trouble, findings }: KnownHealth): Verdict {
  if (findings.some(({ severity }) => severity === 'problem')) return 'fails';
  if (trouble !== undefined || judged === undefined) return 'unknown';
  return judged.verdict;
}

function keyOf({ kind, where }: HealthFinding): string {
  return `${kind} ${where}`;
}

function worstFirst(findings: readonly KnownFinding[]): readonly KnownFinding[] {
  return findings.toSorted(
    (one, other) => healthSeverities.indexOf(one.severity) - healthSeverities.indexOf(other.severity),
  );
}

/** What hosts say is in it. */
function bounded(one: HealthFinding): HealthFinding {
  return { ...one, where: shown(one.where), text: shown(one.text) };
}

function shown(text: string): string {
  return oneLine(text).slice(0, longestText);
}

/** Why not all of it is known; undefined if all of it is. */
function unjudged({ report, givenUp }: CheckedNow): string | undefined {
  const { resolver, trouble, hosts, verdict } = report;
  if (givenUp !== undefined) return givenUp;
  if (!resolver.validates) return `${resolver.name} does not validate`;
  if (trouble !== undefined) return shown(trouble.reason);
  for (const { name, problem, addresses } of hosts) {
    if (problem !== undefined) return shown(`${name}: ${problem}`);
    for (const one of addresses) {
      if (one.verdict === 'unknown') return shown(`${placeOf(name, one)}: ${one.reason}`);
    }
  }
  return verdict === 'unknown' ? 'it cannot be judged as a whole' : undefined;
}

/** As in findings. */
function placeOf(host: string, { address, port }: ShownAddress): string {
  return `${host}[${address}]:${port}`;
}

/** What an address has to be so that one that says nothing of these says that they are over. */
const telling: Readonly<Record<HealthFinding['kind'], readonly Verdict[]>> = {
  mismatch: ['protected', 'unprotected', 'fails'],
  TLS: ['protected', 'unprotected', 'fails'],
  expires: ['protected', 'unprotected'],
  'no next record': ['protected', 'unprotected'],
  'not in STS policy': ['protected', 'unprotected'],
  'fails STS policy': ['protected', 'unprotected'],
};

const ofSts: ReadonlySet<HealthFinding['kind']> = new Set(['not in STS policy', 'fails STS policy']);

function isOver({ kind, where }: KnownFinding, { report, givenUp }: CheckedNow): boolean {
  const { resolver, trouble, hosts, sts } = report;
  if (givenUp !== undefined || !resolver.validates || trouble !== undefined) return false;
  // Without the policy nobody knows whom it lists.
  if (ofSts.has(kind) && sts?.trouble !== undefined) return false;
  const host = hosts.find(({ name }) => where === name || where.startsWith(`${name}[`));
  // Its domain does not name it any more.
  if (host === undefined) return true;
  const asked = addressesAt(where, host);
  if (asked.length === 0) return host.problem === undefined;
  return asked.some(({ verdict }) => telling[kind].includes(verdict));
}

function addressesAt(where: string, { name, addresses }: ShownHost): readonly ShownAddress[] {
  return where === name ? addresses : addresses.filter((one) => placeOf(name, one) === where);
}

/** As it is stored. */
export function healthText({ judged, trouble, findings }: KnownHealth): string {
  return JSON.stringify({ judged, trouble, findings });
}

/** Undefined if it cannot be read: another version has written it. */
export function readHealth(destination: string, text: string): KnownHealth | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(read) || !Array.isArray(read['findings'])) return undefined;
  const findings = read['findings'].map(readFinding);
  const judged = read['judged'] === undefined ? undefined : readJudged(read['judged']);
  const trouble = read['trouble'] === undefined ? undefined : readTrouble(read['trouble']);
  if (judged === null || trouble === null || !findings.every((one) => one !== undefined)) return undefined;
  return {
    destination,
    ...(judged !== undefined && { judged }),
    ...(trouble !== undefined && { trouble }),
    findings: findings.slice(0, mostFindings),
  };
}

function readJudged(value: unknown): KnownHealth['judged'] | null {
  if (!isObject(value)) return null;
  const verdict = judgedVerdicts.find((one) => one === value['verdict']);
  const at = timeOf(value['at']);
  return verdict === undefined || at === undefined ? null : { at, verdict };
}

function readTrouble(value: unknown): KnownHealth['trouble'] | null {
  if (!isObject(value)) return null;
  const { reason } = value;
  const at = timeOf(value['at']);
  return typeof reason !== 'string' || at === undefined ? null : { at, reason: shown(reason) };
}

function readFinding(value: unknown): KnownFinding | undefined {
  if (!isObject(value)) return undefined;
  const kind = healthKinds.find((one) => one === value['kind']);
  const severity = healthSeverities.find((one) => one === value['severity']);
  const { where, text } = value;
  const [since, expiresAt] = [timeOf(value['since']), timeOf(value['expiresAt'])];
  if (kind === undefined || severity === undefined || since === undefined) return undefined;
  if (typeof where !== 'string' || typeof text !== 'string') return undefined;
  const one = bounded({ kind, severity, where, text });
  return { ...one, ...(expiresAt !== undefined && { expiresAt }), since };
}

function timeOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 8.64e15
    ? value
    : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
