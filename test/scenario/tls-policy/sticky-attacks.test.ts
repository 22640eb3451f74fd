import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCertificate } from '../../lab/certificates.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import { startMailHost, type MailHost } from '../../lab/mail-host.ts';
import type { WorldNames } from '../../lab/world.ts';
import { labSettings, removeDataDir, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';

/** What somebody does who is after the mail of a domain that was proved, at `tls.sticky = "enforce"`. */

let lab: Lab;
let dataDir: string;
let relay: RunningRelay;
let stripping: MailHost | undefined;

const hosts = ({ address, tlsa, tlsaOwner }: WorldNames): readonly string[] => [
  `mx1 1 ${address('mx1.hosts.test')}`,
  `${tlsaOwner('mx1')} 1 ${tlsa('mx1.hosts.test', '3 1 1')}`,
  // It has no TLSA records, and no mail ever went there.
  `mx2 1 ${address('mx2.hosts.test')}`,
];

beforeAll(async () => {
  const names = ['mx1.hosts.test', 'mx2.hosts.test', 'mx.strip.test', 'mx.evil.test'];
  const certificates = [await makeCertificate({ names })];
  lab = await startLab({
    hosts: [
      ...names.map((name) => ({ kind: 'scripted' as const, name, certificates })),
      { kind: 'absent', name: 'mx.down.test' },
    ],
    domains: [
      {
        name: 'two.test',
        dnssec: 'signed',
        records: () => ['@ 1 MX 10 mx1.hosts.test.', '@ 1 MX 20 mx2.hosts.test.'],
      },
      { name: 'hosts.test', dnssec: 'signed', records: hosts },
      {
        name: 'strip.test',
        dnssec: 'signed',
        records: ({ address, tlsa, tlsaOwner }) => [
          '@ MX 10 mx',
          `mx ${address('mx.strip.test')}`,
          `${tlsaOwner('mx')} ${tlsa('mx.strip.test', '3 1 1')}`,
        ],
      },
    ],
  });
  dataDir = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  const settings = { ...labSettings(lab), 'tls.sticky': 'enforce', 'delivery.connection_reuse': 'false' };
  relay = await startRelay({ dataDir, set: settings });
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await stripping?.stop();
  await lab?.stop();
  if (dataDir !== undefined) await removeDataDir(dataDir);
});

async function send(domain: string): Promise<string> {
  const id = await sendMail(relay.port, { to: `user@${domain}` });
  return relay.line(new RegExp(`${id}: to=`));
}

test('STARTTLS that has gone keeps the mail, as records are there: nothing of that is a loss', async () => {
  expect(await send('strip.test')).toMatch(/status=sent/);
  const { address } = lab.host('mx.strip.test');
  await lab.host('mx.strip.test').stop();
  stripping = await startMailHost({ name: 'mx.strip.test', address, port: lab.port }, { startTls: false });
  expect(await send('strip.test')).toMatch(
    /dsn=4\.7\.4, status=deferred \(TLS is required, but was not offered/,
  );
  expect(relay.matching(/strip\.test was proved by/)).toEqual([]);
});

test('the zone of the hosts is forged: neither the one that was proved nor the one beside it gets mail', async () => {
  expect(await send('two.test')).toMatch(/relay=mx1\.hosts\.test\[.*status=sent/);
  await lab.dropDs('hosts.test');
  await lab.setRecords('hosts.test', ({ address }) => [
    `mx1 ${address('mx.down.test')}`,
    `mx2 ${address('mx.evil.test')}`,
  ]);
  await lab.resolver.stop();
  await lab.resolver.start();
  expect(await send('two.test')).toMatch(
    /relay=none, .*dsn=4\.7\.5, status=deferred \(mx1\.hosts\.test was proved by signed TLSA records at \S+, and has no signed address now\)/,
  );
  await relay.line(
    /: warning: mx1\.hosts\.test for two\.test was proved by .*, and has no signed address now: it gets no mail until/,
  );
  expect(lab.host('mx.evil.test').sessions).toEqual([]);
});
