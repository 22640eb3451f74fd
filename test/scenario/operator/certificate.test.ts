import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { plainListener } from '../../../src/core/intake/listener.ts';
import type { ServerIdentity } from '../../../src/tls/accept-tls.ts';
import { readServerCertificate } from '../../../src/tls/server-certificate.ts';
import { runIntake } from '../intake/running-intake.ts';
import { CertificateFiles } from '../../../src/cli/certificate-files.ts';
import { runCommand, type Ended } from '../../support/run-command.ts';
import { unless } from '../../support/unless.ts';

/** `dane-relay certificate …`: what it makes is read by OpenSSL and by those that are told to trust it. */

let top: string;
let at: string;
beforeAll(async () => {
  top = await mkdtemp(join(tmpdir(), 'dane-relay-'));
});
beforeEach(async () => {
  at = await mkdtemp(join(top, 'case-'));
});
afterAll(() => rm(top, { recursive: true }));

const settings = (): Record<string, string> => ({
  data_dir: at,
  hostname: 'relay.example.org',
  listen: '127.0.0.1:2525,192.0.2.7:587',
});

async function certificate(...words: string[]): Promise<Ended> {
  return runCommand(['certificate', ...words], settings());
}

async function made(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await certificate(...words);
  expect([code, stderr]).toEqual([0, '']);
  return stdout.toString();
}

const file = (name: string): string => join(at, 'tls', name);
const contents = async (name: string): Promise<string> => readFile(file(name), 'utf8');
const mode = async (name: string): Promise<number> => (await stat(file(name))).mode & 0o777;
const openssl = (...words: string[]): string => execFileSync('openssl', words, { encoding: 'utf8' });
/** What OpenSSL says of the certificate of the relay, the authority being trusted. */
const verify = (...words: string[]): string => {
  const strict = ['-x509_strict', '-purpose', 'sslserver', '-CAfile', file('ca.crt')];
  const { stdout, stderr } = spawnSync('openssl', ['verify', ...strict, ...words, file('relay.crt')], {
    encoding: 'utf8',
  });
  return stdout + stderr;
};

/** What a program of its own says. */
async function runNode(program: string, env: Record<string, string>): Promise<string> {
  const child = spawn(process.execPath, ['-e', program], { env: { ...process.env, ...env } });
  let said = '';
  child.stdout.on('data', (octets: Buffer) => (said += octets.toString()));
  await once(child, 'close');
  return said;
}

describe('certificate create', () => {
  test('makes what OpenSSL verifies, for every name and address of the listeners', async () => {
    await made('create', 'mx.example.org', '2001:db8::25');
    for (const name of ['relay.example.org', 'localhost', 'mx.example.org'])
      expect(verify('-verify_hostname', name)).toBe(`${file('relay.crt')}: OK\n`);
    for (const address of ['127.0.0.1', '::1', '192.0.2.7', '2001:db8::25'])
      expect(verify('-verify_ip', address)).toBe(`${file('relay.crt')}: OK\n`);
    expect(verify('-verify_hostname', 'other.example.org')).toContain('hostname mismatch');
    expect(verify('-verify_ip', '192.0.2.8')).toContain('IP address mismatch');
  });

  test('makes what OpenSSL reads as an authority that vouches for little, and a server', async () => {
    await made('create');
    const authority = openssl('x509', '-in', file('ca.crt'), '-noout', '-text');
    expect(authority).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0\n/);
    expect(authority).toMatch(/Key Usage: critical\s+Certificate Sign, CRL Sign\n/);
    expect(authority).toMatch(
      /Name Constraints: critical\s+Permitted:\s+DNS:relay\.example\.org\s+DNS:localhost\n/,
    );
    expect(authority).toContain('IP:192.0.2.7/255.255.255.255');
    const server = openssl('x509', '-in', file('relay.crt'), '-noout', '-text');
    expect(server).toMatch(/Basic Constraints: critical\s+CA:FALSE\n/);
    expect(server).toMatch(/Key Usage: critical\s+Digital Signature\n/);
    expect(server).toMatch(/Extended Key Usage:\s+TLS Web Server Authentication\n/);
  });

  test('makes keys that nobody else can read', async () => {
    await made('create');
    expect([await mode('ca.key'), await mode('relay.key')]).toEqual([0o600, 0o600]);
    expect((await stat(file('.'))).mode & 0o777).toBe(0o700);
    expect((await readdir(file('.'))).toSorted()).toEqual(['ca.crt', 'ca.key', 'relay.crt', 'relay.key']);
  });

  test('overwrites no key, even if one appears meanwhile', async () => {
    await made('create');
    const before = await contents('relay.key');
    expect(() => new CertificateFiles(file('.')).writeKey('relay.key', 'another')).toThrow('EEXIST');
    expect(await contents('relay.key')).toBe(before);
  });

  const notRoot = process.getuid?.() === 0 ? undefined : 'only root makes files for others';
  unless(notRoot, test)(
    'leaves to the user of the relay what root makes, but not the authority',
    async () => {
      await chown(at, 12_345, 23_456);
      await made('create');
      const owner = async (name: string): Promise<number> => (await stat(file(name))).uid;
      expect([await owner('.'), await owner('relay.key'), await owner('ca.crt')]).toEqual([
        12_345, 12_345, 12_345,
      ]);
      expect(await owner('ca.key')).toBe(0);
    },
  );

  test('renews: authority, key, names and TLSA record stay', async () => {
    await made('create', 'mx.example.org');
    const kept = async (): Promise<string[]> => Promise.all(['ca.crt', 'ca.key', 'relay.key'].map(contents));
    const [before, old, shown] = [await kept(), await contents('relay.crt'), await made('show')];
    await made('create');
    expect(await kept()).toEqual(before);
    expect(await contents('relay.crt')).not.toBe(old);
    expect(verify('-verify_hostname', 'mx.example.org')).toContain('OK');
    const records = /^TLSA.*$/gm;
    expect((await made('show')).match(records)).toEqual(shown.match(records));
  });

  test('makes a new key only where there is none, and says what that means', async () => {
    await made('create');
    await unlink(file('relay.key'));
    expect(await made('create')).toContain(`made ${file('relay.key')}: a TLSA record of an older key`);
    expect(verify()).toContain('OK');
  });

  test.each<[string, () => Promise<unknown>, string[], RegExp]>([
    [
      'a certificate of somebody else',
      async () => {
        await made('create');
        await rename(file('relay.crt'), file('theirs.crt'));
        await Promise.all(['ca.crt', 'ca.key'].map((name) => unlink(file(name))));
        await made('create');
        await rename(file('theirs.crt'), file('relay.crt'));
      },
      [],
      /was not issued by .*move it away/,
    ],
    [
      'an authority whose key is elsewhere',
      async () => {
        await made('create');
        await unlink(file('ca.key'));
      },
      [],
      /without its key.*move ca\.crt/,
    ],
    [
      'a name for which the authority may not vouch',
      () => made('create'),
      ['www.example.com'],
      /may not vouch/,
    ],
    [
      'a key that cannot be read',
      async () => {
        await made('create');
        await writeFile(file('relay.key'), 'nonsense');
      },
      [],
      /key cannot be read/,
    ],
  ])('is stopped by %s, and changes nothing', async (_, prepare, names, why) => {
    await prepare();
    const files = (await readdir(file('.'))).toSorted();
    const before = await Promise.all(files.map(contents));
    const { code, stderr } = await certificate('create', ...names);
    expect(code).toBe(73);
    expect(stderr).toMatch(why);
    expect((await readdir(file('.'))).toSorted()).toEqual(files);
    expect(await Promise.all(files.map(contents))).toEqual(before);
  });

  test('refuses a word that is no name (64)', async () => {
    const { code, stderr } = await certificate('create', 'no_name');
    expect([code, stderr]).toEqual([
      64,
      expect.stringContaining('neither the name of a host nor an IP address'),
    ]);
  });

  test('puts its files where --directory says', async () => {
    const { code } = await certificate('create', '--directory', join(at, 'else/where'));
    expect(code).toBe(0);
    expect(await readdir(join(at, 'else/where'))).toContain('relay.crt');
  });
});

test('certificate request makes what OpenSSL verifies and an authority can sign', async () => {
  await made('request', 'smtp.example.org');
  const text = openssl('req', '-in', file('relay.csr'), '-noout', '-verify', '-text');
  expect(text).toContain('DNS:relay.example.org, DNS:smtp.example.org\n');
  // OpenSSL 3.2 and later write no spaces.
  expect(text).toMatch(/Subject: CN ?= ?relay\.example\.org$/m);
  const key = await contents('relay.key');
  await made('request');
  expect(await contents('relay.key')).toBe(key);
});

describe('certificate show', () => {
  test('prints the fingerprints that OpenSSL computes, and a TLSA record for each port', async () => {
    await made('create');
    const shown = await made('show');
    const fingerprint = openssl('x509', '-in', file('relay.crt'), '-noout', '-fingerprint', '-sha256');
    expect(shown).toContain(`SHA-256      ${/=(.*)/.exec(fingerprint)?.[1]}\n`);
    const spki = openssl('x509', '-in', file('relay.crt'), '-noout', '-pubkey');
    const digest = spawnSync('sh', ['-c', 'openssl pkey -pubin -outform DER | openssl dgst -sha256 -r'], {
      input: spki,
      encoding: 'utf8',
    }).stdout.slice(0, 64);
    for (const port of [2525, 587])
      expect(shown).toContain(`_${port}._tcp.relay.example.org. IN TLSA 3 1 1 ${digest}\n`);
  });

  test('shows a file of somebody else', async () => {
    await made('create');
    await rename(file('relay.crt'), join(at, 'other.pem'));
    expect(await made('show', join(at, 'other.pem'))).toContain(`file         ${join(at, 'other.pem')}\n`);
  });

  test('says what is missing', async () => {
    const { code, stderr } = await certificate('show');
    expect([code, stderr]).toEqual([
      73,
      expect.stringContaining('make it with "dane-relay certificate create"'),
    ]);
  });
});

describe('certificate trust', () => {
  test('names what it is about, and is stopped where there is nothing to trust', async () => {
    expect((await certificate('trust')).code).toBe(73);
    await made('create');
    expect(await made('trust')).toContain(file('ca.crt'));
  });

  test('tells what makes Node.js trust a server that shows the certificate', async () => {
    await made('create');
    const [cert, key] = await Promise.all([contents('relay.crt'), contents('relay.key')]);
    const server = createServer({ cert, key }, (socket: TLSSocket) => socket.end('hello'));
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const dial = async (host: string, env: Record<string, string>): Promise<string> => {
      const program = `require('tls').connect({ port: ${port}, host: '${host}' }).on('secureConnect', () => process.exit())
        .on('error', (error) => { console.log(error.code); process.exit() })`;
      return runNode(program, env);
    };
    const told = { NODE_EXTRA_CA_CERTS: file('ca.crt') };
    try {
      expect(await dial('localhost', {})).toContain('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
      expect(await dial('localhost', told)).toBe('');
      expect(await dial('127.0.0.1', told)).toBe('');
    } finally {
      server.close();
    }
  });

  test('nodemailer, which upgrades by itself and verifies, sends to an address by it, and not without', async () => {
    await made('create');
    const [certificate, key] = await Promise.all([contents('relay.crt'), contents('relay.key')]);
    const identity: ServerIdentity = {
      certificates: [readServerCertificate({ certificate, key }, false)],
      relayClientcerts: new Set(),
    };
    const rules = { ...plainListener('test'), tls: 'starttls' } as const;
    const listener = {
      at: { kind: 'tcp', host: '127.0.0.1', port: 0 },
      rules,
      identity: () => identity,
    } as const;
    await using intake = await runIntake({ listeners: [listener] });
    const program = `require('nodemailer').createTransport({ host: '127.0.0.1', port: ${intake.address.port} })
      .sendMail({ from: 'a@x.example', to: 'b@y.example', text: 'hello' }).then(() => console.log('sent'), (error) => console.log(error.code))`;
    const send = (env: Record<string, string>): Promise<string> => runNode(program, env);
    expect(await send({})).toBe('ESOCKET\n');
    expect(intake.stored).toHaveLength(0);
    expect(await send({ NODE_EXTRA_CA_CERTS: file('ca.crt') })).toBe('sent\n');
    expect(intake.stored[0]?.message.client?.protocol).toBe('ESMTPS');
  });

  const keytool = spawnSync('keytool', ['-help']).error === undefined ? undefined : 'no keytool is installed';
  unless(keytool, test)('Java imports the authority', async () => {
    await made('create');
    const store = ['-keystore', join(at, 'store'), '-storepass', 'changeit', '-alias', 'dane-relay'];
    execFileSync('keytool', ['-importcert', '-noprompt', ...store, '-file', file('ca.crt')], {
      stdio: 'pipe',
    });
    const listed = execFileSync('keytool', ['-list', ...store], { encoding: 'utf8', stdio: 'pipe' });
    const fingerprint = openssl('x509', '-in', file('ca.crt'), '-noout', '-fingerprint', '-sha256');
    expect(listed).toContain(/=(.*)/.exec(fingerprint)?.[1]);
  });
});
