import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../config/config-error.ts';
import { loadConfig } from '../config/load.ts';
import type { ActivatedSocket } from '../systemd/activated-sockets.ts';
import { prepare, type Prepared } from './prepare.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dane-relay-'));
});
afterAll(() => rm(directory, { recursive: true }));

const warnings: string[] = [];

async function lookupHost(host: string): Promise<{ address: string }> {
  if (host === 'here.test') return { address: '127.0.0.1' };
  throw Object.assign(new Error(`getaddrinfo ${host}`), {
    code: host === 'nowhere.test' ? 'ENOTFOUND' : 'EAI_AGAIN',
  });
}

function prepared(...sets: readonly string[]): Promise<Prepared> {
  return preparedWith([], ...sets);
}

function preparedWith(activated: readonly ActivatedSocket[], ...sets: readonly string[]): Promise<Prepared> {
  warnings.length = 0;
  const config = loadConfig({ env: {}, sets: ['hostname=relay.test', ...sets] });
  return prepare(config, 'all', ({ text }) => warnings.push(text), { lookupHost, activated });
}

describe('prepare(): names', () => {
  test.each([
    ['relay.test', '', 'relay.test', 'relay.test', 0],
    ['relay.test', 'mail.test', 'relay.test', 'mail.test', 0],
    ['relay.test', '[192.0.2.1]', 'relay.test', '[192.0.2.1]', 0],
    // What the operator says is said, and that it is little is told.
    ['relay', '', 'relay', 'relay', 1],
    ['relay', 'mail.test', 'relay', 'mail.test', 0],
  ])('hostname %j, helo_name %j', async (hostname, helo, name, said, count) => {
    const sets = [`hostname=${hostname}`, `delivery.helo_name=${helo}`];
    expect(await prepared(...sets)).toMatchObject({ hostname: name, heloName: said });
    expect(warnings).toHaveLength(count);
  });
});

describe('prepare(): listeners', () => {
  const ofSystemd = (
    descriptor: number,
    name: string,
    place?: ActivatedSocket['place'],
  ): ActivatedSocket => ({
    descriptor,
    name,
    place,
  });

  test('sockets of systemd are found by their names', async () => {
    const activated = [ofSystemd(3, 'mx'), ofSystemd(5, 'mx')];
    const { listeners } = await preparedWith(activated, 'listener=[{ address = "systemd:mx" }]', 'listen=');
    expect(listeners.map(({ at }) => at)).toEqual([
      { kind: 'descriptor', descriptor: 3 },
      { kind: 'descriptor', descriptor: 5 },
    ]);
    await expect(prepared('listener=[{ address = "systemd:other" }]', 'listen=')).rejects.toThrow(
      '--set: listener[0].address: found those with no name at all, wanted a socket of systemd with FileDescriptorName=other',
    );
  });

  test('sockets of systemd are found by their addresses, and the other listeners open their own', async () => {
    const activated = [
      ofSystemd(3, 'smtp', { host: '127.0.0.1', port: 25 }),
      ofSystemd(4, 'smtp', { host: '::1', port: 25 }),
    ];
    const { listeners } = await preparedWith(activated, 'listen=[::1]:25,127.0.0.1:2525,here.test:25');
    expect(listeners.map(({ at }) => at)).toEqual([
      { kind: 'descriptor', descriptor: 4 },
      { kind: 'tcp', host: '127.0.0.1', port: 2525, ipv6Only: false },
      { kind: 'descriptor', descriptor: 3 },
    ]);
  });

  test('a socket of systemd for which there is no listener is an error: its clients would wait for ever', async () => {
    const activated = [ofSystemd(3, 'smtp', { host: '::', port: 25 })];
    await expect(preparedWith(activated, 'listen=127.0.0.1:2525')).rejects.toThrow(
      'settings: listen: found none for the one with FileDescriptorName=smtp at [::]:25, wanted a listener for each socket of systemd: its address, or a [[listener]] with address = "systemd:smtp"',
    );
  });

  test('a process that only delivers takes no sockets', async () => {
    const config = loadConfig({ env: {}, sets: ['hostname=relay.test'] });
    const activated = [ofSystemd(3, 'smtp', { host: '127.0.0.1', port: 2525 })];
    await expect(prepare(config, 'delivery', () => {}, { activated })).rejects.toThrow(
      '--role delivery: found sockets of systemd (smtp), wanted none, for it takes no mail',
    );
  });

  test('each kind of address has its half of a port', async () => {
    const { listen, statusListen } = await prepared('listen=0.0.0.0:25,[::]:25', 'status.listen=[::]:9100');
    expect(listen).toEqual([
      { key: 'listen', host: '0.0.0.0', port: 25, ipv6Only: false },
      { key: 'listen', host: '::', port: 25, ipv6Only: true },
    ]);
    expect(statusListen).toEqual([{ host: '::', port: 9100, ipv6Only: false }]);
  });

  test('a name is the address that it stands for', async () => {
    const { listen } = await prepared('listen=here.test:25');
    expect(listen).toEqual([{ key: 'listen', host: '127.0.0.1', port: 25, ipv6Only: false }]);
    await expect(prepared('listen=here.test:25', 'status.listen=127.0.0.1:25')).rejects.toThrow(
      'settings: status.listen: found 127.0.0.1:25, and 127.0.0.1:25 in listen, wanted every address and port once',
    );
  });

  test('a name that nobody knows is a slip, one that cannot be looked up now is none', async () => {
    await expect(prepared('listen=nowhere.test:25')).rejects.toThrow(
      'listen: found nowhere.test, which nobody knows, wanted an address of this machine',
    );
    await expect(prepared('listen=later.test:25')).rejects.not.toThrow(ConfigError);
  });
});

test.each([
  ['. IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n', undefined],
  ['. 172800 IN DNSKEY 257 3 8 AwEAAa\n', undefined],
  ['# nothing\n', 'found none in it, wanted a file of DS or DNSKEY records'],
])('prepare(): a trust anchor of %j', async (text, message) => {
  const file = join(directory, 'root.key');
  await writeFile(file, text);
  const done = prepared(`dns.trust_anchor=${file}`);
  if (message === undefined) await done;
  else await expect(done).rejects.toThrow(`${file}: dns.trust_anchor: ${message}`);
});

test.each(['tls.policy_maps', 'tls.CAfile', 'delivery.transport_maps', 'dns.trust_anchor'])(
  'prepare(): %s that cannot be read',
  async (key) => {
    const done = prepared(`${key}=${join(directory, 'nowhere')}`);
    await expect(done).rejects.toThrow(ConfigError);
    await expect(done).rejects.toThrow(`${key}: found no such file or directory`);
  },
);
