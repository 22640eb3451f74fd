import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../../support/run-command.ts';

/** `dane-relay tlsa` of files, held against OpenSSL, ldns, BIND and NSD. */

let directory: string;
const file = (name: string): string => join(directory, name);
const openssl = (...words: readonly string[]): Buffer =>
  execFileSync('openssl', words, { cwd: directory, stdio: ['ignore', 'pipe', 'ignore'] });
const shell = (command: string): string =>
  execFileSync('sh', ['-c', command], {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

async function tlsa(...words: readonly string[]) {
  const { code, stdout, stderr } = await runCommand(['tlsa', ...words], {});
  return { code, text: stdout.toString(), warnings: stderr };
}

/** The lines that a zone takes, without the comments. */
const records = (text: string): readonly string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith(';'));

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dane-relay-tlsa-'));
  const names = ['-addext', 'subjectAltName=DNS:mx.example.test', '-subj', '/CN=mx.example.test'];
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'rsa.key', '-out', 'rsa.pem', ...names);
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-out', 'ec.key');
  openssl('genpkey', '-algorithm', 'ed25519', '-out', 'ed25519.key');
  for (const kind of ['rsa', 'ec', 'ed25519']) {
    if (kind !== 'rsa') openssl('req', '-x509', '-key', `${kind}.key`, '-out', `${kind}.pem`, ...names);
    openssl('req', '-new', '-key', `${kind}.key`, '-out', `${kind}.csr`, ...names);
    openssl('pkey', '-in', `${kind}.key`, '-pubout', '-out', `${kind}.pub`);
    openssl('pkey', '-in', `${kind}.key`, '-pubout', '-outform', 'DER', '-out', `${kind}.spki.der`);
    openssl('x509', '-in', `${kind}.pem`, '-outform', 'DER', '-out', `${kind}.der`);
  }
  openssl('rsa', '-in', 'rsa.key', '-traditional', '-out', 'rsa-old.key');
  openssl('pkcs8', '-topk8', '-nocrypt', '-in', 'ec.key', '-outform', 'DER', '-out', 'ec.pk8.der');
  openssl('pkcs8', '-topk8', '-passout', 'pass:secret', '-in', 'ec.key', '-out', 'locked.key');
  openssl(
    'rsa',
    '-in',
    'rsa.key',
    '-traditional',
    '-aes128',
    '-passout',
    'pass:secret',
    '-out',
    'locked-old.key',
  );
  // Root, issuer, server, as a public authority has them.
  shell(`
    openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -subj '/CN=Root' -days 100
    openssl req -newkey rsa:2048 -nodes -keyout issuer.key -out issuer.csr -subj '/CN=Issuer'
    printf 'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=keyCertSign\n' > ca.ext
    openssl x509 -req -in issuer.csr -CA root.pem -CAkey root.key -CAcreateserial -extfile ca.ext -out issuer.pem -days 90
    printf 'subjectAltName=DNS:mx.example.test,DNS:*.example.test,DNS:www.example.test\n' > leaf.ext
    openssl x509 -req -in ec.csr -CA issuer.pem -CAkey issuer.key -CAcreateserial -extfile leaf.ext -out leaf.pem -days 80
    cat leaf.pem issuer.pem root.pem > fullchain.pem
    cat leaf.pem issuer.pem > public.pem
    openssl x509 -req -in ec.csr -sha1 -CA root.pem -CAkey root.key -CAcreateserial -extfile leaf.ext -out sha1.pem -days 80
    cat sha1.pem root.pem > sha1-chain.pem
    cat root.pem ec.pem > stranger.pem
  `);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const digests = ['', 'openssl dgst -sha256 -binary', 'openssl dgst -sha512 -binary'];

/** What OpenSSL makes of it, in hexadecimal. */
function byOpenssl(certificate: string, selector: number, matching: number): string {
  const select = [
    `openssl x509 -in ${certificate} -outform DER`,
    `openssl x509 -in ${certificate} -noout -pubkey | openssl pkey -pubin -outform DER`,
  ][selector];
  return shell(
    `${select} | ${digests[matching] === '' ? 'cat' : digests[matching]} | od -An -tx1 -v`,
  ).replace(/\s/g, '');
}

describe('tlsa of a file has the data that OpenSSL computes', () => {
  const kinds = ['rsa', 'ec', 'ed25519'];
  test.each(kinds)('all records of a certificate, %s', async (kind) => {
    const rows = [3, 1].flatMap((usage) =>
      [0, 1].flatMap((selector) => [0, 1, 2].map((matching) => ({ usage, selector, matching }))),
    );
    const asked = rows.flatMap(({ usage, selector, matching }) => [
      '--record',
      `${usage} ${selector} ${matching}`,
    ]);
    const { code, text } = await tlsa(file(`${kind}.pem`), ...asked);
    expect(records(text)).toEqual(
      rows.map(({ usage, selector, matching }) => {
        const data = byOpenssl(`${kind}.pem`, selector, matching);
        return `_25._tcp.mx.example.test. IN TLSA ${usage} ${selector} ${matching} ${data}`;
      }),
    );
    expect(code).toBe(0);
  });

  test.each(['csr', 'key', 'pub', 'spki.der', 'der'])('3 1 1 from .%s', async (ending) => {
    const files = kinds.map((kind) => file(`${kind}.${ending}`));
    const { text } = await tlsa(...files, '--name', 'mx.example.test', '--port', '587');
    expect(records(text)).toEqual(
      kinds.map((kind) => `_587._tcp.mx.example.test. IN TLSA 3 1 1 ${byOpenssl(`${kind}.pem`, 1, 1)}`),
    );
  });

  test.each([
    ['rsa-old.key', 'rsa.pem'],
    ['ec.pk8.der', 'ec.pem'],
  ])('3 1 1 from %s', async (key, certificate) => {
    const { text } = await tlsa(file(key), '--name', '_465._tcp.mx.example.test.');
    expect(records(text)).toEqual([
      `_465._tcp.mx.example.test. IN TLSA 3 1 1 ${byOpenssl(certificate, 1, 1)}`,
    ]);
  });

  test('usage 2 is of the highest certificate that the chain leads to, and says which', async () => {
    const whole = await tlsa(file('fullchain.pem'), '--record', '2 1 1', '--name', 'mx.example.test');
    expect(records(whole.text)).toEqual([
      `_25._tcp.mx.example.test. IN TLSA 2 1 1 ${byOpenssl('root.pem', 1, 1)}`,
    ]);
    expect(whole.text).toContain('; 2 1 1 is of the certificate at depth 2, /CN=Root\n');
    const sent = await tlsa(
      file('public.pem'),
      '--record',
      'DANE-TA Cert SHA2-512',
      '--name',
      'mx.example.test',
    );
    expect(records(sent.text)).toEqual([
      `_25._tcp.mx.example.test. IN TLSA 2 0 2 ${byOpenssl('issuer.pem', 0, 2)}`,
    ]);
    expect(sent.text).toContain('warning: 2 0 2: /CN=Issuer is no root but an authority below one');
    const alone = await tlsa(file('root.pem'), '--record', '2 1 1', '--name', 'mx.example.test');
    expect(records(alone.text)).toEqual(records(whole.text));
  });
});

test('what is printed is what ldns-dane prints', async () => {
  const { text } = await tlsa(file('rsa.pem'), '--all');
  const ours = records(text).map((line) => line.split(' ').slice(3).join(' ').toLowerCase());
  for (const parameters of ['3 0 1', '3 0 2', '3 1 1', '3 1 2']) {
    const [usage = '', selector = '', matching = ''] = parameters.split(' ');
    const theirs = shell(`ldns-dane -c rsa.pem create mx.example.test 25 ${usage} ${selector} ${matching}`);
    const rdata = /TLSA\s+(.*)/.exec(theirs)?.[1]?.trim().toLowerCase();
    expect(ours).toContain(rdata);
  }
});

describe('zones take the lines:', () => {
  /** All kinds, in both forms. */
  async function zone(): Promise<string> {
    const words = [file('fullchain.pem'), '--name', 'mx.example.test', '--ttl', '300'];
    const all = [0, 1, 2, 3].flatMap((usage) =>
      [0, 1].flatMap((selector) => [0, 1, 2].map((matching) => `${usage}${selector}${matching}`)),
    );
    const asked = all.flatMap((one) => ['--record', one]);
    const bind = await tlsa(...words, ...asked);
    const generic = await tlsa(...words, ...asked, '--format', 'generic', '--port', '26');
    return `$ORIGIN example.test.\n$TTL 60\n@ SOA ns hostmaster 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n${bind.text}${generic.text}`;
  }
  const rrs = (text: string, port: number): readonly string[] =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`_${port}.`))
      .map((line) =>
        line
          .replaceAll(/[\s()]+/g, ' ')
          .toUpperCase()
          .replace(/^\S+ /, ''),
      )
      .map((line) =>
        line.replace(
          /( [0-3] [01] [0-2] )(.*)$/,
          (_, parameters: string, hex: string) => parameters + hex.replaceAll(' ', ''),
        ),
      )
      .toSorted();

  test('BIND, and the generic form is the same to it', async () => {
    await writeFile(file('zone'), await zone());
    const read = shell('named-checkzone -D -o - example.test zone 2>&1');
    expect(read).toContain('OK');
    expect(rrs(read, 25)).toHaveLength(24);
    expect(rrs(read, 26)).toEqual(rrs(read, 25));
    const ours = rrs(await readFile(file('zone'), 'utf8'), 25);
    expect(rrs(read, 25)).toEqual(ours);
  });

  test('NSD', async () => {
    await writeFile(file('zone'), await zone());
    expect(shell('nsd-checkzone example.test zone')).toContain('zone example.test is ok');
  });

  test('ldns, as everybody who signs with it', async () => {
    await writeFile(file('zone'), await zone());
    const read = shell('ldns-read-zone zone');
    expect(rrs(read, 26).map((line) => line.replace(/^.*? IN/, ''))).toEqual(
      rrs(read, 25).map((line) => line.replace(/^.*? IN/, '')),
    );
    expect(rrs(read, 25)).toHaveLength(24);
  });

  test('nsupdate takes its form', async () => {
    const { text } = await tlsa(file('rsa.pem'), '--format', 'nsupdate');
    // It reads and prints what it would send, and finds nobody to send it to.
    const script = `server 127.0.0.1 1\nzone example.test\n${text.replace('send', 'show')}`;
    const { stdout } = spawnSync('nsupdate', [], { input: script, encoding: 'utf8' });
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('_25._tcp.mx.example.test. 3600 IN TLSA 3 1 1 ');
  });
});

describe('it warns of', () => {
  test.each([
    ['1 1 1', 'rsa.pem', 'mail servers ignore records of usage 1 (RFC 7672 section 3.1.3)'],
    ['0 1 1', 'fullchain.pem', 'mail servers ignore records of usage 0 (RFC 7672 section 3.1.3)'],
    ['3 0 1', 'rsa.pem', 'it changes with each renewal of the certificate, even if the key stays'],
    ['3 1 0', 'rsa.pem', 'the whole key is in the DNS (294 octets), which 3 1 1 says in 32.'],
    ['3 1 2', 'rsa.pem', 'not every sender knows SHA2-512'],
  ])('%s', async (record, name, warning) => {
    const { code, text } = await tlsa(file(name), '--record', record, '--name', 'mx.example.test');
    expect(text).toContain(`; warning: ${record}: ${warning}`);
    expect(code).toBe(0);
  });

  test('a name that usage 2 will miss', async () => {
    const { text } = await tlsa(file('fullchain.pem'), '--record', '2 1 1', '--name', 'mail.other.test');
    expect(text).toContain('; warning: 2 1 1: the certificate does not show the name mail.other.test');
  });

  test('nothing where all is well', async () => {
    expect((await tlsa(file('rsa.pem'))).text).not.toContain('warning');
    expect(
      (await tlsa(file('fullchain.pem'), '--record', '2 1 1', '--name', 'mx.example.test')).text,
    ).not.toContain('warning');
  });
});

describe('it refuses', () => {
  test.each([
    ['a file that is not there', ['none.pem'], 65, 'none.pem: found no such file or directory'],
    [
      'selector 0 of a key',
      ['rsa.pub', '--name', 'mx.test', '--record', '301'],
      65,
      'selector 0 is of a certificate',
    ],
    [
      'usage 2 of a key',
      ['rsa.pub', '--name', 'mx.test', '--record', '211'],
      65,
      'usage 2 is of an authority',
    ],
    [
      'usage 2 of a lonely server',
      ['leaf.pem', '--name', 'mx.test', '--record', '211'],
      65,
      'give the chain that the server sends',
    ],
    ['usage 2 of a server that is its own authority', ['rsa.pem', '--record', '211'], 65, '3 1 1 is for it'],
    [
      'an anchor that vouches by SHA-1',
      ['sha1-chain.pem', '--name', 'mx.test', '--record', '211'],
      65,
      'CA signature digest algorithm too weak',
    ],
    ['a key that is locked', ['locked.key', '--name', 'mx.test'], 65, 'openssl pkey -pubout'],
    ['the same of old', ['locked-old.key', '--name', 'mx.test'], 65, 'openssl pkey -pubout'],
    ['a file of something else', ['leaf.ext'], 65, 'has no certificate, no request and no key'],
    ['a key without a name', ['rsa.pub'], 64, 'names no mail host: --name says for which one'],
    [
      'a record that is none',
      ['rsa.pem', '--record', '4 1 1'],
      64,
      '--record is usage, selector and matching type',
    ],
    ['a name that is none', ['rsa.pem', '--name', 'a b'], 64, '--name is the name of a mail host'],
  ])('%s', async (_, [name = '', ...words], code, message) => {
    const ended = await tlsa(file(name), ...words);
    expect(ended.warnings).toContain(message);
    expect(ended.code).toBe(code);
    expect(records(ended.text)).toEqual([]);
  });
});

test('a certificate of several hosts has a line for each, wildcards apart', async () => {
  const { text } = await tlsa(file('leaf.pem'));
  expect(records(text).map((line) => line.split(' ')[0])).toEqual([
    '_25._tcp.mx.example.test.',
    '_25._tcp.www.example.test.',
  ]);
});

test('as JSON', async () => {
  const { text } = await tlsa(
    file('fullchain.pem'),
    '--name',
    'mx.example.test',
    '--record',
    '2 1 1',
    '--json',
  );
  expect(JSON.parse(text)).toEqual({
    schema: 1,
    from: file('fullchain.pem'),
    port: 25,
    owners: ['_25._tcp.mx.example.test'],
    records: [
      {
        usage: 2,
        selector: 1,
        matching: 1,
        data: byOpenssl('root.pem', 1, 1),
        rdata: `2 1 1 ${byOpenssl('root.pem', 1, 1)}`,
        depth: 2,
        subject: '/CN=Root',
      },
    ],
    warnings: [],
    problems: [],
  });
});
