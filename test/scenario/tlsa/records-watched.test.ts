import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCertificate, tlsaRecord, wrongDigit, type Certificate } from '../../lab/certificates.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import { startMailHost, type MailHost } from '../../lab/mail-host.ts';
import { until } from '../../lab/until.ts';
import type { WorldNames } from '../../lab/world.ts';
import { runCommand } from '../../support/run-command.ts';
import { labSettings, removeDataDir, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';

/** Mail whose own next attempt is an hour away goes when the records, or the certificate, are put right. */

const domains = ['dns', 'cert', 'restart'] as const;
type Name = (typeof domains)[number];
const domain = (name: Name): string => `${name}-roll.test`;
const host = (name: Name): string => `mx.${domain(name)}`;

let lab: Lab;
let dataDir: string;
let relay: RunningRelay;
let settings: Record<string, string>;
let next: Certificate;
const certificates = new Map<Name, Certificate>();
const replaced: MailHost[] = [];

const zone =
  (name: Name, ...records: readonly string[]) =>
  (names: WorldNames) => [
    '@ MX 10 mx',
    `mx ${names.address(host(name))}`,
    // A change is there for all to see after this time.
    ...records.map((record) => `${names.tlsaOwner('mx')} 3 ${record}`),
  ];

function right(name: Name): string {
  const certificate = certificates.get(name);
  if (certificate === undefined) throw new Error(`no certificate of ${name}`);
  return tlsaRecord(certificate, '3 1 1');
}

beforeAll(async () => {
  for (const name of domains) certificates.set(name, await makeCertificate({ names: [host(name)] }));
  next = await makeCertificate({ names: [host('cert')] });
  lab = await startLab({
    hosts: domains.map((name) => ({
      kind: 'scripted' as const,
      name: host(name),
      certificates: [certificates.get(name) ?? next],
    })),
    domains: domains.map((name) => ({
      name: domain(name),
      dnssec: 'signed' as const,
      records: zone(name, name === 'cert' ? tlsaRecord(next, '3 1 1') : wrongDigit(right(name))),
    })),
  });
  dataDir = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  settings = {
    ...labSettings(lab),
    'queue.minimal_backoff': '1h',
    'queue.maximal_backoff': '1h',
    'tls.rollover_watch_interval': '1s',
    'delivery.connection_reuse': 'false',
  };
  relay = await startRelay({ dataDir, set: settings });
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  for (const one of replaced) await one.stop();
  await lab?.stop();
  if (dataDir !== undefined) await removeDataDir(dataDir);
});

/** Sends so many that the destination is left alone, and more. */
async function deferred(name: Name, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    const id = await sendMail(relay.port, { to: `user${nth}@${domain(name)}` });
    await relay.line(new RegExp(`${id}: to=.*status=deferred`));
    ids.push(id);
  }
  return ids;
}

async function explained(word: string): Promise<string> {
  const { stdout } = await runCommand(['explain', word], { ...settings, data_dir: dataDir });
  return stdout.toString();
}

const delivered = (ids: readonly string[]): Promise<readonly string[]> =>
  Promise.all(ids.map((id) => relay.line(new RegExp(`${id}: to=.*status=sent`))));

test('the records are put right: all that waited goes, and explain has said so', async () => {
  const ids = await deferred('dns', 5);
  await relay.line(/dns-roll\.test: no certificate matches _\d+\._tcp\.mx\.dns-roll\.test: the records are/);
  for (const word of [domain('dns'), ids[0] ?? '']) {
    const text = await explained(word);
    expect(text).toMatch(/the TLSA records of _\d+\._tcp\.mx\.dns-roll\.test are watched since .*asked next/);
    expect(text).toContain('it goes at once');
  }
  const tried = relay.matching(/dns-roll\.test.*status=deferred/).length;
  // Other records that are not right either: tried once more, and still watched.
  await lab.setRecords(domain('dns'), zone('dns', wrongDigit(right('dns')), tlsaRecord(next, '3 1 1')));
  await relay.line(/dns-roll\.test: _\S+ has other records: \d messages tried at once/);
  await until(
    async () => relay.matching(/dns-roll\.test.*status=deferred/).length > tried,
    'the attempt that fails again',
  );
  await lab.setRecords(domain('dns'), zone('dns', right('dns')));
  await delivered(ids);
  // What was delivered leaves no watch behind.
  await until(async () => !(await explained(domain('dns'))).includes('are watched'), 'the end of the watch');
});

test('the certificate is put right: a delivery finds it, and what waited goes', async () => {
  const ids = await deferred('cert', 2);
  await relay.line(/cert-roll\.test: no certificate matches/);
  const { address } = lab.host(host('cert'));
  await lab.host(host('cert')).stop();
  const there = { name: host('cert'), address, port: lab.port };
  replaced.push(await startMailHost(there, { certificates: [next] }));
  await sendMail(relay.port, { to: `probe@${domain('cert')}` });
  await relay.line(/cert-roll\.test: works again while its records were watched: 2 messages tried at once/);
  await delivered(ids);
});

test('a relay that was stopped meanwhile goes on where it was', async () => {
  const ids = await deferred('restart', 1);
  await relay.line(/restart-roll\.test: no certificate matches/);
  await relay[Symbol.asyncDispose]();
  await lab.setRecords(domain('restart'), zone('restart', right('restart')));
  relay = await startRelay({ dataDir, set: settings });
  await relay.line(/restart-roll\.test: _\S+ has other records: 1 message tried at once/);
  await delivered(ids);
});
