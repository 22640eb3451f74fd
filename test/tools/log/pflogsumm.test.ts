import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { busyDay } from './busy-day.ts';
import type { Ledger } from './day-of-mail.ts';

/** Debian's pflogsumm over a day of our lines: each figure of its report against what went into the day. */

let ledger: Ledger;
let summary: string;

function pflogsumm(log: string, ...options: readonly string[]): string {
  return execFileSync('pflogsumm', options, { input: log, encoding: 'utf8' });
}

beforeAll(() => {
  const day = busyDay();
  ({ ledger } = day);
  summary = pflogsumm(day.text, '--verbose-msg-detail');
});

/** `   4096k  bytes received` as 4096 times 1024. */
function total(words: string): number {
  const [, digits = '', unit = ''] = new RegExp(`^ *(\\d+)([km]?) +${words}`, 'm').exec(summary) ?? [];
  return Number(digits) * ({ k: 1024, m: 1024 * 1024 }[unit] ?? 1);
}

/** The lines of a section with their numbers. */
function section(title: string, expression: RegExp): Record<string, number> {
  const from = summary.indexOf(`\n${title}`);
  expect(from, `section ${title}`).toBeGreaterThan(0);
  const lines = summary
    .slice(from + 1)
    .split('\n')
    .slice(2);
  const end = lines.findIndex((line) => /^\S/.test(line));
  return Object.fromEntries(
    (end < 0 ? lines : lines.slice(0, end)).flatMap((line) => {
      const { groups } = expression.exec(line) ?? {};
      return groups === undefined ? [] : [[groups['what'] ?? '', Number(groups['count'])]];
    }),
  );
}

describe('pflogsumm counts', () => {
  it('the messages', () => {
    expect({
      received: total('received'),
      delivered: total('delivered'),
      deferred: total('deferred'),
      bounced: total('bounced'),
      rejected: total('rejected'),
    }).toEqual({
      received: ledger.received,
      delivered: ledger.delivered,
      deferred: ledger.deferredMessages,
      bounced: ledger.bounced,
      rejected: ledger.rejected,
    });
    expect(summary).toMatch(new RegExp(`deferred +\\(${ledger.deferrals} +deferrals\\)`));
    expect(total('senders')).toBe(Object.keys(ledger.mailboxes).length);
    expect(total('recipient hosts/domains')).toBe(Object.keys(ledger.recipients).length);
  });

  it('their octets', () => {
    expect(Math.abs(total('bytes received') - ledger.bytesReceived)).toBeLessThan(1024);
    expect(Math.abs(total('bytes delivered') - ledger.bytesDelivered)).toBeLessThan(1024);
  });

  it('them by domain, with the deferrals', () => {
    const bySender = section(
      'Host/Domain Summary: Messages Received',
      /^ *(?<count>\d+) +\d+k? +(?<what>\S+)$/,
    );
    expect(bySender).toEqual(ledger.senders);
    const byRecipient = section(
      'Host/Domain Summary: Message Delivery',
      /^ *(?<count>\d+) +\d+k? +\d+ +[\d.]+ \w +[\d.]+ \w +(?<what>\S+)$/,
    );
    expect(byRecipient).toEqual({ ...ledger.recipients, ...zero(ledger, Object.keys(byRecipient)) });
    const deferrals = section(
      'Host/Domain Summary: Message Delivery',
      /^ *\d+ +\d+k? +(?<count>\d+) +[\d.]+ \w +[\d.]+ \w +(?<what>\S+)$/,
    );
    for (const [domain, count] of Object.entries(ledger.deferredDomains)) {
      if (domain in deferrals) expect(deferrals[domain], domain).toBe(count);
    }
  });

  it('the reasons of deferrals and bounces', () => {
    const reasons = section('message deferral detail', /^ {4,}(?<count>\d+) +(?<what>.+)$/);
    expect(reasons).toMatchObject({
      'Server certificate not verified': ledger.deferredReasons['Server certificate not verified'],
      'TLSA lookup error for mx.bogus.example:25':
        ledger.deferredReasons['TLSA lookup error for mx.bogus.example:25'],
    });
    expect(Object.values(reasons).reduce((sum, count) => sum + count, 0)).toBe(ledger.deferrals);
    const bounces = section('message bounce detail (by relay)', /^ {6,}(?<count>\d+) +(?<what>.+)$/);
    expect(Object.values(bounces)).toEqual([ledger.bounced]);
    expect(Object.keys(bounces)[0]).toContain('User unknown');
  });

  it('the skipped hosts as warnings, and what was turned away at the door by its reason', () => {
    expect(summary).toMatch(
      new RegExp(
        `smtp \\(total: ${ledger.skips}\\)\\n +${ledger.skips} +TLS policy lookup for bogus.example/mx.bogus`,
      ),
    );
    expect(summary).toMatch(
      /^  RCPT\n +554 5\.7\.1 <victim@elsewhere\.example>: Relay access denied; .* \(total: 12\)$/m,
    );
    expect(ledger.rejected).toBe(12);
  });

  it('nothing at all of deliveries that bear tls=: why log.tls_feature_status is off by default', () => {
    const lines = busyDay().text.replaceAll(/, dsn=/g, ', tls=dane, dsn=');
    expect(pflogsumm(lines)).toMatch(/^ +0 +delivered/m);
  });
});

/** Domains that were only deferred are listed with none delivered. */
function zero({ recipients }: Ledger, listed: readonly string[]): Record<string, number> {
  return Object.fromEntries(listed.filter((domain) => !(domain in recipients)).map((domain) => [domain, 0]));
}
