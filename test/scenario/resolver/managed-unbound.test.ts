import { randomInt } from 'node:crypto';
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../lab/until.ts';
import { startManagedUnbound } from '../../../src/children/managed-unbound.ts';
import type { ManagedUnbound, ManagedUnboundOptions } from '../../../src/children/managed-unbound.ts';
import { isLoopbackAddress } from '../../../src/core/dns/ip-address.ts';
import type { Lookup } from '../../../src/core/dns/answer.ts';
import { parseDnskey } from '../../../src/core/dns/dnskey.ts';
import type { RootKeys } from '../../../src/core/dns/root-keys.ts';
import { rootAnchorLine } from '../../../src/core/dns/trust-anchors.ts';
import { identify } from '../../../src/children/process-table.ts';
import type { LogEvent } from '../../../src/core/log/log-event.ts';
import { createStubResolver } from '../../../src/resolver/stub-resolver.ts';
import { startValidationWatch } from '../../../src/resolver/validation-watch.ts';
import { makeSigningKey } from '../../support/root-key-signing.ts';
import { leaveBehind } from './left-behind.ts';
import { replyTo, startScriptedDns } from './scripted-dns.ts';

/** Without forwarders Unbound would ask the root servers: no test leaves this machine. Nobody listens on this port. */
const nobody = [{ address: '127.0.0.1', port: 9 }];

let dataDir: string;
let events: LogEvent[];
let cleanUp: (() => Promise<void> | void)[];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'managed-unbound-'));
  events = [];
  cleanUp = [() => rm(dataDir, { recursive: true })];
});
afterEach(async () => {
  for (const step of cleanUp.toReversed()) await step();
});

async function start(options: Partial<ManagedUnboundOptions> = {}): Promise<ManagedUnbound> {
  const log = (event: LogEvent): number => events.push(event);
  const unbound = await startManagedUnbound({ dataDir, forwarders: nobody, log, ...options });
  cleanUp.push(() => unbound.stop());
  return unbound;
}

function lookupAt(server: ManagedUnbound): Lookup {
  const stub = createStubResolver({
    servers: [server],
    trustAd: isLoopbackAddress,
    timeoutMs: 1000,
    attempts: 2,
    now: () => Date.now(),
    random: (limit) => randomInt(limit),
  });
  cleanUp.push(() => stub.close());
  return stub.lookup;
}

const logged = (text: string | RegExp): boolean => events.some((event) => event.text.match(text) !== null);

async function unboundPid(): Promise<number> {
  return Number(await readFile(join(dataDir, 'unbound/unbound.pid'), 'utf8'));
}

async function exists(pid: number): Promise<boolean> {
  return (await identify(pid)) !== undefined;
}

test('startManagedUnbound(): answers on loopback, and keeps what it knows of the root where it can be updated', async () => {
  const unbound = await start();
  expect(unbound.address).toBe('127.0.0.1');
  const answer = await lookupAt(unbound)('localhost', 'A');
  expect(answer).toMatchObject({ kind: 'found', records: ['127.0.0.1'], secure: false });
  expect(await readFile(join(dataDir, 'unbound/root.key'), 'utf8')).toContain('DNSKEY');
  expect((await readdir(join(dataDir, 'unbound'))).toSorted()).toEqual(['owner', 'root.key', 'unbound.pid']);
});

test('ask(): from then on it asks others, at the same port, and nothing is said of its death', async () => {
  const forwarders = await Promise.all(
    ['192.0.2.1', '192.0.2.2'].map(async (data) => {
      const answer = { type: 'A', name: 'x.test', ttl: 1, data } as const;
      const dns = await startScriptedDns((query) => [replyTo(query, { answers: [answer] })]);
      cleanUp.push(() => dns.close());
      return dns;
    }),
  );
  const [first, second] = forwarders;
  if (first === undefined || second === undefined) throw new Error('two forwarders');
  // Nothing is signed below this anchor: what the forwarders say of x.test is taken as it comes.
  const trustAnchorFile = join(dataDir, 'anchor');
  await writeFile(trustAnchorFile, `elsewhere. IN DS 1 13 2 ${'00'.repeat(32)}\n`);
  const unbound = await start({ forwarders: [first], trustAnchorFile });
  const lookup = lookupAt(unbound);
  expect(await lookup('x.test', 'A')).toMatchObject({ records: ['192.0.2.1'] });
  const pid = await unboundPid();
  await unbound.ask([second]);
  expect(await lookup('x.test', 'A')).toMatchObject({ records: ['192.0.2.2'] });
  expect(await exists(pid)).toBe(false);
  expect(await unboundPid()).not.toBe(pid);
  expect(events.filter(({ severity }) => severity === 'error')).toEqual([]);
});

test('keepRootKeys(): on disk at once and for the next start; other anchors only if other keys are trusted', async () => {
  const unbound = await start();
  const [pid, known] = [await unboundPid(), unbound.rootKeys()];
  if (known === undefined) throw new Error('no root keys');
  const key = parseDnskey(makeSigningKey().rdata);
  if (key === undefined) throw new Error('no key');
  const withKey = (state: 'pending' | 'valid'): RootKeys => ({
    ...known,
    keys: [...known.keys, { key, state, sinceMs: 1_700_000_000_000, seen: 1 }],
  });
  const before = unbound.trustAnchors();
  await unbound.keepRootKeys(withKey('pending'));
  expect(unbound.trustAnchors()).toBe(before);
  await unbound.keepRootKeys(withKey('valid'));
  expect(unbound.trustAnchors()).toContain(rootAnchorLine(key));
  expect(await unboundPid()).toBe(pid);
  await unbound.restart();
  expect(await unboundPid()).not.toBe(pid);
  expect(await lookupAt(unbound)('localhost', 'A')).toMatchObject({ kind: 'found' });
  await unbound.stop();
  const later = await start();
  expect(later.trustAnchors()).toContain(rootAnchorLine(key));
  expect(later.trustAnchors()).toHaveLength(known.keys.length + 1);
});

test('startManagedUnbound(): the keys that Unbound itself kept for an earlier relay are kept on', async () => {
  const key = parseDnskey(makeSigningKey().rdata);
  if (key === undefined) throw new Error('no key');
  await mkdir(join(dataDir, 'unbound'));
  const line = `${rootAnchorLine(key)} ;{id = 1 (ksk), size = 256b} ;;state=2 [  VALID  ] ;;count=0 ;;lastchange=1 ;;x\n`;
  await writeFile(join(dataDir, 'unbound/root.key'), `; autotrust trust anchor file\n;;id: . 1\n${line}`);
  await writeFile(join(dataDir, 'unbound/unbound.conf'), '# of the earlier relay\n');
  const unbound = await start();
  expect(unbound.trustAnchors()).toContain(rootAnchorLine(key));
  await expect(access(join(dataDir, 'unbound/unbound.conf'))).rejects.toThrow('ENOENT');
});

test('startManagedUnbound(): a forwarder without DNSSEC is SERVFAIL with the reason, and the watch tells', async () => {
  const forwarder = await startScriptedDns((query) => [replyTo(query, { answers: [] })]);
  cleanUp.push(() => forwarder.close());
  const unbound = await start({ forwarders: [forwarder] });
  const lookup = lookupAt(unbound);
  const answer = await lookup('example.org', 'MX');
  expect(answer).toMatchObject({ kind: 'failed', cause: 'SERVFAIL' });
  expect(answer.kind === 'failed' && answer.detail).toMatch(/^SERVFAIL: (?:DNSSEC Bogus|DNSKEY Missing)/);
  const watch = startValidationWatch({
    servers: [{ server: unbound, lookup }],
    probes: { signed: { type: 'NS', name: '.' } },
    intervalMs: 30_000,
    holdMs: 0,
    now: () => Date.now(),
    onChange: () => undefined,
  });
  cleanUp.push(() => watch.stop());
  expect(await watch.check()).toMatchObject({
    validating: false,
    reason: expect.stringContaining('SERVFAIL'),
  });
});

test('startManagedUnbound(): one that is killed is started again on the same port', async () => {
  const unbound = await start();
  const lookup = lookupAt(unbound);
  const pid = await unboundPid();
  process.kill(pid, 'SIGKILL');
  await until(async () => !(await exists(pid)));
  await until(async () => (await lookup('localhost', 'A')).kind === 'found');
  expect(await unboundPid()).not.toBe(pid);
  expect(logged(`unbound: process ${pid} was killed by SIGKILL`)).toBe(true);
});

test('startManagedUnbound(): the one of a relay that was killed is replaced', async () => {
  const options = `{ dataDir: ${JSON.stringify(dataDir)}, forwarders: ${JSON.stringify(nobody)}, log() {} }`;
  await leaveBehind('managed-unbound', `children.startManagedUnbound(${options})`);
  const orphan = await unboundPid();
  expect(await exists(orphan)).toBe(true);
  const unbound = await start();
  expect(await exists(orphan)).toBe(false);
  expect(await unboundPid()).not.toBe(orphan);
  expect(await lookupAt(unbound)('localhost', 'A')).toMatchObject({ kind: 'found' });
});

test('startManagedUnbound(): a process that only has the number in the pid file is left alone', async () => {
  const first = await start();
  await first.stop();
  await writeFile(join(dataDir, 'unbound/unbound.pid'), `${process.pid}\n`);
  await start();
  expect(logged('left behind')).toBe(false);
});

test('startManagedUnbound(): the one of a relay that lives is left alone', async () => {
  await start();
  const pid = await unboundPid();
  await expect(start()).rejects.toThrow(/process \d+ uses this directory/);
  expect(await exists(pid)).toBe(true);
});

test('startManagedUnbound(): one that hangs is ended and started again on its port', async () => {
  const unbound = await start({ hangs: { probeMs: 50, probes: 3 } });
  const pid = await unboundPid();
  process.kill(pid, 'SIGSTOP');
  await until(async () => logged(`process ${pid} is alive and does not answer: it is ended`));
  await until(async () => (await unboundPid().catch(() => pid)) !== pid);
  const lookup = lookupAt(unbound);
  await until(async () => (await lookup('localhost', 'A')).kind === 'found');
});

test('stop(): leaves no process', async () => {
  const unbound = await start();
  const pid = await unboundPid();
  await unbound.stop();
  expect(await exists(pid)).toBe(false);
});

test('startManagedUnbound(): a trust anchor that is broken says so', async () => {
  const trustAnchorFile = join(dataDir, 'anchor');
  await writeFile(trustAnchorFile, 'nonsense\n');
  await expect(start({ trustAnchorFile })).rejects.toThrow(`${trustAnchorFile} has no DNSKEY or DS record`);
  await writeFile(trustAnchorFile, '. IN DS 1 13 2 nonsense\n');
  await expect(start({ trustAnchorFile })).rejects.toThrow(/unbound ended with exit status 1; .*anchor/);
  await expect(start({ trustAnchorFile: '/nowhere' })).rejects.toThrow(
    'cannot read the trust anchor /nowhere',
  );
});

test('startManagedUnbound(): a program that is not there is named with its Debian package', async () => {
  await expect(start({ executable: '/nowhere/unbound' })).rejects.toThrow(
    'install the Debian package unbound',
  );
});
