import { randomInt } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import type { Answer as PacketAnswer } from 'dns-packet';
import { isLoopbackAddress } from '../../../src/core/dns/ip-address.ts';
import { createStubResolver } from '../../../src/resolver/stub-resolver.ts';
import type { StubOptions, StubResolver } from '../../../src/resolver/stub-resolver.ts';
import { deadPort, framed, replyTo, startScriptedDns } from './scripted-dns.ts';
import type { Script, ScriptedDns } from './scripted-dns.ts';

const open: ScriptedDns[] = [];
const stubs: StubResolver[] = [];
afterEach(async () => {
  for (const stub of stubs.splice(0)) stub.close();
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function serve(script: Script, address?: string): Promise<ScriptedDns> {
  const server = await startScriptedDns(script, address);
  open.push(server);
  return server;
}

function stub(servers: StubOptions['servers'], options: Partial<StubOptions> = {}): StubResolver {
  const created = createStubResolver({
    servers,
    trustAd: isLoopbackAddress,
    timeoutMs: 30_000,
    attempts: 1,
    now: () => Date.now(),
    random: (limit) => randomInt(limit),
    ...options,
  });
  stubs.push(created);
  return created;
}

const name = 'mx.example.org';
const a = (data: string, owner = name): PacketAnswer => ({ type: 'A', name: owner, ttl: 60, data });
const truth: Script = (query) => [replyTo(query, { ad: true, answers: [a('192.0.2.1')] })];
const manyTlsa: PacketAnswer[] = Array.from({ length: 800 }, (_, at) => ({
  type: 'TLSA',
  name: `_25._tcp.${name}`,
  ttl: 60,
  data: { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.alloc(32, at) },
}));

test.each(['127.0.0.1', '::1'])('lookup(): an answer by UDP from %s', async (address) => {
  const server = await serve(truth, address);
  expect(await stub([server]).lookup(name, 'A')).toEqual({
    kind: 'found',
    records: ['192.0.2.1'],
    secure: true,
    name,
    aliases: [],
    ttl: 60,
  });
});

test('lookup(): AD of a server that is not trusted does not count (RFC 7672 §2.1.1)', async () => {
  const server = await serve(truth);
  const answer = await stub([server], { trustAd: () => false }).lookup(name, 'A');
  expect(answer).toMatchObject({ kind: 'found', secure: false });
});

test('lookup(): beside a trusted server no other is asked, whatever becomes of the first', async () => {
  const trusted = await serve((query) => [replyTo(query, { rcode: 2 })], '127.0.0.1');
  const other = await serve(truth, '127.0.0.2');
  const resolver = stub([other, trusted], { trustAd: (address) => address === '127.0.0.1' });
  expect(await resolver.lookup(name, 'A')).toMatchObject({ kind: 'failed', cause: 'SERVFAIL' });
  expect(other.asked).toEqual([]);
});

test.each([
  ['another ID', { idChange: 1 }],
  ['another name', { question: { name: 'other.example.org', type: 'A' } }],
  ['another type', { question: { name, type: 'TLSA' } }],
] as const)('lookup(): a forged datagram with %s is passed over', async (_, forgery) => {
  const server = await serve((query) => [
    replyTo(query, { ...forgery, ad: true, answers: [a('192.0.2.66')] }),
    replyTo(query, { ad: true, answers: [a('192.0.2.1')] }),
  ]);
  expect(await stub([server]).lookup(name, 'A')).toMatchObject({ records: ['192.0.2.1'] });
});

test('lookup(): garbage is passed over, and silence after it is a timeout', async () => {
  const garbage = [Buffer.alloc(0), Buffer.alloc(3), Buffer.alloc(1200, 0xc0), Buffer.alloc(40_000, 0xff)];
  const server = await serve(() => garbage);
  expect(await stub([server], { timeoutMs: 400 }).lookup(name, 'A')).toMatchObject({
    kind: 'failed',
    cause: 'timeout',
  });
});

test('lookup(): a datagram that fits the query but is broken is no answer: TCP has it', async () => {
  const server = await serve((query, transport) => {
    const good = replyTo(query, { ad: true, answers: [a('192.0.2.1')] });
    return transport === 'udp' ? [good.subarray(0, -3)] : [framed(good)];
  });
  expect(await stub([server]).lookup(name, 'A')).toMatchObject({ kind: 'found', records: ['192.0.2.1'] });
  expect(server.asked).toEqual([`udp A ${name}`, `tcp A ${name}`]);
});

test('lookup(): a truncated reply is asked for again by TCP, also if it comes in pieces', async () => {
  const server = await serve((query, transport) => {
    if (transport === 'udp') return [replyTo(query, { tc: true, ad: true })];
    const stream = framed(replyTo(query, { ad: true, answers: manyTlsa }));
    return [
      stream.subarray(0, 1),
      stream.subarray(1, 2),
      stream.subarray(2, 30_000),
      stream.subarray(30_000),
    ];
  });
  const answer = await stub([server]).lookup(`_25._tcp.${name}`, 'TLSA');
  expect(answer).toMatchObject({ kind: 'found', secure: true });
  expect(answer.kind === 'found' && answer.records.length).toBe(800);
});

test.each([
  ['truncated again', (query) => [framed(replyTo(query, { tc: true, ad: true }))], 'malformed'],
  ['another ID', (query) => [framed(replyTo(query, { idChange: 1 }))], 'malformed'],
  ['a length and no more', () => [Buffer.from([0xff, 0xff, 1, 2, 3])], 'timeout'],
  ['a length of nothing', () => [Buffer.from([0, 0])], 'malformed'],
  ['silence', () => [], 'timeout'],
] satisfies [string, Script, string][])(
  'lookup(): truncated and then by TCP %s is failed',
  async (_, byTcp: Script, cause) => {
    const server = await serve((query, transport) =>
      transport === 'udp' ? [replyTo(query, { tc: true, ad: true })] : byTcp(query, transport),
    );
    const timeoutMs = cause === 'timeout' ? 1_000 : 30_000;
    expect(await stub([server], { timeoutMs }).lookup(name, 'A')).toMatchObject({ kind: 'failed', cause });
  },
);

test('lookup(): a dead server is left at once for the next', async () => {
  const dead = { address: '127.0.0.1', port: await deadPort() };
  const alive = await serve(truth);
  // Waited for, it would take longer than the test may.
  const patient = stub([dead, alive], { timeoutMs: 3_600_000 });
  expect(await patient.lookup(name, 'A')).toMatchObject({ kind: 'found' });
});

test('lookup(): nothing but a dead server is unreachable', async () => {
  const dead = { address: '127.0.0.1', port: await deadPort() };
  expect(await stub([dead], { attempts: 3 }).lookup(name, 'A')).toEqual({
    kind: 'failed',
    cause: 'unreachable',
    detail: `127.0.0.1:${dead.port}: ECONNREFUSED`,
  });
});

test('lookup(): a silent server is left for the next after its time', async () => {
  const silent = await serve(() => []);
  const alive = await serve(truth);
  // The other one is asked as often as it takes on this machine to answer in such a time.
  const resolver = stub([silent, alive], { timeoutMs: 100, attempts: 100 });
  expect(await resolver.lookup(name, 'A')).toMatchObject({ kind: 'found' });
  expect(silent.seen.length).toBeGreaterThan(0);
});

test('lookup(): a lost datagram is sent again, from another port and with another ID', async () => {
  let queries = 0;
  const server = await serve((query, transport) => (++queries < 3 ? [] : truth(query, transport)));
  const answer = await stub([server], { timeoutMs: 100, attempts: 100 }).lookup(name, 'A');
  expect(answer).toMatchObject({ kind: 'found' });
  expect(server.seen.length).toBeGreaterThanOrEqual(3);
  expect(new Set(server.seen.map(({ port }) => port)).size).toBe(server.seen.length);
  expect(new Set(server.seen.map(({ id }) => id)).size).toBe(server.seen.length);
});

test('lookup(): silence ends at the deadline of all attempts', async () => {
  const server = await serve(() => []);
  const answer = await stub([server], { timeoutMs: 100, attempts: 3 }).lookup(name, 'A');
  expect(answer).toMatchObject({ kind: 'failed', cause: 'timeout' });
  expect(server.seen).toHaveLength(3);
});

test('lookup(): an error reply is final for its server, and the next one may know', async () => {
  const refusing = await serve((query) => [replyTo(query, { rcode: 5 })]);
  const alive = await serve(truth);
  expect(await stub([refusing, alive], { attempts: 3 }).lookup(name, 'A')).toMatchObject({ kind: 'found' });
  expect(await stub([refusing], { attempts: 3 }).lookup(name, 'A')).toMatchObject({ cause: 'REFUSED' });
  expect(refusing.asked).toHaveLength(2);
});

test('lookup(): an alias without target is followed by another query, and one insecure link spoils it', async () => {
  const server = await serve((query) => {
    const asked = query.questions?.[0]?.name;
    return asked === name
      ? [replyTo(query, { ad: false, answers: [{ type: 'CNAME', name, ttl: 9, data: 'real.example.net' }] })]
      : [replyTo(query, { ad: true, answers: [a('192.0.2.1', 'real.example.net')] })];
  });
  expect(await stub([server]).lookup(name, 'A')).toEqual({
    kind: 'found',
    records: ['192.0.2.1'],
    secure: false,
    name: 'real.example.net',
    aliases: [name],
    ttl: 9,
  });
});

test('lookup(): an endless chain of aliases, one a reply, is a loop after seventeen queries', async () => {
  let next = 0;
  const server = await serve((query) => {
    const owner = query.questions?.[0]?.name ?? '';
    return [
      replyTo(query, { answers: [{ type: 'CNAME', name: owner, ttl: 9, data: `n${++next}.example.net` }] }),
    ];
  });
  expect(await stub([server]).lookup(name, 'A')).toMatchObject({ kind: 'failed', cause: 'loop' });
  expect(server.asked).toHaveLength(17);
});

test('lookup(): an alias may lead to any name (RFC 2181 §11)', async () => {
  const server = await serve((query) => {
    const asked = query.questions?.[0]?.name;
    return asked === name
      ? [replyTo(query, { ad: true, answers: [{ type: 'CNAME', name, ttl: 9, data: '*._x/y.example.net' }] })]
      : [replyTo(query, { ad: true, answers: [a('192.0.2.1', '*._x/y.example.net')] })];
  });
  expect(await stub([server]).lookup(name, 'A')).toMatchObject({
    kind: 'found',
    secure: true,
    name: '*._x/y.example.net',
  });
  expect(server.asked).toEqual([`udp A ${name}`, 'udp A *._x/y.example.net']);
});

test('lookup(): identical lookups at the same time are one query', async () => {
  const server = await serve(truth);
  const { lookup } = stub([server]);
  await Promise.all([lookup(name, 'A'), lookup(name.toUpperCase(), 'A'), lookup(`${name}.`, 'A')]);
  expect(server.asked).toHaveLength(1);
});

test.each(['', 'a..b', 'exa mple.org', 'x\r\ny.example', '[192.0.2.1]'])(
  'lookup(): no query for %j',
  async (text) => {
    const server = await serve(truth);
    expect(await stub([server]).lookup(text, 'A')).toMatchObject({ kind: 'failed', cause: 'malformed' });
    expect(server.asked).toHaveLength(0);
  },
);

test.each(['udp', 'tcp'])('lookup(): abort ends a wait for %s', async (where) => {
  const server = await serve((query, transport) =>
    where === 'tcp' && transport === 'udp' ? [replyTo(query, { tc: true })] : [],
  );
  const abort = new AbortController();
  const waiting = stub([server], { timeoutMs: 30_000 }).lookup(name, 'A', abort.signal);
  setTimeout(() => abort.abort(new Error('gone')), 50);
  await expect(waiting).rejects.toThrow('gone');
});

test('lookup(): abort right after the start', async () => {
  const server = await serve(truth);
  const abort = new AbortController();
  const waiting = stub([server]).lookup(name, 'A', abort.signal);
  abort.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
});

test('close(): fails what waits and what comes', async () => {
  const server = await serve(() => []);
  const resolver = stub([server], { timeoutMs: 30_000 });
  const waiting = resolver.lookup(name, 'A');
  setTimeout(() => resolver.close(), 20);
  const closed = { kind: 'failed', cause: 'unreachable', detail: 'the resolver client is shut down' };
  expect(await waiting).toEqual(closed);
  expect(await resolver.lookup(name, 'A')).toEqual(closed);
});

test.each([
  ['no server', []],
  ['a host name', [{ address: 'localhost', port: 53 }]],
  ['port 0', [{ address: '127.0.0.1', port: 0 }]],
])('createStubResolver(): refuses %s', (_, servers) => {
  expect(() => stub(servers)).toThrow(RangeError);
});
