import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyDkim } from '../../support/dkim-verifiers.ts';
import { runCommand } from '../../support/run-command.ts';
import { removeDataDir, startRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import type { TlsReport } from '../../support/tls-report-schema.ts';
import { daysAgo, reportIn, startReportsLab, summaryOf, thatDay, type ReportsLab } from './reports-lab.ts';

/** A day of mail, and the reports that come of it: what hosts did is told to their domains, by signed mail. */

let world: ReportsLab;
let dataDir: string;
const reports = new Map<
  string,
  { readonly report: TlsReport; readonly message: Buffer; readonly tls: boolean }
>();

/** What is expected of each domain; the faults are below its policies. */
const expected: Readonly<Record<string, readonly string[]>> = {
  'good.test': ['tlsa mx.good.test 1/0'],
  'wrong-key.test': [
    'tlsa mx.wrong-key.test 0/1',
    ' 1 certificate-not-trusted dane-no-match mx.wrong-key.test',
  ],
  'stripped.test': ['tlsa mx.stripped.test 0/1', ' 1 starttls-not-supported - mx.stripped.test'],
  'no-tlsa.test': ['no-policy-found no-tlsa.test 1/0'],
  'half.test': ['tlsa mx.good.test 1/0'],
  'tlsa-fails.test': ['tlsa mx.tlsa-fails.test 0/1', ' 1 dnssec-invalid dns-ede-6 mx.tlsa-fails.test'],
  'failover.test': ['tlsa mx.good.test 1/0'],
  // Its certificate counts from today on, and the mail was sent some days ago. The other host has no TLSA record.
  'ta.test': [
    'tlsa mx.ta.test 0/1',
    ' 1 certificate-not-trusted certificate-not-yet-valid mx.ta.test',
    'no-policy-found ta.test 1/0',
  ],
  'plain.test': ['no-policy-found plain.test 0/1', ' 1 starttls-not-supported - mx.plain.test'],
  'two.test': [
    'tlsa mx.good.test 1/0',
    'tlsa mx.wrong-key.test 0/1',
    ' 1 certificate-not-trusted dane-no-match mx.wrong-key.test',
  ],
  'xn--bcher-kva.test': ['no-policy-found xn--bcher-kva.test 1/0'],
};

const recipientDomain = (domain: string): string => (domain.startsWith('xn--') ? 'bücher.test' : domain);

beforeAll(async () => {
  world = await startReportsLab();
  dataDir = await mkdtemp(join(tmpdir(), 'dane-relay-reports-'));
  const { settings, lab } = world;
  const then = await startRelay({
    dataDir,
    env: daysAgo,
    set: { ...settings, 'delivery.connection_cache_time_limit': '20s' },
  });
  // Three messages go through one session.
  for (let nth = 0; nth < 3; nth += 1) {
    const id = await sendMail(then.port, { to: 'user@good.test' });
    await then.line(new RegExp(`${id}: .*status=sent`));
  }
  const ids = await Promise.all(
    Object.keys(expected)
      .filter((domain) => domain !== 'good.test')
      .map((domain) =>
        sendMail(then.port, { to: ['user', 'other'].map((user) => `${user}@${recipientDomain(domain)}`) }),
      ),
  );
  for (const id of ids) await then.line(new RegExp(`${id}: .*status=(sent|deferred)`));
  await then.stop();

  const now = await startRelay({ dataDir, set: settings });
  const host = lab.host('mx.reports.test');
  await host.waitForMessages(Object.keys(expected).length, 60_000);
  for (const { data, tls } of host.messages) {
    const report = reportIn(data);
    const [domain = ''] = /^TLS-Report-Domain: (.*)\r$/m.exec(data.toString())?.slice(1) ?? [];
    expect(reports.has(domain), `two reports for ${domain}`).toBe(false);
    reports.set(domain, { report, message: data, tls });
  }
  await now.line(/TLS report for good\.test of .*: sent to mailto:tls\+rpt@reports\.test/);
  await now.stop();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await removeDataDir(dataDir);
});

describe('the reports of a day', () => {
  it.each(Object.entries(expected))('tell %s what happened', (domain, summary) => {
    const found = reports.get(domain);
    expect(found && summaryOf(found.report)).toEqual(summary);
  });

  it('are those of domains with mail, one each', () => {
    expect([...reports.keys()].toSorted()).toEqual(Object.keys(expected).toSorted());
  });

  it('have the whole day in UTC, and a name of their own', () => {
    const [day, all] = [thatDay(), [...reports.values()].map(({ report }) => report)];
    for (const report of all) {
      expect(report['date-range']).toEqual({
        'start-datetime': `${day}T00:00:00Z`,
        'end-datetime': `${day}T23:59:59Z`,
      });
      expect(report['contact-info']).toBe('tls@relay.test');
    }
    expect(new Set(all.map((report) => report['report-id'])).size).toBe(all.length);
  });

  it('have the records of the DNS as their policy', () => {
    const [policy] = reports.get('good.test')?.report.policies ?? [];
    expect(policy?.policy['policy-string']).toEqual([expect.stringMatching(/^3 1 1 [0-9A-F]{64}$/)]);
  });

  it('come over TLS to a host whose certificate is wrong, and are signed by the relay', async () => {
    const { message = Buffer.alloc(0), tls } = reports.get('good.test') ?? {};
    expect(tls).toBe(true);
    const { perl, python } = await verifyDkim(message, world.keys);
    expect([perl, python]).toEqual([['rsa-sha256 r relay.test pass'], ['rsa-sha256 r relay.test pass']]);
    const signed = /h=([^;]*);/.exec(message.toString())?.[1]?.replaceAll(/\s/g, '').toLowerCase().split(':');
    expect(signed).toEqual(
      expect.arrayContaining([
        'tls-report-domain',
        'tls-report-submitter',
        'tls-required',
        'subject',
        'from',
      ]),
    );
  });

  it('are not the subject of reports', async () => {
    const { code, stdout } = await runCommand(['tlsrpt', 'show', '--json'], { data_dir: dataDir });
    const lines = stdout.toString().split('\n').filter(Boolean);
    const domains = lines.map((line) => (JSON.parse(line) as { readonly domain: string }).domain);
    expect(code).toBe(0);
    expect(domains).not.toContain('reports.test');
  });
});
