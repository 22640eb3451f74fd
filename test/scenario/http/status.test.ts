import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../lab/lab.ts';
import { ask, postJson, startHttpRelay, type HttpRelay, type Reply } from '../../support/http-relay.ts';
import { runCommand } from '../../support/run-command.ts';
import { until } from '../../lab/until.ts';
import { labSettings } from '../../support/running-relay.ts';
import { startSmallLab } from '../../support/small-lab.ts';

/** A program can ask what became of its message, and of no other. */

let lab: Lab;
let relay: HttpRelay;

beforeAll(async () => {
  lab = await startSmallLab();
  relay = await startHttpRelay([{ name: 'app' }, { name: 'other' }], {
    set: { ...labSettings(lab), 'http.history_limit': '100' },
  });
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await lab?.stop();
});

const get = (id: unknown, token = 'app'): Promise<Reply> =>
  ask(`${relay.url}/v1/messages/${String(id)}`, { headers: { authorization: `Bearer token-${token}` } });

async function send(to: readonly string[]): Promise<string> {
  const reply = await postJson(relay.url, { from: 'a@good.test', to, subject: 's', text: 't' });
  expect(reply.status).toBe(202);
  return String(reply.body['id']);
}

async function settled(id: string, states: readonly string[]): Promise<Reply['body']> {
  let found: Reply['body'] = {};
  await until(async () => {
    found = (await get(id)).body;
    const recipients = (found['recipients'] ?? []) as readonly { state: string }[];
    return recipients.map(({ state }) => state).join() === states.join();
  }, `${id} in the states ${states.join()}`);
  return found;
}

it('says of each recipient what it has come to, also when the message is gone', async () => {
  const to = ['b@good.test', 'nobody@rejects.test', 'c@wrong-key.test'];
  const id = await send(to);
  const found = await settled(id, ['delivered', 'bounced', 'deferred']);
  expect(found).toMatchObject({
    id,
    state: 'deferred',
    recipients: [
      {
        address: 'b@good.test',
        attempts: 1,
        dsn: '2.0.0',
        tls: 'dane',
        relay: expect.stringContaining('mx.good.test'),
      },
      {
        address: 'nobody@rejects.test',
        attempts: 1,
        dsn: expect.stringMatching(/^5\./),
        explanation: expect.stringMatching(/\w/),
      },
      {
        address: 'c@wrong-key.test',
        attempts: 1,
        nextAttempt: expect.stringMatching(/Z$/),
        tls: '!dane',
        explanation: expect.stringContaining('DANE'),
      },
    ],
  });
  await runCommand(['queue', 'delete', id], { data_dir: relay.dataDir });
  const after = await settled(id, ['delivered', 'bounced', 'unknown']);
  expect(after['state']).toBe('bounced');
  const gone = await send(['b@good.test']);
  await relay.line(new RegExp(`${gone}: removed`));
  expect(await get(gone)).toMatchObject({ status: 200, body: { state: 'delivered' } });
});

it('is told to nobody else, and of nothing else', async () => {
  const id = await send(['b@good.test']);
  expect(await get(id)).toMatchObject({ status: 200 });
  const other = await get(id, 'other');
  const none = await get('4jX6Z215f0zwqHvm', 'other');
  expect(other).toMatchObject({ status: 404 });
  expect(other.body).toEqual(none.body);
  for (const odd of ['..%2Fm:x', 'a%00', '*', 'x'.repeat(1000)])
    expect(await get(odd)).toMatchObject({ status: 404 });
  expect(await ask(`${relay.url}/v1/messages/${id}`)).toMatchObject({ status: 401 });
});

it('forgets the oldest when there are more recipients than http.history_limit', async () => {
  const many = Array.from({ length: 60 }, (_, number) => `u${number}@good.test`);
  const first = await send(many);
  expect((await get(first)).status).toBe(200);
  const second = await send(many);
  expect((await get(first)).status).toBe(404);
  expect((await get(second)).status).toBe(200);
});
