import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../../src/children/free-port.ts';
import { statusSocket } from '../../../src/config/role.ts';
import { askStatus } from '../../../src/status/ask-status.ts';
import { makeCertificate, makeChain, type Certificate } from '../../lab/certificates.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import { startPolicyHost, type PolicyHost } from '../../lab/policy-host.ts';
import { until } from '../../lab/until.ts';
import type { WorldNames } from '../../lab/world.ts';
import { accessibilityFaults, layoutFaults } from '../../support/accessibility.ts';
import { belongings } from '../../support/belongings.ts';
import { startBrowser, visitPage } from '../../support/browser.ts';
import { runCommand } from '../../support/run-command.ts';
import { labSettings, removeDataDir, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';

/** Destinations that are mailed are checked before mail waits: how docs/health.md tells it. */

const keep = belongings();
let lab: Lab;
let web: PolicyHost | undefined;
let dataDir: string;
/** That its MTA-STS policy is fetched. */
let stsSettings: Readonly<Record<string, string>>;

/** Mail goes to the first host; nobody sees what the second one shows, until the first is down. */
const twoHosts =
  (domain: string, second: string) =>
  ({ address, tlsa, tlsaOwner }: WorldNames): readonly string[] => [
    '@ 1 MX 10 mx1',
    '@ 1 MX 20 mx2',
    `mx1 1 ${address(`mx1.${domain}`)}`,
    `mx2 1 ${address(`mx2.${domain}`)}`,
    `${tlsaOwner('mx1')} 1 ${tlsa(`mx1.${domain}`, '3 1 1')}`,
    `${tlsaOwner('mx2')} 1 ${tlsa(second, '3 1 1')}`,
  ];

beforeAll(async () => {
  const of = (...names: readonly string[]): Promise<Certificate> => makeCertificate({ names });
  // Its authority is what the record names, and its own certificate runs out.
  const soon = await makeChain(['mx.soon.test'], {
    leaf: { names: ['mx.soon.test'], notAfter: new Date(Date.now() + 10.5 * 86_400_000) },
  });
  lab = await startLab({
    hosts: [
      { kind: 'scripted', name: 'mx1.half.test', certificates: [await of('mx1.half.test')] },
      { kind: 'scripted', name: 'mx2.half.test', certificates: [await of('mx2.half.test')] },
      { kind: 'scripted', name: 'mx1.mute.test', certificates: [await of('mx1.mute.test')] },
      {
        kind: 'scripted',
        name: 'mx2.mute.test',
        certificates: [await of('mx2.mute.test')],
        trouble: { at: 'before greeting', action: 'hang' },
      },
      { kind: 'scripted', name: 'mx.soon.test', certificates: [soon.leaf, soon.intermediate] },
      { kind: 'scripted', name: 'mx.private.test', certificates: [await of('mx.private.test')] },
      { kind: 'scripted', name: 'mx.listed.test', certificates: [await of('mx.listed.test')] },
      { kind: 'absent', name: 'web.soon.test' },
    ],
    domains: [
      {
        name: 'soon.test',
        dnssec: 'signed',
        records: ({ address, tlsa, tlsaOwner }) => [
          '@ MX 10 mx',
          `mx ${address('mx.soon.test')}`,
          `${tlsaOwner('mx')} ${tlsa('mx.soon.test', '2 1 1')}`,
          '_mta-sts TXT "v=STSv1; id=1;"',
          `mta-sts ${address('web.soon.test')}`,
        ],
      },
      {
        name: 'private.test',
        dnssec: 'signed',
        records: ({ address, tlsa, tlsaOwner }) => [
          '@ MX 10 mx',
          `mx ${address('mx.private.test')}`,
          `${tlsaOwner('mx')} ${tlsa('mx.private.test', '3 1 1')}`,
        ],
      },
      // Its policy lists the host, whose certificate no authority has signed.
      {
        name: 'listed.test',
        dnssec: 'signed',
        records: ({ address, tlsa, tlsaOwner }) => [
          '@ MX 10 mx',
          `mx ${address('mx.listed.test')}`,
          `${tlsaOwner('mx')} ${tlsa('mx.listed.test', '3 1 1')}`,
          '_mta-sts TXT "v=STSv1; id=1;"',
          `mta-sts ${address('web.soon.test')}`,
        ],
      },
      // The record of its second host is that of the first.
      { name: 'half.test', dnssec: 'signed', records: twoHosts('half.test', 'mx1.half.test') },
      { name: 'mute.test', dnssec: 'signed', records: twoHosts('mute.test', 'mx2.mute.test') },
    ],
  });
  dataDir = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  const { address } = lab.host('web.soon.test');
  web = await startPolicyHost(address, [
    await makeCertificate({ names: ['mta-sts.soon.test', 'mta-sts.listed.test'] }, soon.intermediate),
    soon.intermediate,
  ]);
  web.serve('mta-sts.soon.test', {
    body: 'version: STSv1\nmode: enforce\nmx: old.soon.test\nmax_age: 86400\n',
  });
  web.serve('mta-sts.listed.test', {
    body: 'version: STSv1\nmode: enforce\nmx: *.listed.test\nmax_age: 86400\n',
  });
  const caFile = join(lab.directory, 'sts-ca.pem');
  await writeFile(caFile, soon.root.pem);
  stsSettings = {
    'tls.mta_sts_ca_file': caFile,
    'tls.mta_sts_networks': address.replace(/\.\d+$/, '.0/24'),
    'tls.mta_sts_port': String(web.port),
  };
});
afterAll(async () => {
  await web?.stop();
  await lab?.stop();
  await removeDataDir(dataDir);
});

async function relayAt(
  place: string,
  interval: string,
  more: Readonly<Record<string, string>> = {},
): Promise<RunningRelay> {
  const set = { ...labSettings(lab), 'tls.health_interval': interval, 'tls.sticky': 'off', ...more };
  return keep(await startRelay({ dataDir: place, set }));
}

/** What the page has of it, for everybody; the note that it shows. */
async function noteOnPage(url: string, wanted: string): Promise<string> {
  await using browser = await startBrowser();
  const { page, complaints } = await visitPage(browser, url);
  const section = page.locator('#health');
  await section.getByText(wanted).first().waitFor();
  for (const width of [1200, 320]) {
    await page.setViewportSize({ width, height: 900 });
    const faults = [...(await accessibilityFaults(page)), ...(await layoutFaults(page))];
    expect([width, faults]).toEqual([width, []]);
  }
  await section.getByRole('button', { name: 'note' }).first().click();
  await page.locator('dialog pre').waitFor();
  const note = await page.locator('dialog pre').innerText();
  expect(complaints).toEqual([]);
  return note;
}

async function send(relay: RunningRelay, domain: string): Promise<void> {
  const id = await sendMail(relay.port, { to: `user@${domain}` });
  expect(await relay.line(new RegExp(`${id}: to=`))).toMatch(/dsn=2\.0\.0, status=sent/);
}

async function destinations(...words: readonly string[]): Promise<{ code: number | null; stdout: string }> {
  const { code, stdout } = await runCommand(['destinations', ...words], {
    data_dir: dataDir,
    hostname: 'relay.test',
  });
  return { code, stdout: stdout.toString() };
}

test('one host of two is wrong, and its postmaster can be told before mail waits', async () => {
  const port = await freePort('127.0.0.1');
  let relay = await relayAt(dataDir, '1s', { 'status.listen': `127.0.0.1:${port}` });
  await send(relay, 'half.test');
  const finding =
    'mx2\\.half\\.test\\[[\\d.]+\\]:\\d+: no TLSA record matches what the server shows, while 1 other';
  await relay.line(new RegExp(`: warning: check of half\\.test: problem: ${finding} address is right$`));
  await relay.line(
    /: check of half\.test: hint: _\d+\._tcp\.mx1\.half\.test\.?: only the key in use is published/,
  );

  // Nothing is said there about mail.
  const verbs = (lines: readonly string[] = []): readonly string[] => lines.map((line) => line.slice(0, 4));
  const [refused] = lab.host('mx2.half.test').sessions;
  expect([verbs(refused?.plaintextCommands), verbs(refused?.tlsCommands)]).toEqual([['EHLO', 'STAR'], []]);
  const [, check] = lab.host('mx1.half.test').sessions;
  expect(verbs([...(check?.plaintextCommands ?? []), ...(check?.tlsCommands ?? [])])).toEqual([
    'EHLO',
    'STAR',
    'EHLO',
    'QUIT',
  ]);
  expect(lab.host('mx1.half.test').messages).toHaveLength(1);

  expect((await destinations()).stdout).toMatch(
    new RegExp(
      `^half\\.test: DANE fails, checked at \\S+\\n {4}problem since \\S+: ${finding} address is right\\n {4}hint since`,
    ),
  );
  expect((await destinations('--note', 'half.test')).stdout).toMatch(
    /^To: postmaster@half\.test\nSubject: mail hosts: half\.test\n[^]*\nThe postmaster of relay\.test\n$/,
  );
  expect((await destinations('none.test')).code).toBe(75);
  const [record] = (await destinations('--json')).stdout.split('\n');
  expect(JSON.parse(record ?? '')).toMatchObject({ schema: 1, destination: 'half.test', standing: 'fails' });

  await until(
    async () => (await relay.metrics()).includes('dane_relay_destination_findings{finding="mismatch"} 1'),
    'the finding among the metrics',
  );
  expect(await relay.metrics()).toContain('dane_relay_checked_destinations{standing="fails"} 1');
  const socket = statusSocket(dataDir, 'all');
  const told = JSON.parse((await askStatus(socket, '/api/destinations/half.test'))?.body ?? '{}') as object;
  expect(told).toMatchObject({
    standing: 'fails',
    note: expect.arrayContaining(['To: postmaster@half.test']),
  });
  expect(await askStatus(socket, '/api/destinations/none.test')).toMatchObject({ status: 404 });
  const state = JSON.parse((await askStatus(socket, '/api/state'))?.body ?? '{}') as object;
  expect(state).toMatchObject({
    health: { standings: { fails: 1 }, worst: [{ destination: 'half.test', kind: 'mismatch' }] },
  });

  expect(await noteOnPage(`http://127.0.0.1:${port}/`, 'no TLSA record matches')).toMatch(
    /^To: postmaster@half\.test$/m,
  );

  // Later checks find the same, and say nothing.
  const before = lab.host('mx2.half.test').sessions.length;
  await until(() => lab.host('mx2.half.test').sessions.length > before + 1, 'two more checks');
  expect(relay.matching(/check of half\.test: problem/)).toHaveLength(1);
  // Where mail goes is not their affair.
  await send(relay, 'half.test');
  await relay.stop();

  await lab.setRecords('half.test', twoHosts('half.test', 'mx2.half.test'));
  await lab.resolver.stop();
  await lab.resolver.start();
  relay = await relayAt(dataDir, '1s');
  await relay.line(
    /: check of half\.test: mismatch at mx2\.half\.test\[[\d.]+\]:\d+ since \S+ is not found any more$/,
  );
  expect((await destinations()).stdout).toMatch(
    /^half\.test: protected by DANE, checked at \S+\n {4}hint since/,
  );
  expect(relay.matching(/check of half\.test: hint: _\d+\._tcp\.mx1\./)).toHaveLength(0);
  await relay.stop();
});

test('what will be wrong is told before it is, and nobody is asked whom the operator has left out', async () => {
  const place = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  keep({ [Symbol.asyncDispose]: () => removeDataDir(place) });
  const map = join(lab.directory, 'policy');
  await writeFile(map, 'private.test dane health=off\n');
  const relay = await relayAt(place, '1s', { ...stsSettings, 'tls.policy_maps': map });
  await send(relay, 'private.test');
  await send(relay, 'soon.test');
  await send(relay, 'listed.test');
  await relay.line(
    /: warning: check of soon\.test: warning: mx\.soon\.test\[[\d.]+\]:\d+: the certificate \/CN=mx\.soon\.test expires in 10 days, and its record has usage 2, under which dates count$/,
  );
  await relay.line(
    /: warning: check of soon\.test: warning: mx\.soon\.test: protected by TLSA records, and not listed in the MTA-STS policy of soon\.test \(enforce\)$/,
  );
  await relay.line(
    /: warning: check of listed\.test: warning: mx\.listed\.test\[[\d.]+\]:\d+: protected by TLSA records, and its certificate would not do for the MTA-STS policy of listed\.test \(enforce\): self-signed certificate$/,
  );
  const { stdout } = await runCommand(['destinations', '--note'], {
    data_dir: place,
    hostname: 'relay.test',
  });
  const note = stdout.toString();
  expect(note).toMatch(/^To: postmaster@soon\.test$/m);
  expect(note).toMatch(/^To: postmaster@listed\.test$/m);
  expect(note).toContain('would not do for the MTA-STS policy of listed.test');
  expect(note).not.toContain('policy of soon.test (enforce): ');
  expect(note).toContain('expires in 10 days');
  expect(note).toContain('not listed in the MTA-STS policy');
  expect(note).not.toContain('private.test');
  const all = await runCommand(['destinations'], { data_dir: place });
  expect(all.stdout.toString()).toMatch(/^soon\.test: protected by DANE/m);
  expect(all.stdout.toString()).not.toContain('private.test');
  expect(lab.host('mx.private.test').sessions).toHaveLength(1);
  await relay.stop();
});

test('a check ends with the relay, and leaves nothing that was not seen', async () => {
  const place = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  keep({ [Symbol.asyncDispose]: () => removeDataDir(place) });
  const relay = await relayAt(place, '1s');
  await send(relay, 'mute.test');
  await until(() => lab.host('mx2.mute.test').sessions.length > 0, 'a check at the host that says nothing');
  expect(await relay.stop()).toBe(0);
  expect(relay.matching(/internal error|still hangs/)).toEqual([]);
  const { stdout } = await runCommand(['destinations'], { data_dir: place });
  expect(stdout.toString()).toBe('mute.test: not checked yet\n');
});

test('nothing is asked without mail, and nothing noted, as long as nobody wants it', async () => {
  const place = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  keep({ [Symbol.asyncDispose]: () => removeDataDir(place) });
  const relay = await relayAt(place, '0s');
  await send(relay, 'half.test');
  const { stdout } = await runCommand(['destinations'], { data_dir: place });
  expect(stdout.toString()).toBe('Nothing is known of any destination (tls.health_interval)\n');
  expect(await relay.metrics()).not.toContain('dane_relay_checked_destinations{');
  await relay.stop();
});
