import type { KnownPolicy } from './sts-finding.ts';
import { parseStsPolicy, type StsPolicy } from './sts-policy.ts';

/** A policy that is stored. */
export interface StoredPolicy extends KnownPolicy {
  readonly domain: string;
}

/** Why a policy could not be fetched anew, and how often since it was fetched. Times are epoch milliseconds. */
export interface RefreshFailure {
  readonly times: number;
  readonly at: number;
  readonly detail: string;
}

/** What is known of a stored policy besides itself. */
export interface PolicyUse {
  readonly stored: StoredPolicy;
  /** When it is fetched anew; 0: an operator has asked for it. */
  readonly refreshAt?: number;
  /** When mail last asked for it, to the hour. */
  readonly usedAt?: number;
  readonly failure?: RefreshFailure;
}

/** A policy under which nobody has sent mail for so long is no longer refreshed, and expires. */
export const unusedForMs = 30 * 86_400_000;

/** As it is stored. The version of the form comes first. */
export function storedPolicyText({ policy, id, fetchedAt, expiresAt }: KnownPolicy): string {
  const { mode, maxAge, mx, lines } = policy;
  return JSON.stringify({ v: 1, mode, maxAge, mx, lines, id, fetchedAt, expiresAt });
}

/** Undefined if it cannot be read. */
export function readStoredPolicy(domain: string, text: string): StoredPolicy | undefined {
  const read = membersOf(text);
  const { v, id, fetchedAt, expiresAt } = read;
  const policy = readPolicy(read);
  if (v !== 1 || policy === undefined || typeof id !== 'string') return undefined;
  if (!isTime(fetchedAt) || !isTime(expiresAt)) return undefined;
  return { domain, policy, id, fetchedAt, expiresAt };
}

/** Undefined if it cannot be read. */
export function readRefreshFailure(text: string): RefreshFailure | undefined {
  const { times, at, detail } = membersOf(text);
  return isTime(times) && isTime(at) && typeof detail === 'string' ? { times, at, detail } : undefined;
}

function membersOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null ? (read as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

/** What is stored is read by the grammar, as if it were fetched: nothing else can come into force. */
function readPolicy({ mode, maxAge, mx, lines }: Readonly<Record<string, unknown>>): StsPolicy | undefined {
  if (!isTexts(mx) || !isTexts(lines) || typeof mode !== 'string' || !isTime(maxAge)) return undefined;
  const patterns = mx.map((pattern) => `mx: ${pattern}`);
  const text = ['version: STSv1', `mode: ${mode}`, `max_age: ${maxAge}`, ...patterns].join('\n');
  const read = parseStsPolicy(Buffer.from(text));
  if (read.kind === 'invalid' || read.policy.mx.join() !== mx.join()) return undefined;
  return { ...read.policy, lines };
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
