import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { once } from 'node:events';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { mkdtemp, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeChain } from '../../lab/certificates.ts';
import type { Lab } from '../../lab/lab.ts';
import { belongings } from '../../support/belongings.ts';
import { postJson, startHttpRelay, type HttpRelay } from '../../support/http-relay.ts';
import { until } from '../../lab/until.ts';
import { labSettings, launchRelay, removeDataDir } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startSmallLab } from '../../support/small-lab.ts';

/** Receivers hear what became of messages, with signatures that another implementation verifies; mail does not wait for them. */

const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
let lab: Lab;
const keep = belongings();

beforeAll(async () => {
  lab = await startSmallLab();
});
afterAll(() => lab?.stop());

interface Heard {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly heard: Heard[];
  /** What it answers; by default 204. */
  answer: (response: ServerResponse, heard: Heard) => void;
}

async function startReceiver(tls?: ServerOptions): Promise<Receiver> {
  const heard: Heard[] = [];
  const hear = (request: IncomingMessage, response: ServerResponse): void => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      const one = { headers: request.headers, body };
      heard.push(one);
      receiver.answer(response, one);
    });
  };
  const server: Server = tls === undefined ? createServer(hear) : createTlsServer(tls, hear);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver: Receiver = {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    heard,
    answer: (response) => void response.writeHead(204).end(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return keep(receiver);
}

async function relayWith(
  tables: readonly string[],
  set: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<HttpRelay> {
  const file = join(lab.directory, `webhooks-${Math.random()}.toml`);
  await writeFile(file, tables.map((table) => `[[webhook]]\n${table}\n`).join('\n'), { mode: 0o600 });
  const relay = await startHttpRelay([{ name: 'app' }, { name: 'other' }], {
    set: { ...labSettings(lab), 'http.webhooks': file, ...set },
    env,
  });
  return keep(relay);
}

const table = (name: string, url: string, more = 'allow_private = true'): string =>
  `name = "${name}"\nurl = "${url}"\nsecret = "${secret}"\n${more}`;

interface Event {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Verifies all that was heard. Throws if a signature is wrong. */
function events({ heard }: Receiver): readonly Event[] {
  const verifier = new Webhook(secret);
  return heard.map(({ headers, body }) => verifier.verify(body, headers as Record<string, string>) as Event);
}

describe('a receiver', () => {
  it('hears of acceptance and of each outcome, over HTTP and over SMTP', async () => {
    const receiver = await startReceiver();
    const relay = await relayWith([table('all', receiver.url)]);
    const to = ['b@good.test', 'nobody@rejects.test', 'c@wrong-key.test'];
    const reply = await postJson(relay.url, { from: 'a@good.test', to, text: 'x' });
    const id = String(reply.body['id']);
    const smtp = await sendMail(relay.port, { from: 'a@good.test', to: 'd@good.test' });
    const of = (one: string): readonly Event[] => events(receiver).filter(({ data }) => data['id'] === one);
    await until(() => of(id).length === 4 && of(smtp).length === 2, 'six events');
    expect(
      of(id)
        .map(({ type, data }) => [type, data['recipient']] as const)
        .toSorted(([one], [other]) => one.localeCompare(other)),
    ).toEqual([
      ['message.accepted', undefined],
      ['message.bounced', 'nobody@rejects.test'],
      ['message.deferred', 'c@wrong-key.test'],
      ['message.delivered', 'b@good.test'],
    ]);
    const delivered = of(id).find(({ type }) => type === 'message.delivered');
    expect(delivered?.data).toMatchObject({
      token: 'app',
      from: 'a@good.test',
      dsn: '2.0.0',
      tls: 'dane',
      attempts: 1,
    });
    expect(of(smtp)[0]?.data).not.toHaveProperty('token');
    const ids = receiver.heard.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('may want some events, and those of some tokens', async () => {
    const [some, others] = [await startReceiver(), await startReceiver()];
    const relay = await relayWith([
      table('some', some.url, 'allow_private = true\nevents = ["message.delivered"]\ntokens = ["app"]'),
      table('others', others.url, 'allow_private = true\ntokens = ["other"]'),
    ]);
    await sendMail(relay.port, { from: 'a@good.test', to: 'b@good.test' });
    const reply = await postJson(relay.url, { from: 'a@good.test', to: 'b@good.test', text: 'x' });
    await until(() => some.heard.length > 0, 'an event');
    const other = await postJson(
      relay.url,
      { from: 'a@good.test', to: 'b@good.test', text: 'x' },
      { token: 'other' },
    );
    await until(() => others.heard.length === 2, 'two events');
    expect(events(some).map(({ type, data }) => [type, data['id']])).toEqual([
      ['message.delivered', reply.body['id']],
    ]);
    expect(new Set(events(others).map(({ data }) => data['id']))).toEqual(new Set([other.body['id']]));
  });

  it('that fails is tried again; redirects are not followed', async () => {
    const [receiver, elsewhere] = [await startReceiver(), await startReceiver()];
    receiver.answer = (response) => void response.writeHead(307, { location: elsewhere.url }).end();
    const relay = await relayWith([
      table('hook', receiver.url, 'allow_private = true\nevents = ["message.delivered"]'),
    ]);
    await postJson(relay.url, { from: 'a@good.test', to: 'b@good.test', text: 'x' });
    await relay.line(/master\[\d+\]: warning: webhook hook: answers 307; its events wait/);
    receiver.answer = (response) => void response.writeHead(200).end('ok');
    await relay.line(/webhook hook: takes events again/);
    expect(elsewhere.heard).toEqual([]);
    expect(new Set(receiver.heard.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(events(receiver).length).toBeGreaterThan(1);
  });

  it('hears of it in the end though the relay is killed', async () => {
    const receiver = await startReceiver();
    receiver.answer = (response) => void response.writeHead(503).end();
    const file = join(lab.directory, 'killed.toml');
    await writeFile(file, `[[webhook]]\n${table('hook', receiver.url)}\n`);
    const dataDir = await mkdtemp(join(tmpdir(), 'dane-relay-'));
    const start = (): Promise<HttpRelay> =>
      startHttpRelay([], { dataDir, set: { ...labSettings(lab), 'http.webhooks': file } });
    const first = await start();
    const id = await sendMail(first.port, { from: 'a@good.test', to: 'b@good.test' });
    await first.line(new RegExp(`${id}: removed`));
    await first.kill();
    receiver.answer = (response) => void response.writeHead(204).end();
    const second = await start();
    try {
      const types = (): readonly string[] =>
        [...new Set(events(receiver).map(({ type }) => type))].toSorted();
      await until(() => types().join() === 'message.accepted,message.delivered', 'both events');
    } finally {
      await second[Symbol.asyncDispose]();
      await removeDataDir(dataDir);
    }
  });

  it('that never answers, or answers without end, delays no mail and no other receiver', async () => {
    const [silent, endless, good] = [await startReceiver(), await startReceiver(), await startReceiver()];
    silent.answer = () => {};
    endless.answer = (response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'.repeat(65_536)), 1);
      response.on('close', () => clearInterval(timer));
    };
    const relay = await relayWith([
      table('silent', silent.url),
      table('endless', endless.url),
      table('good', good.url, 'allow_private = true\nevents = ["message.delivered"]'),
    ]);
    const ids = await Promise.all(
      Array.from({ length: 30 }, () => sendMail(relay.port, { from: 'a@good.test', to: 'b@good.test' })),
    );
    for (const id of ids) await relay.line(new RegExp(`${id}: removed`));
    await until(() => good.heard.length === 30, 'thirty events');
    await relay.line(/webhook silent: no answer within 10 s/);
  });

  it('has room for so many events, and the log says how many were dropped', async () => {
    const receiver = await startReceiver();
    receiver.answer = (response) => void response.writeHead(500).end();
    const relay = await relayWith([table('full', receiver.url)], { 'http.webhook_queue_limit': '5' });
    for (let count = 0; count < 5; count += 1)
      await sendMail(relay.port, { from: 'a@good.test', to: 'b@good.test' });
    const line = await relay.line(/webhook full: \d+ events dropped: no room for them/);
    expect(Number(/(\d+) events/.exec(line)?.[1])).toBeGreaterThan(0);
    expect(await relay.metrics()).toContain('dane_relay_events_total{event="webhook dropped"}');
  });

  it('over TLS has to have a certificate that authorities of Node.js vouch for, by the name of the URL', async () => {
    const { leaf, intermediate, root } = await makeChain(['localhost']);
    const stranger = await makeChain(['localhost']);
    const serverOf = (chain: typeof stranger): ServerOptions => ({
      cert: chain.leaf.pem + chain.intermediate.pem,
      key: chain.leaf.privateKeyPem,
    });
    const good = await startReceiver(serverOf({ leaf, intermediate, root }));
    const bad = await startReceiver(serverOf(stranger));
    const authorities = join(lab.directory, 'webhook-ca.pem');
    await writeFile(authorities, root.pem);
    const named = ({ url }: Receiver): string => url.replace('127.0.0.1', 'localhost');
    const relay = await relayWith(
      [table('good', named(good)), table('other', good.url), table('stranger', named(bad))],
      {},
      { NODE_EXTRA_CA_CERTS: authorities },
    );
    await sendMail(relay.port, { from: 'a@good.test', to: 'b@good.test' });
    await until(() => good.heard.length === 2, 'two events');
    expect(events(good).map(({ type }) => type)).toEqual(['message.accepted', 'message.delivered']);
    await relay.line(/webhook other: Hostname\/IP does not match certificate's altnames: /);
    await relay.line(/webhook stranger: .*certificate/);
    expect(bad.heard).toEqual([]);
  });

  it('on a private network is not connected to unless that is wanted, by address or by name', async () => {
    const receiver = await startReceiver();
    const { port } = new URL(receiver.url);
    const relay = await relayWith([
      table('address', `https://127.0.0.1:${port}/`, ''),
      table('name', `https://localhost:${port}/`, ''),
      table('metadata', 'https://169.254.169.254/', ''),
      table('mapped', `https://[::ffff:127.0.0.1]:${port}/`, ''),
    ]);
    await sendMail(relay.port, { from: 'a@good.test', to: 'b@good.test' });
    await relay.line(/webhook address: 127\.0\.0\.1 is a private address/);
    await relay.line(/webhook name: localhost has private addresses only/);
    await relay.line(/webhook metadata: 169\.254\.169\.254 is a private address/);
    await relay.line(/webhook mapped: \S+ is a private address/);
    expect(receiver.heard).toEqual([]);
  });
});

it.each([
  ['name = "a"\nurl = "http://app.test/"\nsecret = "whsec_AAAA"', 'https'],
  [`name = "a"\nurl = "https://app.test/"\nsecret = "AAAA"`, 'whsec_'],
  [table('a', 'https://app.test/', 'events = ["message.read"]'), 'message.accepted'],
  [table('a', 'https://app.test/', 'colour = "red"'), 'colour'],
  [
    `${table('a', 'https://app.test/', '')}\n[[webhook]]\n${table('a', 'https://app.test/', '')}`,
    'each name once',
  ],
  ['name = ', 'TOML'],
])('a table %# that makes no sense is refused at the start', async (text, told) => {
  const file = join(lab.directory, 'bad.toml');
  await writeFile(file, `[[webhook]]\n${text}\n`);
  const refused = await launchRelay({ set: { 'http.webhooks': file } });
  try {
    expect(await refused.exited).toBe(78);
    expect(refused.lines.join('\n')).toContain(told);
    expect(refused.lines.join('\n')).not.toContain(secret);
  } finally {
    await refused[Symbol.asyncDispose]();
  }
});
