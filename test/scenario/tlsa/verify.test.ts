import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { certificateWithKey, makeRecord, recommended } from '../../../src/core/dane/make-record.ts';
import { rdataText } from '../../../src/core/dane/record-text.ts';
import type { Certificate } from '../../lab/certificates.ts';
import { labSettings } from '../../support/running-relay.ts';
import { runCommand } from '../../support/run-command.ts';
import { startTlsaWorld, type TlsaWorld } from './tlsa-world.ts';

let world: TlsaWorld;
let directory: string;
beforeAll(async () => {
  world = await startTlsaWorld();
  directory = await mkdtemp(join(tmpdir(), 'dane-relay-tlsa-'));
});
afterAll(async () => {
  await world?.lab.stop();
  await rm(directory, { recursive: true, force: true });
});

function record(certificate: Certificate | undefined): string {
  if (certificate === undefined) throw new Error('no such certificate');
  const made = makeRecord(recommended, certificateWithKey(certificate.der));
  return made === undefined ? '' : rdataText(made);
}

const at = (name: string): string => `${name}[${world.lab.host(name).address}]:${world.lab.port}`;
const place = (name: string): string => `${name}:${world.lab.port}`;
const ownRecord = (name: string): string => record(world.certificates[name]);
const key = (name: string): string => ownRecord(name).slice('3 1 1 '.length);

describe('tlsa --verify', () => {
  test('a host that is as it says', async () => {
    const { code, lines } = await world.tlsa('--verify', 'mx.good.test');
    expect(lines).toEqual([
      `${at('mx.good.test')} shows key sha256 ${key('good')}`,
      `published: ${ownRecord('good')}  matches`,
      `${place('mx.good.test')}: senders authenticate it, 1 of 1 match`,
    ]);
    expect(code).toBe(0);
  });

  test('says nothing to a host but EHLO, STARTTLS and QUIT', async () => {
    const host = world.lab.host('mx.good.test');
    const before = host.sessions.length;
    await world.tlsa('--verify', 'mx.good.test');
    const said = JSON.stringify(host.sessions.slice(before));
    expect(host.sessions.length).toBeGreaterThan(before);
    expect(said).toContain('STARTTLS');
    expect(said).not.toMatch(/MAIL FROM|RCPT|DATA|AUTH /);
  });

  test('a key that was changed without its record: what to add, what to remove, and when senders see it', async () => {
    const { code, lines } = await world.tlsa('--verify', 'mx.wrong.test');
    const [, published, missing, ttl, verdict] = lines;
    expect(lines[0]).toBe(`${at('mx.wrong.test')} shows key sha256 ${key('wrong')}`);
    expect(published).toMatch(
      /^published: 3 1 1 [0-9a-f]{64}  does not match: REMOVE after the new one is visible everywhere$/,
    );
    expect(missing).toBe(`missing:   ${ownRecord('wrong')}  ADD now`);
    expect(ttl).toMatch(/^TTL is 3600 s: senders see the change by (?:2\d{3}-\d\d-\d\d )?\d\d:\d\d UTC$/);
    expect(verdict).toBe(`${place('mx.wrong.test')}: senders cannot authenticate it, 0 of 1 match`);
    expect(code).toBe(1);
  });

  test('the TTL is that of the zone, not what is left of it in the cache of the resolver', async () => {
    await world.tlsa('--verify', 'mx.good.test');
    // The second answer comes from the cache, whose own TTL has begun to run.
    const { lines } = await world.tlsa('--verify', '--json', 'mx.good.test');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ ttl: 3600 });
  });

  test('nothing published', async () => {
    const { code, lines } = await world.tlsa('--verify', 'mx.bare.test');
    expect(lines).toContain('published: none');
    expect(lines).toContain(`missing: ${ownRecord('bare')}  ADD now`);
    expect(code).toBe(1);
  });

  test('a zone that is not signed', async () => {
    const { code, lines } = await world.tlsa('--verify', 'mx.open.test');
    expect(lines).toContain(`published (UNSIGNED): ${ownRecord('open')}  matches`);
    expect(lines).toContain(
      `_${world.lab.port}._tcp.mx.open.test is not in a signed zone: senders ignore TLSA records there`,
    );
    expect(code).toBe(1);
  });

  test('a lookup that fails is no "none"', async () => {
    const { code, lines } = await world.tlsa('--verify', 'mx.fails.test');
    expect(lines.join('\n')).toContain(
      `the published records could not be looked up: _${world.lab.port}._tcp.mx.fails.test TLSA: SERVFAIL`,
    );
    expect(lines.join('\n')).not.toContain('missing');
    expect(code).toBe(2);
  });

  test('a resolver that does not validate: digests are compared, and nothing is called verified', async () => {
    await using resolver = await world.lab.startResolver({ validating: false }).then((one) => ({
      ...one,
      [Symbol.asyncDispose]: () => one.stop(),
    }));
    const settings = { ...labSettings(world.lab), 'dns.servers': resolver.server };
    const { code, stdout } = await runCommand(['tlsa', '--verify', 'mx.good.test'], settings);
    expect(stdout.toString()).toContain(
      `published (UNSIGNED as far as this resolver tells): ${ownRecord('good')}  matches\n`,
    );
    expect(stdout.toString()).toContain(`resolver ${resolver.server} does not validate (`);
    expect(stdout.toString()).toContain('whether others see these records as signed is not known');
    expect(code).toBe(2);
  });

  test('two addresses, of which one shows another key', async () => {
    const { code, lines } = await world.tlsa('--verify', 'mx.two.test');
    const text = lines.join('\n');
    const address = (name: string) => `mx.two.test[${world.lab.host(name).address}]:${world.lab.port}`;
    expect(text).toContain(`${address('mx.two.test')} shows key sha256 ${key('two')}`);
    expect(text).toContain(`${address('other.two.test')} shows key sha256 ${key('next')}`);
    expect(text).toContain(`published: ${ownRecord('two')}  matches ${address('mx.two.test')}\n`);
    expect(text).toContain(`missing:   ${ownRecord('next')}  ADD now`);
    expect(text).toContain('senders cannot authenticate it, 1 of 2 match');
    expect(code).toBe(1);
  });

  test('two certificates at one address, RSA and ECDSA: both records are of use', async () => {
    const { code, lines } = await world.tlsa('--verify', 'mx.dual.test');
    expect(lines.filter((line) => line.includes('shows key sha256'))).toHaveLength(2);
    expect(lines.filter((line) => /^published: .* matches /.test(line))).toHaveLength(2);
    expect(lines.join('\n')).not.toContain('REMOVE');
    expect(code).toBe(0);
  });

  test('a digest that a stronger one outranks (RFC 7671 §9)', async () => {
    const { code, lines } = await world.tlsa('--verify', 'mx.agile.test');
    const text = lines.join('\n');
    expect(text).toContain('would match, but a stronger digest beside it counts alone (RFC 7671 section 9)');
    expect(text).toMatch(/missing: +3 1 2 [0-9a-f]{128}  ADD now/);
    expect(text).not.toContain('missing:   3 1 1');
    expect(code).toBe(1);
  });

  test('an authority', async () => {
    const { code, lines } = await world.tlsa('--verify', 'mx.ta.test');
    expect(lines.join('\n')).toMatch(/^published: 2 1 1 [0-9a-f]{64}  matches$/m);
    expect(code).toBe(0);
  });

  test('TLS from the first octet', async () => {
    const { code, stdout } = await runCommand(['tlsa', '--verify', 'mx.wrapped.test'], {
      ...labSettings(world.lab),
      'tls.wrappermode': 'true',
      'tls.level': 'encrypt',
    });
    expect(stdout.toString()).toContain(': senders authenticate it, 1 of 1 match');
    expect(code).toBe(0);
  });

  test.each([
    ['mx.down.test', 'Connection refused'],
    ['mx.stripped.test', 'TLS is required, but was not offered'],
  ])('%s shows nothing', async (host, reason) => {
    const { code, lines } = await world.tlsa('--verify', host);
    expect(lines.join('\n')).toContain(reason);
    expect(lines.at(-1)).toBe(`${place(host)}: cannot be judged`);
    expect(code).toBe(2);
  });

  test('a file, for a host that does not show it yet', async () => {
    const file = join(directory, 'next.pem');
    await writeFile(file, world.certificates['good']?.pem ?? '');
    const good = await world.tlsa('--verify', file);
    expect(good.lines).toContain(`published: ${ownRecord('good')}  matches`);
    expect(good.code).toBe(0);
    await writeFile(file, world.certificates['next']?.pem ?? '');
    const next = await world.tlsa('--verify', file, '--name', 'mx.good.test');
    expect(next.lines).toContain(`missing:   ${ownRecord('next')}  ADD now`);
    expect(next.code).toBe(1);
  });

  test('a record that is wanted and not there', async () => {
    const { code, lines } = await world.tlsa(
      '--verify',
      'mx.good.test',
      '--record',
      '311',
      '--record',
      '3-1-2',
    );
    expect(lines.join('\n')).toMatch(/missing: +3 1 2 [0-9a-f]{128}  ADD now/);
    expect(lines.at(-1)).toBe(`${place('mx.good.test')}: senders authenticate it, and a record is missing`);
    expect(code).toBe(1);
  });

  test('as JSON', async () => {
    const { code, lines } = await world.tlsa('--verify', '--json', 'mx.wrong.test');
    const found = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    expect(found).toMatchObject({
      schema: 1,
      host: 'mx.wrong.test',
      port: world.lab.port,
      owner: `_${world.lab.port}._tcp.mx.wrong.test`,
      verdict: 'wrong',
      dnssec: 'signed',
      ttl: 3600,
      shown: [{ from: at('mx.wrong.test'), key: key('wrong'), verdict: 'does not match' }],
      published: [{ state: 'does not match', at: [] }],
      missing: [{ rdata: ownRecord('wrong'), depth: 0 }],
      troubles: [],
      problems: [],
    });
    expect(code).toBe(1);
  });
});

describe('tlsa of a live host', () => {
  test('prints the record of what it shows, and whether that is published', async () => {
    const { code, lines } = await world.tlsa('mx.good.test');
    const data = ownRecord('good');
    const owner = `_${world.lab.port}._tcp.mx.good.test.`;
    expect(lines).toEqual([
      `; from the certificate that ${at('mx.good.test')} shows; matches what is published`,
      `${owner} IN TLSA ${data}`,
      `; or: IN TYPE52 \\# 35 030101${key('good')}`,
    ]);
    expect(code).toBe(0);
    const wrong = await world.tlsa('mx.wrong.test');
    expect(wrong.lines[0]).toMatch(/; differs from what is published$/);
  });

  test('by address, for a name that is not its own yet', async () => {
    const { address } = world.lab.host('mx.bare.test');
    const { lines } = await world.tlsa(
      `${address}:${world.lab.port}`,
      '--name',
      'mx.good.test',
      '--ttl',
      '300',
    );
    expect(lines[0]).toMatch(/; differs from what is published$/);
    expect(lines[1]).toBe(`_${world.lab.port}._tcp.mx.good.test. 300 IN TLSA ${ownRecord('bare')}`);
  });

  test('with an authority, from the chain that it sends', async () => {
    const { lines } = await world.tlsa('mx.ta.test', '--record', '2 1 1');
    expect(lines[0]).toMatch(/; matches what is published$/);
    expect(lines[1]).toBe('; 2 1 1 is of the certificate at depth 2, /CN=Lab Root CA');
  });

  test('that cannot be reached', async () => {
    const { code, warnings } = await world.tlsa('mx.down.test');
    expect(warnings).toContain('Connection refused');
    expect(code).toBe(75);
  });
});
