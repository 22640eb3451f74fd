import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { belongings } from '../../support/belongings.ts';
import { startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { keyPemOf, ecKeys, makeAuthority, makeCertificate, pemOf } from '../../support/test-ca.ts';

const keep = belongings();
const ca = makeAuthority('ca', { notAfter: Date.UTC(2100, 0) });
let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'listener-tls-'));
  writeFileSync(join(directory, 'ca.pem'), pemOf(ca.der));
});
afterAll(() => rm(directory, { recursive: true }));

/** The file of a certificate for these names. */
function write(file: string, names: readonly string[], notAfter = Date.UTC(2100, 0)): string {
  const keys = ecKeys();
  const key = keyPemOf({ keys });
  writeFileSync(join(directory, 'new'), pemOf(makeCertificate({ names, keys, notAfter }, ca).der) + key);
  renameSync(join(directory, 'new'), join(directory, file));
  return join(directory, file);
}

function relayWith(listener: string): Promise<RunningRelay> {
  return startRelay({
    set: { 'dns.servers': '127.0.0.1:1', listen: '', listener: `[{ address = "127.0.0.1:0", ${listener} }]` },
  });
}

/** What openssl s_client says, which verifies chain and name. It ends its session at once. */
async function sClient({ port }: RunningRelay, ...args: readonly string[]): Promise<string> {
  const child = spawn(
    'openssl',
    [
      's_client',
      '-connect',
      `127.0.0.1:${port}`,
      '-CAfile',
      join(directory, 'ca.pem'),
      '-verify_return_error',
      ...args,
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stdin.end('Q\n');
  await once(child, 'close');
  return said;
}

const verified = (name: string): readonly string[] => ['-servername', name, '-verify_hostname', name];

test('OpenSSL as a client: STARTTLS, names, versions; and a certificate that is replaced under way', async () => {
  const [one, two] = [write('one', ['relay.test']), write('two', ['other.test'])];
  const relay = keep(await relayWith(`name = "mx", tls = "starttls", certificate = ["${one}", "${two}"]`));
  await relay.line(/listener mx: .*\/two read: for other\.test, until 2100-01-01/);
  const starttls = ['-starttls', 'smtp'];
  expect(await sClient(relay, ...starttls, ...verified('relay.test'))).toContain(
    'Verify return code: 0 (ok)',
  );
  expect(await sClient(relay, ...starttls, ...verified('other.test'))).toContain(
    'Verify return code: 0 (ok)',
  );
  expect(await sClient(relay, ...starttls, ...verified('relay.test'), '-tls1_2')).toContain(
    'Protocol  : TLSv1.2',
  );
  expect(await sClient(relay, ...starttls, '-tls1_1', '-cipher', 'DEFAULT@SECLEVEL=0')).toMatch(
    /alert protocol version/,
  );
  await relay.line(
    /smtpd\[\d+\]: Anonymous TLS connection established from localhost\[127\.0\.0\.1\]: TLSv1\.3 with cipher/,
  );
  await relay.line(/disconnect from localhost\[127\.0\.0\.1\] ehlo=1 starttls=1 commands=2/);

  write('one', ['renewed.test']);
  relay.signal('SIGHUP');
  await relay.line(/listener mx: .*\/one read again: for renewed\.test/);
  expect(await sClient(relay, ...starttls, ...verified('renewed.test'))).toContain(
    'Verify return code: 0 (ok)',
  );

  writeFileSync(one, 'broken');
  relay.signal('SIGHUP');
  await relay.line(/warning: listener mx: .*\/one: no certificate in it: the old one stays in use/);
  expect(await sClient(relay, ...starttls, ...verified('renewed.test'))).toContain(
    'Verify return code: 0 (ok)',
  );
  expect(JSON.stringify((await relay.health()).body)).toContain('no certificate in it');
  expect(await relay.metrics()).toMatch(
    /dane_relay_listener_certificate_end_seconds\{listener="mx",certificate="[^"]+\/two"\} 4102444800/,
  );
  expect(await relay.stop()).toBe(0);
});

test('OpenSSL as a client: implicit TLS', async () => {
  const relay = keep(
    await relayWith(`tls = "implicit", certificate = "${write('implicit', ['relay.test'])}"`),
  );
  const said = await sClient(relay, ...verified('relay.test'));
  expect(said).toContain('Verify return code: 0 (ok)');
  await relay.line(/lost connection after CONNECT from localhost\[127\.0\.0\.1\]/);
});

test('a certificate that has expired takes STARTTLS away, and mail goes on', async () => {
  const relay = keep(
    await relayWith(
      `tls = "starttls", certificate = "${write('old', ['relay.test'], Date.UTC(2026, 9, 30))}"`,
    ),
  );
  await relay.line(/has expired: STARTTLS is not offered/);
  expect(await sClient(relay, '-starttls', 'smtp')).toMatch(
    /Didn't find STARTTLS in server response|didn't find STARTTLS/i,
  );
  expect((await relay.health()).status).toBe(503);
});
