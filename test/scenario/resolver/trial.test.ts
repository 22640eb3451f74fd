import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import { parseDnskey } from '../../../src/core/dns/dnskey.ts';
import { parseRootKeys, printRootKeys } from '../../../src/core/dns/root-key-text.ts';
import { noRootKeys, withSystemKeys } from '../../../src/core/dns/root-keys.ts';
import { anchorLines, rootAnchorKey } from '../../../src/core/dns/trust-anchors.ts';
import type { Server } from '../../../src/resolver/server.ts';
import { tryAnyOf, tryServer, type TrialOptions } from '../../../src/resolver/trial.ts';
import { startChild } from '../../lab/child.ts';
import type { Lab } from '../../lab/lab.ts';
import { answers } from '../../lab/name-server.ts';
import { makeSigningKey } from '../../support/root-key-signing.ts';
import { startSmallLab } from '../../support/small-lab.ts';
import { startCorruptingProxy, stripSignatures, truncateWithoutTcp } from './corrupting-proxy.ts';
import { deadPort } from './scripted-dns.ts';
import { unless } from '../../support/unless.ts';

let lab: Lab;
let options: TrialOptions;
beforeAll(async () => {
  lab = await startSmallLab();
  options = {
    trustAnchors: anchorLines(await readFile(lab.trustAnchor, 'utf8')),
    timeoutMs: 1500,
    random: randomInt,
    now: Date.now,
    signal: new AbortController().signal,
  };
});
afterAll(() => lab?.stop());

function serverAt(text: string): Server {
  const [address = '', port] = text.split(':');
  return { address, port: Number(port) };
}

describe('tryServer()', () => {
  it('a name server of the root, and a resolver, with signatures that ldns has made', async () => {
    for (const server of [serverAt(lab.nameServer), lab.resolver].map(({ address, port }) => ({
      address,
      port,
    }))) {
      expect(await tryServer(server, options)).toEqual({ server, works: true, what: '' });
    }
  });

  it('somebody who has other keys', async () => {
    const trustAnchors = [`. IN DS 1 13 2 ${'00'.repeat(32)}`];
    expect(await tryServer(serverAt(lab.nameServer), { ...options, trustAnchors })).toMatchObject({
      works: false,
    });
  });

  it('one that strips signatures, one without TCP, and nobody', async () => {
    const proxy = await startCorruptingProxy(lab.resolver);
    try {
      proxy.rule = () => stripSignatures;
      expect((await tryServer(proxy, options)).what).toBe('it strips DNSSEC signatures');
      proxy.rule = () => truncateWithoutTcp;
      expect((await tryServer(proxy, options)).what).toMatch(/TCP/);
    } finally {
      await proxy.close();
    }
    const nobody = { address: '127.0.0.1', port: await deadPort() };
    expect((await tryServer(nobody, options)).what).toMatch(/ECONNREFUSED/);
  });
});

describe('tryAnyOf()', () => {
  it('takes the first that works, though others do not', async () => {
    const nobody = { address: '127.0.0.1', port: await deadPort() };
    const server = serverAt(lab.nameServer);
    expect(await tryAnyOf([nobody, server], options)).toEqual({ server, works: true, what: '' });
    expect(await tryAnyOf([nobody, { ...nobody, address: '::1' }], options)).toMatchObject({ works: false });
    expect(await tryAnyOf([], options)).toBeUndefined();
  });
});

/** Whether Unbound may read and write files of ours here, which its AppArmor profile forbids. */
const mayWrite = !spawnSync('sh', ['-c', 'unbound -d -c /proc/self/mounts 2>&1'], {
  encoding: 'utf8',
  env: { PATH: `${process.env['PATH']}:/usr/sbin` },
}).stdout.includes('Permission denied');

unless(mayWrite ? undefined : 'AppArmor confines Unbound', describe)('printRootKeys()', () => {
  it('is a file that Unbound, told to keep it, goes on with', async () => {
    const [line = ''] = anchorLines(await readFile(lab.trustAnchor, 'utf8'));
    const [key, stranger] = [rootAnchorKey(line), parseDnskey(makeSigningKey().rdata)];
    if (key === undefined || stranger === undefined) throw new Error('no key');
    const known = withSystemKeys(noRootKeys, [key], Date.now());
    const pending = { key: stranger, state: 'pending', sinceMs: Date.now() - 1000, seen: 1 } as const;
    const file = path.join(lab.directory, 'kept.key');
    await writeFile(file, printRootKeys({ ...known, keys: [...known.keys, pending] }));

    const port = await deadPort();
    const conf = path.join(lab.directory, 'kept.conf');
    await writeFile(
      conf,
      `server:\n  username: ""\n  chroot: ""\n  directory: ""\n  pidfile: ""\n  use-syslog: no\n  interface: 127.0.0.1@${port}\n` +
        `  do-not-query-localhost: no\n  local-zone: "test." nodefault\n  auto-trust-anchor-file: "${file}"\n` +
        `remote-control:\n  control-enable: no\n` +
        `forward-zone:\n  name: "."\n  forward-addr: ${lab.resolver.address}@${lab.resolver.port}\n`,
    );
    const unbound = startChild(['unbound', '-d', '-p', '-c', conf], {
      log: path.join(lab.directory, 'kept.log'),
    });
    try {
      await unbound.ready(() => answers('127.0.0.1', port));
      const success = async () => parseRootKeys(await readFile(file, 'utf8')).succeededMs > 0;
      await until(success, 'what Unbound has written');
    } finally {
      await unbound.stop();
    }
    const kept = parseRootKeys(await readFile(file, 'utf8'));
    expect(kept.keys.map(({ key, state }) => [Buffer.from(key.rdata), state])).toEqual([
      [Buffer.from(key.rdata), 'valid'],
    ]);
  });
});
