import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  ask,
  postJson,
  postRaw,
  startHttpRelay,
  type HttpRelay,
  type Reply,
} from '../../support/http-relay.ts';
import { runCommand } from '../../support/run-command.ts';
import { removeDataDir } from '../../support/running-relay.ts';

/** A request with a key is carried out once, whoever is killed whenever. */

const set = { 'dns.servers': '127.0.0.1:9', 'dns.dnssec_probe': '' };
let dataDir: string;
let relay: HttpRelay;

const start = (): Promise<HttpRelay> =>
  startHttpRelay([{ name: 'app' }, { name: 'other' }], { dataDir, set });

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  relay = await start();
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await removeDataDir(dataDir);
});

const mail = { from: 'a@x.test', to: ['b@y.test', 'no body@y.test'], subject: 's', text: 'one' };
const post = (key: string, message: unknown = mail, token = 'app'): Promise<Reply> =>
  postJson(relay.url, message, { token, headers: { 'idempotency-key': key } });

async function queued(): Promise<readonly string[]> {
  const { stdout } = await runCommand(['queue', 'list', '--json'], { data_dir: dataDir });
  const lines = stdout.toString().split('\n');
  return lines.filter((line) => line !== '').map((line) => (JSON.parse(line) as { queueId: string }).queueId);
}

it('gets the answer of the first time, in quotes or without, in JSON or raw', async () => {
  const first = await post('order-1');
  expect(first).toMatchObject({ status: 202, body: { accepted: ['b@y.test'] } });
  expect(first.headers.get('idempotent-replayed')).toBeNull();
  for (const key of ['order-1', '"order-1"']) {
    const again = await post(key);
    expect(again).toMatchObject({ status: 202, body: first.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.headers.get('location')).toBe(`/v1/messages/${String(first.body['id'])}`);
  }
  const raw = { from: 'a@x.test', to: ['b@y.test'], content: `Subject: x\n\n${'x'.repeat(300_000)}` };
  const headers = { 'idempotency-key': 'order-2' };
  const [one, two] = [
    await postRaw(relay.url, { ...raw, headers }),
    await postRaw(relay.url, { ...raw, headers }),
  ];
  expect(two.body).toEqual(one.body);
  expect(await queued()).toHaveLength(2);
});

it('of another request is refused, and so is one that is none; other tokens have keys of their own', async () => {
  const other = await post('order-1', { ...mail, text: 'two' });
  expect(other).toMatchObject({ status: 422, body: { type: 'urn:dane-relay:problem:key-used-before' } });
  for (const key of ['""', 'ü', 'x'.repeat(257)]) {
    const headers = { authorization: 'Bearer token-app', 'content-type': 'application/json' };
    const bad = await ask(`${relay.url}/v1/messages`, {
      method: 'POST',
      headers: { ...headers, 'idempotency-key': key },
      body: JSON.stringify(mail),
    });
    expect(bad.status).toBe(400);
  }
  const others = await post('order-1', mail, 'other');
  expect(others.status).toBe(202);
  expect(others.headers.get('idempotent-replayed')).toBeNull();
});

it('of a request that is refused may be used again', async () => {
  expect(await post('order-3', { ...mail, to: 'no body@y.test' })).toMatchObject({ status: 422 });
  expect(await post('order-3')).toMatchObject({ status: 202 });
});

it('of many requests at the same time is carried out once; the others come again', async () => {
  const before = (await queued()).length;
  const replies = await Promise.all(Array.from({ length: 20 }, () => post('order-4')));
  const ids = new Set(replies.filter(({ status }) => status === 202).map(({ body }) => body['id']));
  expect(ids.size).toBe(1);
  const late = replies.filter(({ status }) => status !== 202);
  for (const { status, body, headers } of late) {
    expect({ status, type: body['type'] }).toEqual({
      status: 409,
      type: 'urn:dane-relay:problem:key-in-use',
    });
    expect(headers.get('retry-after')).toBe('1');
  }
  expect((await queued()).length).toBe(before + 1);
});

it('survives SIGKILL at any moment: the retry gets the same id, and there is one message', async () => {
  const before = new Set(await queued());
  const told = new Map<string, unknown>();
  for (let round = 0; round < 5; round += 1) {
    const keys = Array.from({ length: 12 }, (_, number) => `killed-${round}-${number}`);
    // Killed when so many were answered, and the others are somewhere on the way.
    let answered = 0;
    await Promise.all(
      keys.map(async (key) => {
        const reply = await post(key).catch(() => undefined);
        if (reply?.status === 202) told.set(key, reply.body);
        answered += 1;
        if (answered === 1 + 2 * round) await relay.kill();
      }),
    );
    await relay.exited;
    relay = await start();
    for (const key of keys) {
      const again = await post(key);
      expect(again.status).toBe(202);
      if (told.has(key)) {
        expect(again.body).toEqual(told.get(key));
        expect(again.headers.get('idempotent-replayed')).toBe('true');
      }
      told.set(key, again.body);
    }
  }
  const after = (await queued()).filter((id) => !before.has(id));
  expect(after.length).toBe(5 * 12);
  expect(new Set(after)).toEqual(new Set([...told.values()].map((body) => (body as { id: string }).id)));
});
