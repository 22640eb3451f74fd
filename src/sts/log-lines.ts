import { momentText } from '../core/time/moment-text.ts';
import type { LogEvent } from '../core/log/log-event.ts';
import type { KnownPolicy, StsTrouble } from '../core/sts/sts-finding.ts';

/** A policy was fetched that is new, or differs from the one before. */
export function policyFetched(domain: string, { policy, id, expiresAt }: KnownPolicy): LogEvent {
  const { mode, mx } = policy;
  const hosts = mx.slice(0, 8).join(' ') + (mx.length > 8 ? ` and ${mx.length - 8} more` : '');
  const text = `MTA-STS policy of ${domain}: ${mode}, id ${id}, until ${momentText(expiresAt)}, mx ${hosts === '' ? 'none' : hosts}`;
  return {
    component: 'smtp',
    severity: 'info',
    event: 'STS policy',
    text,
    fields: { domain, mode, id, until: momentText(expiresAt), mx },
  };
}

/** @param known what applies in spite of it */
export function policyTrouble(
  domain: string,
  { type, code, detail }: StsTrouble,
  known: KnownPolicy | undefined,
): LogEvent {
  const outcome =
    known === undefined
      ? 'mail goes as without a policy'
      : `the policy ${known.id} (${known.policy.mode}) stays in force until ${momentText(known.expiresAt)}`;
  return {
    component: 'smtp',
    severity: 'warning',
    event: 'STS trouble',
    text: `MTA-STS policy of ${domain}: ${detail}; ${outcome}`,
    fields: { domain, type, code, ...(known !== undefined && { mode: known.policy.mode, id: known.id }) },
  };
}
