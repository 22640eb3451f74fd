import type { Tried } from '../mail/tried.ts';
import { isExpired, nextAttempt, type RetryRules } from './schedule.ts';

/** What remains to be done after an attempt. */
export interface Settlement {
  /** To be reported to the sender: refused for good, or given up. */
  readonly failed: readonly Tried[];
  /** True when `failed` holds recipients whose time was up rather than refused. */
  readonly expired: boolean;
  /** Recipients to be tried again, and when (epoch ms); absent if none waits. */
  readonly retry?: { readonly tried: readonly Tried[]; readonly at: number };
  /** Recipients that may have the message already, and wait for the operator's decision. */
  readonly held: readonly Tried[];
}

export interface SettleContext {
  /** Sender of the envelope; empty for reports. */
  readonly sender: string;
  readonly arrivedAt: number;
  readonly now: number;
  /** 0 to 1. */
  readonly dice: number;
  readonly rules: RetryRules;
  /**
   * False while the relay itself is in trouble (resolver without validation). Then nothing is given up, however old it
   * is, because the failure may be ours.
   */
  readonly mayExpire: boolean;
  /** The operator wants deferred recipients given up, whatever their age and whoever is to blame. */
  readonly forceExpired?: boolean;
  /** What happens to recipients that may have the message already. */
  readonly ambiguous: 'resend' | 'hold';
}

export function settle(tried: readonly Tried[], context: SettleContext): Settlement {
  const isHeld = ({ status }: Tried): boolean => status.ambiguous === true && context.ambiguous === 'hold';
  const held = tried.filter(isHeld);
  const bounced = tried.filter(({ status }) => status.outcome === 'bounced');
  const deferred = tried.filter((one) => one.status.outcome === 'deferred' && !isHeld(one));
  if (deferred.length === 0) return { failed: bounced, expired: false, held };
  const { sender, arrivedAt, now, dice, rules } = context;
  const timeIsUp = context.mayExpire && isExpired(sender, arrivedAt, now, rules);
  const expired = deferred.filter(
    ({ status }) => context.forceExpired === true || (timeIsUp && status.ours !== true),
  );
  const waiting = deferred.filter((one) => !expired.includes(one));
  return {
    failed: [...bounced, ...expired],
    expired: expired.length > 0,
    held,
    ...(waiting.length > 0 && { retry: { tried: waiting, at: nextAttempt(arrivedAt, now, dice, rules) } }),
  };
}

/** Postfix's tolerance: a queue run that is a moment early still warns. */
const SLACK_MS = 1_000;

/**
 * RFC 5321 §4.5.4.1, RFC 3461 §4.1: the sender is warned, once, that the message is late.
 * @param warningMs age at which the sender is warned; 0: never
 */
export function isLate(
  {
    message: { arrivedAt },
    warned,
  }: { readonly message: { readonly arrivedAt: number }; readonly warned?: boolean },
  { retry }: Settlement,
  now: number,
  warningMs: number,
): boolean {
  return warningMs > 0 && retry !== undefined && warned !== true && now - arrivedAt >= warningMs - SLACK_MS;
}
