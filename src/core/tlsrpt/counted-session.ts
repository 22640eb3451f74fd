import { dayText } from '../time/moment-text.ts';
import { createHash } from 'node:crypto';
import type { CountedSession } from '../mail/history.ts';
import { dueAt } from './report-day.ts';
import type { ReportedPolicy, SessionFault, SessionResult } from './session-result.ts';

/** A policy is published by a stranger: more of it than this is not kept. */
const MOST_POLICY_CHARACTERS = 4_000;
const LONGEST_STRING = 1_200;

/** @param at when the session was; epoch ms */
export function countedSession(
  domain: string,
  { policy, faults }: SessionResult,
  { at, dice }: { readonly at: number; readonly dice: number },
): CountedSession {
  const day = dayText(at);
  const text = policyText(policy);
  const id = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return { day, domain, dueAt: dueAt(day, dice), policy: { id, text }, faults: faults.map(faultText) };
}

/** The members of a report (RFC 8460 §4.4). */
function policyText({ type, domain, strings, mxHosts }: ReportedPolicy): string {
  return JSON.stringify({
    'policy-type': type,
    'policy-string': asMuchAsFits(strings),
    'policy-domain': domain,
    'mx-host': asMuchAsFits(mxHosts),
  });
}

/** Whole strings only: half a record would be a wrong one. */
function asMuchAsFits(strings: readonly string[]): readonly string[] {
  let left = MOST_POLICY_CHARACTERS;
  return strings.filter((one) => {
    if (one.length > LONGEST_STRING || one.length > left) return false;
    left -= one.length;
    return true;
  });
}

function faultText({ type, reason, mxHost, receivingAddress, sendingAddress }: SessionFault): string {
  return JSON.stringify({
    'result-type': type,
    'sending-mta-ip': sendingAddress,
    'receiving-mx-hostname': mxHost,
    'receiving-ip': receivingAddress,
    'failure-reason-code': reason,
  });
}

/** What comes of attempts without a session counts once for an attempt, however many recipients it has. */
export function withoutRepeats(counted: readonly CountedSession[]): readonly CountedSession[] {
  const seen = new Set<string>();
  return counted.filter((one) => {
    const text = JSON.stringify([one.domain, one.policy.id, one.faults]);
    return !seen.has(text) && seen.add(text);
  });
}
