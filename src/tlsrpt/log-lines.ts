import { asciiLine } from '../core/dns/ascii-line.ts';
import type { LogEvent } from '../core/log/log-event.ts';

/** Domain and day of a report. */
export interface Subject {
  readonly domain: string;
  readonly day: string;
}

export function reportSent(
  { domain, day }: Subject,
  to: string,
  { reportId, successes, failures }: { reportId: string; successes: number; failures: number },
): LogEvent {
  const shown = asciiLine(to, 200);
  return {
    component: 'master',
    severity: 'info',
    event: 'TLS report sent',
    text: `TLS report for ${domain} of ${day}: sent to ${shown}, ${successes} sessions well, ${failures} failed`,
    fields: { domain, day, to: shown, reportId, successes, failures },
  };
}

/** @param again epoch ms; absent: it is given up */
export function reportNotTaken({ domain, day }: Subject, to: string, why: string, again?: number): LogEvent {
  const [shown, reason] = [asciiLine(to, 200), asciiLine(why, 200)];
  const next = again === undefined ? 'given up after a day' : `again at ${new Date(again).toISOString()}`;
  return {
    component: 'master',
    severity: 'warning',
    event: 'TLS report not taken',
    text: `TLS report for ${domain} of ${day}: not taken by ${shown}: ${reason}; ${next}`,
    fields: {
      domain,
      day,
      to: shown,
      reason,
      ...(again !== undefined && { nextAt: new Date(again).toISOString() }),
    },
  };
}

/** @param why `suppressed`, `no record` … */
export function reportDropped({ domain, day }: Subject, why: string): LogEvent {
  return {
    component: 'master',
    severity: 'info',
    event: 'TLS report dropped',
    text: `TLS report for ${domain} of ${day}: not sent: ${why}`,
    fields: { domain, day, reason: why },
  };
}

/** Once, until there is one. */
export function noKeyForReports(domain: string): LogEvent {
  return {
    component: 'master',
    severity: 'error',
    event: 'TLS report key missing',
    text: `no TLS reports go out by mail: there is no DKIM key of ${domain} (tlsrpt.contact), make one with "dane-relay dkim create ${domain}"`,
    fields: { domain },
  };
}
