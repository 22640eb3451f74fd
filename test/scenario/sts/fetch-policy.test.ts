import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readAuthorities } from '../../../src/core/dane/authorities.ts';
import type { Answer, Lookup } from '../../../src/core/dns/answer.ts';
import type { Fetched } from '../../../src/core/sts/fetch-memory.ts';
import { webTls } from '../../../src/session/web-tls.ts';
import { fetchPolicy, type FetchPorts } from '../../../src/sts/fetch-policy.ts';
import { makeChain } from '../../lab/certificates.ts';
import { startPolicyHost, type PolicyHost } from '../../lab/policy-host.ts';
import { until } from '../../lab/until.ts';

/** One fetch of a policy file, from a web server that does whatever it likes (RFC 8461 §3.3). */

const body = 'version: STSv1\nmode: enforce\nmx: mx.a.test\nmax_age: 86400\n';
const host = 'mta-sts.a.test';

let web: PolicyHost;
let ports: FetchPorts;
/** What the DNS says of the policy host, by type. */
let addresses: Readonly<Record<string, readonly string[] | 'SERVFAIL'>>;
let asked: string[];

beforeAll(async () => {
  const { leaf, intermediate, root } = await makeChain([host]);
  const authorities = readAuthorities(root.pem);
  web = await startPolicyHost('127.0.0.1', [leaf, intermediate]);
  const lookup = (async (name: string, type: string): Promise<Answer<string>> => {
    asked.push(`${name} ${type}`);
    const records = addresses[type] ?? [];
    const facts = { secure: false, name, aliases: [], ttl: 60 };
    if (records === 'SERVFAIL') return { kind: 'failed', cause: 'SERVFAIL', detail: 'SERVFAIL' };
    return records.length === 0
      ? { kind: 'absent', denial: 'NODATA', ...facts }
      : { kind: 'found', records, ...facts };
  }) as Lookup;
  ports = {
    lookup,
    mayConnect: (address) => address.startsWith('127.'),
    secure: webTls,
    authorities: () => authorities,
    port: web.port,
    families: [4, 6],
    now: Date.now,
  };
});
afterAll(() => web?.stop());
beforeEach(() => {
  addresses = { A: ['127.0.0.1'] };
  asked = [];
  web.serve(host, { body });
});

function fetch(other: Partial<FetchPorts> = {}, signal = new AbortController().signal): Promise<Fetched> {
  return fetchPolicy('a.test', { ...ports, ...other }, signal);
}

/** `policy`, or what is wrong. */
async function outcome(fetched: Promise<Fetched>): Promise<string> {
  const one = await fetched;
  return one.kind === 'policy' ? 'policy' : `${one.trouble.code}: ${one.trouble.detail}`;
}

test('a policy file is fetched', async () => {
  expect(await fetch()).toMatchObject({ kind: 'policy', policy: { mode: 'enforce', mx: ['mx.a.test'] } });
  expect(asked).toEqual([`${host} A`, `${host} AAAA`]);
});

describe('addresses', () => {
  test.each<[string, typeof addresses, string]>([
    ['one of the Internet among others', { A: ['10.0.0.1', '127.0.0.1', '192.168.0.1'] }, 'policy'],
    ['of the other family', { A: ['10.0.0.1'], AAAA: ['::1'] }, 'private-address: '],
    ['none that is an address', { A: ['localhost'] }, 'private-address: '],
    ['nobody at the first', { A: ['127.0.0.77', '127.0.0.1'] }, 'policy'],
    ['nobody at the first four', { A: [77, 78, 79, 80, 1].map((end) => `127.0.0.${end}`) }, 'connection: '],
    ['one family that cannot be looked up', { A: ['127.0.0.1'], AAAA: 'SERVFAIL' }, 'policy'],
    ['both', { A: 'SERVFAIL', AAAA: 'SERVFAIL' }, `dns: lookup of ${host} failed: SERVFAIL`],
    ['none', {}, `no-address: ${host} has no address`],
  ])('%s', async (_, given, expected) => {
    addresses = given;
    expect(await outcome(fetch())).toMatch(new RegExp(`^${expected}`));
  });

  test('where none may be connected to, none is', async () => {
    const before = web.connections;
    addresses = { A: ['127.0.0.1'] };
    expect(await outcome(fetch({ mayConnect: () => false }))).toBe(
      `private-address: ${host} has no address on the Internet`,
    );
    expect(web.connections).toBe(before);
  });

  test('a family that is switched off is not asked for', async () => {
    await fetch({ families: [4] });
    expect(asked).toEqual([`${host} A`]);
  });
});

test.each<[string, Parameters<PolicyHost['serve']>[1], string]>([
  ['too much', { body: 'x'.repeat(65_537) }, 'too-large: more than 64 KiB'],
  ['as much as may be', { body: `${body}${'x: '.padEnd(65_536 - body.length, 'y')}` }, 'policy'],
  ['less than it said', { headers: { 'content-length': '500' }, body }, 'connection: '],
  ['a head without an end', { headers: { 'x-long': 'y'.repeat(20_000) }, body }, 'connection: '],
  ['no policy', { body: 'version: STSv1\n' }, 'missing-mode: the policy file is invalid'],
])('the host sends %s', async (_, reply, expected) => {
  web.serve(host, reply);
  expect(await outcome(fetch())).toMatch(new RegExp(`^${expected}`));
});

describe('given up', () => {
  const timeout = 'timeout: no answer in time';

  test('before it begins: nothing is connected to', async () => {
    const before = web.connections;
    expect(await outcome(fetch({}, AbortSignal.abort()))).toBe(timeout);
    expect(web.connections).toBe(before);
  });

  // A request that is destroyed has an error, and one that nobody listens to would end the process.
  test('between TLS and the request: nothing is asked', async () => {
    const end = new AbortController();
    const before = web.requests(host).length;
    const now = (): number => {
      end.abort();
      return Date.now();
    };
    expect(await outcome(fetch({ now }, end.signal))).toBe(timeout);
    // One more, so that whatever would come of the first has come.
    expect(await outcome(fetch())).toBe('policy');
    expect(web.requests(host)).toHaveLength(before + 1);
  });

  test('while the host says nothing', async () => {
    web.serve(host, { silent: true });
    const end = new AbortController();
    const before = web.requests(host).length;
    const fetching = outcome(fetch({}, end.signal));
    await until(() => web.requests(host).length > before);
    end.abort();
    expect(await fetching).toBe(timeout);
  });

  describe('where nobody speaks TLS', () => {
    let server: Server;
    let connected: number;
    let closed: number;
    beforeAll(async () => {
      connected = closed = 0;
      server = createServer((socket) => {
        connected += 1;
        socket.on('error', () => {});
        socket.resume();
        socket.once('close', () => (closed += 1));
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    });
    afterAll(() => server?.close());

    test('in the midst of the handshake: the connection is closed', async () => {
      const end = new AbortController();
      const { port } = server.address() as AddressInfo;
      const fetching = outcome(fetch({ port }, end.signal));
      await until(() => connected === 1);
      end.abort();
      expect(await fetching).toBe(timeout);
      await until(() => closed === 1);
    });
  });
});
