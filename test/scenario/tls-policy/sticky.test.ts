import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCertificate } from '../../lab/certificates.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import type { WorldNames } from '../../lab/world.ts';
import { readCheckReport } from '../../support/check-schema.ts';
import { runCommand } from '../../support/run-command.ts';
import { labSettings, removeDataDir, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';

/** A host that had DANE, and whose domain then looks unsigned: how docs/sticky.md tells it. */

let lab: Lab;
let dataDir: string;
let relay: RunningRelay;

const records = ({ address, tlsa, tlsaOwner }: WorldNames, host: string): readonly string[] => [
  '@ 1 MX 10 mx',
  `mx 1 ${address(host)}`,
  `${tlsaOwner('mx')} 1 ${tlsa(host, '3 1 1')}`,
];

beforeAll(async () => {
  const names = ['mx.lost.test', 'mx.left.test', 'mx.gone.test'];
  const certificates = [await makeCertificate({ names })];
  lab = await startLab({
    hosts: names.map((name) => ({ kind: 'scripted', name, certificates })),
    domains: [
      { name: 'lost.test', dnssec: 'signed', records: (of) => records(of, 'mx.lost.test') },
      { name: 'left.test', dnssec: 'signed', records: (of) => records(of, 'mx.left.test') },
      { name: 'gone.test', dnssec: 'signed', records: (of) => records(of, 'mx.gone.test') },
    ],
  });
  dataDir = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  relay = await startRelay({ dataDir, set: labSettings(lab) });
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await lab?.stop();
  await removeDataDir(dataDir);
});

/** The delivery record of a new mail. */
async function send(domain: string): Promise<string> {
  const id = await sendMail(relay.port, { to: `user@${domain}` });
  return relay.line(new RegExp(`${id}: to=`));
}

async function command(...words: readonly string[]): Promise<{ code: number | null; stdout: string }> {
  const { code, stdout } = await runCommand(words, { data_dir: dataDir });
  return { code, stdout: stdout.toString() };
}

/** With an empty cache in front of it, and settings as given. */
async function restart(sticky: string): Promise<void> {
  await relay.kill();
  await lab.resolver.stop();
  await lab.resolver.start();
  relay = await startRelay({ dataDir, set: { ...labSettings(lab), 'tls.sticky': sticky } });
}

const sent = /dsn=2\.0\.0, status=sent/;

test('a domain that was proved is remembered, and missed when it looks unsigned', async () => {
  const lookedAt = { data_dir: dataDir, 'dns.servers': lab.dnsServer, 'delivery.port': String(lab.port) };
  const nothing = await runCommand(['check', '--mailed'], lookedAt);
  expect(nothing.stderr).toContain(
    '--mailed: no destination is remembered (nothing was delivered with DANE)',
  );
  expect([nothing.code, nothing.stdout.toString()]).toEqual([0, '']);

  expect(await send('lost.test')).toMatch(sent);
  expect(await send('left.test')).toMatch(sent);
  expect(await send('gone.test')).toMatch(sent);
  await expect
    .poll(async () => (await command('sticky', 'list')).stdout)
    .toMatch(
      /^gone\.test: until .*\n {4}mx\.gone\.test proved.*\nleft\.test: until \S+ \(for 1[34]d\d\dh\)\n {4}mx\.left\.test proved at \S+\nlost\.test: .*\n {4}mx\.lost\.test proved/,
    );

  // Those that are really mailed can be asked before mail waits.
  const checked = await runCommand(['check', '--mailed', '--json', 'left.test'], lookedAt);
  const reports = checked.stdout.toString().trim().split('\n').map(readCheckReport);
  expect(reports).toMatchObject([
    { destination: 'left.test', verdict: 'protected' },
    { destination: 'gone.test', verdict: 'protected' },
    { destination: 'lost.test', verdict: 'protected' },
  ]);

  // The parent of one zone has lost its DS records. The other has given its TLSA records up.
  await lab.dropDs('lost.test');
  await lab.setRecords('left.test', ({ address }) => ['@ 1 MX 10 mx', `mx 1 ${address('mx.left.test')}`]);
  // A third one looks unsigned, and says that it takes no mail.
  await lab.dropDs('gone.test');
  await lab.setRecords('gone.test', () => ['@ 1 MX 0 .']);
  await restart('warn');

  expect(await send('lost.test')).toMatch(sent);
  await relay.line(
    /: warning: mx\.lost\.test for lost\.test was proved by signed TLSA records at \S+, and stands in MX records that are not signed now: its mail goes as if it had never had any$/,
  );
  expect(await send('left.test')).toMatch(sent);
  await relay.line(/: mx\.left\.test for left\.test has no TLSA records any more, as its zone says/);

  // Whoever asks about those that are mailed hears of it, too.
  const noted = await runCommand(['check', '--mailed', '--note'], lookedAt);
  const [gone = '', lost = ''] = noted.stdout.toString().split(/(?=^To: )/m);
  expect(gone).toMatch(/^To: postmaster@gone\.test\nSubject: mail hosts: gone\.test\n/);
  expect(gone).toMatch(
    /\n- gone\.test was proved by signed TLSA records at \S+, and has no mail host now, and that is not/,
  );
  expect(lost).toMatch(
    /\n- mx\.lost\.test was proved by .*, and stands in MX records that are not signed now\n/,
  );
  expect(lost).toContain('Please look at the DS records');
  const enforced = await runCommand(['check', '--mailed', '--json'], {
    ...lookedAt,
    'tls.sticky': 'enforce',
  });
  const [, reported] = enforced.stdout.toString().trim().split('\n').map(readCheckReport);
  expect(reported).toMatchObject({
    destination: 'lost.test',
    verdict: 'unprotected',
    lost: [{ host: 'mx.lost.test', what: 'MX' }],
    delivery: [
      { outcome: 'deferred', dsn: '4.7.5', reason: expect.stringMatching(/^this host was proved by /) },
    ],
  });

  await restart('enforce');
  const line = await send('lost.test');
  expect(line).toMatch(
    /dsn=4\.7\.5, status=deferred \(this host was proved by signed TLSA records at \S+, and stands in MX records that are not signed now\)/,
  );
  expect(await send('left.test')).toMatch(sent);
  expect(await send('gone.test')).toMatch(
    /relay=none, .*dsn=4\.7\.5, status=deferred \(this domain was proved by signed TLSA records at \S+, and has no mail host now, and that is not signed\)/,
  );
  const [, queueId = ''] = /: ([0-9A-Za-z]+): to=/.exec(line) ?? [];
  expect((await command('explain', queueId)).stdout).toMatch(
    /were proved by signed TLSA records not long ago, and now the DNS has no signatures for mx\.lost\.test any more/,
  );
  const listed = await command('sticky', 'list', '--json', 'lost.test');
  expect(JSON.parse(listed.stdout)).toMatchObject({
    schema: 1,
    destination: 'lost.test',
    hosts: [{ host: 'mx.lost.test' }],
    lost: { what: 'MX', host: 'mx.lost.test', waits: true },
  });

  expect(await command('sticky', 'release', 'lost.test')).toMatchObject({
    code: 0,
    stdout: 'lost.test: it is forgotten; mail that waits goes at its next attempt (dane-relay queue flush)\n',
  });
  expect(await command('queue', 'flush')).toMatchObject({ code: 0 });
  await relay.line(new RegExp(`${queueId}: to=.*status=sent`));
  expect(await command('sticky', 'release', 'lost.test')).toMatchObject({ code: 75 });
});
