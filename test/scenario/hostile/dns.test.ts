import { randomInt } from 'node:crypto';
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { decode, type Answer as PacketAnswer } from 'dns-packet';
import { afterEach, describe, expect, test } from 'vitest';
import { screen } from '../../../src/core/dane/tlsa.ts';
import { isLoopbackAddress } from '../../../src/core/dns/ip-address.ts';
import { createStubResolver, type StubResolver } from '../../../src/resolver/stub-resolver.ts';
import {
  framed,
  replyTo,
  startScriptedDns,
  type Script,
  type ScriptedDns,
} from '../resolver/scripted-dns.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).toReversed()) await thing.close();
});

async function serve(script: Script): Promise<ScriptedDns> {
  const server = await startScriptedDns(script);
  open.push(server);
  return server;
}

function stub(port: number, timeoutMs = 400): StubResolver {
  const resolver = createStubResolver({
    servers: [{ address: '127.0.0.1', port }],
    trustAd: isLoopbackAddress,
    timeoutMs,
    attempts: 1,
    now: () => Date.now(),
    random: (limit) => randomInt(limit),
  });
  open.push(resolver);
  return resolver;
}

const name = 'mx.example.org';
const a = (data: string): PacketAnswer => ({ type: 'A', name, ttl: 60, data });

describe('forged replies', () => {
  test('thousands of them before the right one, from the right address, with wrong IDs and questions', async () => {
    const udp = createSocket('udp4');
    open.push(udp);
    let forged = 0;
    const answer = async (message: Buffer, from: RemoteInfo): Promise<void> => {
      const query = decode(message);
      for (; forged < 3000; forged += 1) {
        const wrong =
          forged % 2 === 0
            ? { idChange: 1 + forged }
            : { question: { name: `x${forged}.example.org`, type: 'A' as const } };
        udp.send(replyTo(query, { ad: true, answers: [a('192.0.2.66')], ...wrong }), from.port, from.address);
        // No more in a turn of the event loop than it reads in one: the buffer of a socket holds few hundred.
        if (forged % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      udp.send(replyTo(query, { ad: true, answers: [a('192.0.2.1')] }), from.port, from.address);
    };
    udp.on('message', (message, from) => void answer(message, from));
    udp.bind(0, '127.0.0.1');
    await once(udp, 'listening');
    const found = await stub(udp.address().port, 600_000).lookup(name, 'A');
    expect(found).toMatchObject({ kind: 'found', records: ['192.0.2.1'] });
    expect(forged).toBe(3000);
  });

  test('from another port are not even heard', async () => {
    const forger = createSocket('udp4');
    open.push(forger);
    const seen: { port: number; id: number }[] = [];
    const server = await serve((query) => {
      const target = server.seen.at(-1);
      if (target === undefined) return [];
      seen.push(target);
      const forged = replyTo(query, { ad: true, answers: [a('192.0.2.66')] });
      for (let times = 0; times < 500; times += 1) forger.send(forged, target.port, '127.0.0.1');
      return [];
    });
    const answer = await stub(server.port).lookup(name, 'A');
    expect(answer).toMatchObject({ kind: 'failed', cause: 'timeout' });
    expect(seen.length).toBeGreaterThan(0);
  });

  test('cannot foresee port and ID: they are never those of before', async () => {
    const server = await serve((query) => [replyTo(query, { ad: true, answers: [a('192.0.2.1')] })]);
    const resolver = stub(server.port, 5000);
    for (let times = 0; times < 50; times += 1) await resolver.lookup(`${times}.example.org`, 'A');
    const ids = new Set(server.seen.map(({ id }) => id));
    const ports = new Set(server.seen.map(({ port }) => port));
    expect(ids.size).toBeGreaterThan(45);
    expect(ports.size).toBeGreaterThan(25);
  });
});

describe('over TCP', () => {
  /** A server that sends everybody to TCP and does there what it likes. */
  async function tcpOnly(
    behave: (write: (octets: Buffer) => boolean, query: Buffer) => void,
  ): Promise<number> {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (query: Buffer) =>
        behave((octets) => !socket.destroyed && socket.write(octets), query),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push(server);
    const { port } = server.address() as AddressInfo;
    const udp = createSocket('udp4');
    udp.on('message', (message, from) => {
      const reply = Buffer.from(message);
      reply.writeUInt16BE(0x8780, 2); // A truncated response.
      udp.send(reply, from.port, from.address);
    });
    udp.bind(port, '127.0.0.1');
    await once(udp, 'listening');
    open.push(udp);
    return port;
  }

  test.each<[string, Buffer]>([
    ['nothing but a length', Buffer.from([0xff, 0xff])],
    ['zeros', Buffer.alloc(70_000)],
    ['ones', Buffer.alloc(70_000, 0xff)],
    ['an empty message', Buffer.from([0, 0])],
    ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')],
  ])('%s is a failed lookup', async (_, octets) => {
    const port = await tcpOnly((write) => write(octets));
    expect((await stub(port).lookup(name, 'A')).kind).toBe('failed');
  });

  test('octet by octet: one deadline for the whole', async () => {
    let sent = 0;
    const port = await tcpOnly((write, query) => {
      const drip = setInterval(() => {
        sent += 1;
        if (!write(Buffer.from([sent === 1 ? 0xff : (query[sent] ?? 0)]))) clearInterval(drip);
      }, 10);
    });
    expect(await stub(port, 300).lookup(name, 'A')).toMatchObject({ kind: 'failed', cause: 'timeout' });
    expect(sent).toBeLessThan(200);
  });

  test('more octets than a message may have are not read', async () => {
    let poured = 0;
    const port = await tcpOnly((write) => {
      const chunk = Buffer.alloc(65_536, 0xff);
      const pour = (): void => {
        if (poured > 256 * 1024 ** 2 || !write(chunk)) return;
        poured += chunk.length;
        setImmediate(pour);
      };
      pour();
    });
    expect((await stub(port).lookup(name, 'A')).kind).toBe('failed');
    expect(poured).toBeLessThan(16 * 1024 ** 2);
  });
});

test('a set of 64 KiB of TLSA records is read whole, and what of it can be used is sorted out', async () => {
  const owner = `_25._tcp.${name}`;
  const records: PacketAnswer[] = Array.from({ length: 920 }, (_, at) => ({
    type: 'TLSA',
    name: owner,
    ttl: 60,
    data: { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.alloc(32, at % 251) },
  }));
  const server = await serve((query, transport) => {
    const reply = replyTo(query, { ad: true, answers: records });
    expect(reply.length).toBeGreaterThan(60_000);
    return transport === 'udp' ? [replyTo(query, { tc: true })] : [framed(reply)];
  });
  const answer = await stub(server.port, 5000).lookup(owner, 'TLSA');
  if (answer.kind !== 'found') throw new Error(answer.kind);
  expect(answer.records).toHaveLength(920);
  expect(screen(answer.records, name).usable).toHaveLength(920);
});
