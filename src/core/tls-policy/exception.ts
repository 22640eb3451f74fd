import { momentText } from '../time/moment-text.ts';
import type { SecurityLevel } from '../levels/levels.ts';
import { printable } from '../mail/printable.ts';
import { policyKey, policyNames } from './policy-names.ts';

/**
 * Levels that an exception may have: those that say all by themselves. The others need names, authorities or
 * fingerprints, which belong into the policy map, and `none` protects nobody where `may` does not as well.
 */
export const exceptionLevels = [
  'may',
  'encrypt',
  'dane',
  'dane-only',
] as const satisfies readonly SecurityLevel[];
export type ExceptionLevel = (typeof exceptionLevels)[number];

/** Another level for a next hop, until a date. */
export interface PolicyException {
  /** As a key of the policy map: a next hop, or `.example.org` for all below that domain. */
  readonly name: string;
  readonly level: ExceptionLevel;
  /** Epoch milliseconds from which on it does not exist. */
  readonly until: number;
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly setAt: number;
  /** Who has set it: `uid 0`. */
  readonly by: string;
}

/** Exceptions of a queue. */
export const mostExceptions = 100;
export const longestExceptionMs = 90 * 86_400_000;
export const longestReason = 200;
/** The clocks of two machines may differ by this much. */
const clockSlackMs = 300_000;

export interface ExceptionWish {
  readonly domain: string;
  readonly level: string;
  /** Epoch milliseconds. */
  readonly until: number;
  readonly reason: string;
  readonly by: string;
}

/** An exception that was wished for, or what is wrong with the wish. */
export function readExceptionWish(
  { domain, level, until, reason, by }: ExceptionWish,
  now: number,
): PolicyException | { readonly problem: string } {
  const name = policyKey(domain);
  if (name === undefined) return { problem: `"${printable(domain)}" is no domain and no next hop` };
  const known = exceptionLevels.find((one) => one === level);
  if (known === undefined)
    return {
      problem: `an exception has one of the levels ${exceptionLevels.join(', ')}, not "${printable(level)}"`,
    };
  if (!Number.isSafeInteger(until) || until <= now) return { problem: 'the date is in the past' };
  if (until > now + longestExceptionMs)
    return {
      problem: `an exception lasts ${longestExceptionMs / 86_400_000} days at most: the policy map has what stays`,
    };
  const words = printable(reason.trim());
  if (words === '' || words.length > longestReason)
    return { problem: `a reason has 1 to ${longestReason} characters` };
  return { name, level: known, until, reason: words, setAt: now, by: printable(by) };
}

/** As it is stored. */
export function exceptionText({ level, until, reason, setAt, by }: PolicyException): string {
  return JSON.stringify({ level, until, reason, setAt, by });
}

/** Undefined if it cannot be read: then there is none. */
export function readException(name: string, text: string): PolicyException | undefined {
  try {
    const { level, until, reason, setAt, by } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const known = exceptionLevels.find((one) => one === level);
    if (known === undefined || !isTime(until) || !isTime(setAt)) return undefined;
    if (typeof reason !== 'string' || typeof by !== 'string' || policyKey(name) !== name) return undefined;
    return { name, level: known, until, reason, setAt, by };
  } catch {
    return undefined;
  }
}

/** A clock that has gone back behind the moment when it was set says nothing about its end. */
export function isInForce({ setAt, until }: PolicyException, now: number): boolean {
  return now < until && now >= setAt - clockSlackMs;
}

/** Whether it may say something about this next hop. */
export function isAbout({ name }: Pick<PolicyException, 'name'>, nextHop: string): boolean {
  for (const one of policyNames(nextHop)) if (one === name) return true;
  return false;
}

/** `exception until 2026-12-01T00:00:00Z (their certificate is being renewed)` */
export function exceptionOrigin({ until, reason }: Pick<PolicyException, 'until' | 'reason'>): string {
  return `exception until ${momentText(until)} (${reason})`;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 8.64e15;
}
