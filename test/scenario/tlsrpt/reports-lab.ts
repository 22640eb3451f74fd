import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { startLab, type Lab } from '../../lab/lab.ts';
import { standardWorld } from '../../lab/standard-world.ts';
import type { LabDomain } from '../../lab/world.ts';
import { newKey, writeKeys } from '../../support/dkim-keys.ts';
import type { KeyRecords } from '../../support/dkim-verifiers.ts';
import { labSettings } from '../../support/running-relay.ts';
import { shiftedClock } from '../../support/shifted-clock.ts';
import { readTlsReport, type TlsReport } from '../../support/tls-report-schema.ts';

/** The standard world, whose domains want reports, and the domain that takes them: its TLSA record is wrong. */
export interface ReportsLab extends AsyncDisposable {
  readonly lab: Lab;
  readonly keys: KeyRecords;
  /** Of a relay that reports, as `relay.test`. */
  readonly settings: Readonly<Record<string, string>>;
}

/** @param others domains with records of their own about reports */
export async function startReportsLab(others: readonly LabDomain[] = []): Promise<ReportsLab> {
  const directory = await mkdtemp(join(tmpdir(), 'dane-relay-tlsrpt-'));
  const keys = await writeKeys(directory, 'relay.test', { r: newKey('rsa') });
  const { domains, hosts } = await standardWorld();
  const wrong = domains.find(({ name }) => name === 'wrong-key.test');
  const host = hosts.find(({ name }) => name === 'mx.wrong-key.test');
  if (wrong === undefined || host === undefined) throw new Error('No wrong-key.test in the standard world');
  const renamed = <T>(text: T): T =>
    JSON.parse(JSON.stringify(text).replaceAll('wrong-key.test', 'reports.test')) as T;
  const lab = await startLab({
    domains: [
      ...domains.filter(({ name }) => name !== 'postfix.test').map(wantingReports),
      wantingReports({
        ...wrong,
        name: 'reports.test',
        records: (names) =>
          renamed(wrong.records?.(names) ?? []).map((line) =>
            line.startsWith('mx A') || line.startsWith('mx AAAA')
              ? `mx ${names.address('mx.reports.test')}`
              : line,
          ),
      }),
      ...[plain, two, umlaut].map(wantingReports),
      ...others,
    ],
    hosts: [
      ...hosts.filter(({ kind }) => kind !== 'postfix'),
      { ...host, name: 'mx.reports.test' },
      { kind: 'scripted', name: 'mx.plain.test', startTls: false },
    ],
  });
  return {
    lab,
    keys,
    settings: {
      ...labSettings(lab),
      'dkim.directory': directory,
      'tlsrpt.organization_name': 'Relay Test',
      'tlsrpt.contact': 'tls@relay.test',
    },
    async [Symbol.asyncDispose]() {
      await lab.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const plain: LabDomain = {
  name: 'plain.test',
  dnssec: 'unsigned',
  records: ({ address }) => ['@ MX 10 mx', `mx ${address('mx.plain.test')}`],
};
/** The first of its hosts has a wrong TLSA record. */
const two: LabDomain = {
  name: 'two.test',
  dnssec: 'signed',
  records: () => ['@ MX 10 mx.wrong-key.test.', '@ MX 20 mx.good.test.'],
};
/** `bücher.test` */
const umlaut: LabDomain = {
  name: 'xn--bcher-kva.test',
  dnssec: 'signed',
  records: () => ['@ MX 10 mx.no-tlsa.test.'],
};

function wantingReports(domain: LabDomain): LabDomain {
  if (domain.dnssec === 'dead') return domain;
  return {
    ...domain,
    records: (names) => [
      ...(domain.records?.(names) ?? []),
      '_smtp._tls TXT "v=TLSRPTv1; " "rua=mailto:tls%2Brpt@reports.test"',
    ],
  };
}

const DAY_MS = 24 * 3_600_000;

/** For a relay of some days ago: what it counts is long due. */
export const daysAgo = shiftedClock(-3 * DAY_MS);
export const thatDay = (): string => new Date(Date.now() - 3 * DAY_MS).toISOString().slice(0, 10);

/** The report in a message, after it was held against the schema. Throws if there is none. */
export function reportIn(message: Buffer): TlsReport {
  const text = message.toString('latin1');
  const boundary = /boundary="([^"]+)"/.exec(text)?.[1] ?? '';
  const part = text.split(`--${boundary}`).find((one) => one.includes('application/tlsrpt+gzip')) ?? '';
  const encoded = part.slice(part.indexOf('\r\n\r\n'));
  return readTlsReport(gunzipSync(Buffer.from(encoded, 'base64')).toString());
}

/** `tlsa mx.good.test 1/0`, and each fault below it. */
export function summaryOf(report: TlsReport): readonly string[] {
  const policies = report.policies.toSorted(({ policy: one }, { policy: other }) =>
    one['policy-domain'].localeCompare(other['policy-domain']),
  );
  return policies.flatMap(({ policy, summary, 'failure-details': details }) => [
    `${policy['policy-type']} ${policy['policy-domain']} ${summary['total-successful-session-count']}/${summary['total-failure-session-count']}`,
    ...details.map((fault) =>
      [
        ` ${String(fault['failed-session-count'])}`,
        fault['result-type'],
        fault['failure-reason-code'] ?? '-',
        fault['receiving-mx-hostname'] ?? '-',
      ].join(' '),
    ),
  ]);
}
