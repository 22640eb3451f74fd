import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../lab/lab.ts';
import { statusSocket } from '../../../src/config/role.ts';
import { askStatus } from '../../../src/status/ask-status.ts';
import { until } from '../../lab/until.ts';
import { runCommand } from '../../support/run-command.ts';
import { labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startSmallLab } from '../../support/small-lab.ts';

let lab: Lab;
let relay: RunningRelay;
beforeAll(async () => {
  lab = await startSmallLab();
  relay = await startRelay({ set: { ...labSettings(lab), 'queue.minimal_backoff': '1h' } });
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await lab?.stop();
});

const queue = async (words: readonly string[], input = '') => {
  const { code, stdout, stderr } = await runCommand(['queue', ...words], { data_dir: relay.dataDir }, input);
  return { code, lines: stdout.toString().trimEnd().split('\n'), stderr };
};

/** Mail that is deferred: its certificate does not match. */
async function deferred(to = 'user@wrong-key.test'): Promise<string> {
  const queueId = await sendMail(relay.port, { to: [to] });
  await relay.line(new RegExp(`${queueId}: to=.*status=deferred`));
  await until(async () => (await stateOf(queueId)) === 'deferred', 'the deferral');
  return queueId;
}

async function stateOf(queueId: string): Promise<string | undefined> {
  const { lines } = await queue(['list', '--json']);
  const all = lines
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { queueId: string; state: string });
  return all.find((one) => one.queueId === queueId)?.state;
}

const attempts = (queueId: string): number => relay.matching(new RegExp(`${queueId}: to=.*status=`)).length;

it('what is on hold is not tried until it is released, and is listed with its mark', async () => {
  const queueId = await deferred();
  expect(await queue(['hold', queueId])).toEqual({
    code: 0,
    lines: [`${queueId}: placed on hold`],
    stderr: '',
  });
  await relay.line(new RegExp(`postsuper\\[\\d+\\]: ${queueId}: placed on hold$`));
  const { lines } = await queue(['list', '--state', 'hold']);
  expect(lines[0]).toMatch(new RegExp(`^${queueId}! .*, to wrong-key.test, 1 attempt, on hold$`));
  expect((await queue(['flush'])).lines).toEqual(['0 deliveries are due now']);
  expect(await queue(['retry', queueId])).toMatchObject({
    code: 75,
    lines: [`${queueId}: held until "queue release" or "queue delete"`],
  });
  // Ids on standard input, as mailq marks them.
  expect(await queue(['release', '-'], `${queueId}!\n`)).toMatchObject({
    code: 0,
    lines: [`${queueId}: released from hold`],
  });
  await until(() => attempts(queueId) === 2, 'the attempt');
});

it('what is expired is returned with the reason of its last attempt, and no host is asked', async () => {
  const queueId = await deferred();
  expect(await queue(['expire', queueId])).toMatchObject({
    code: 0,
    lines: [`${queueId}: expired: it is returned to its sender at its next attempt`],
  });
  expect(attempts(queueId)).toBe(1);
  const before = relay.matching(/TLS connection established/).length;
  await queue(['retry', queueId]);
  await relay.line(
    new RegExp(`qmgr\\[\\d+\\]: ${queueId}: from=<.*>, status=force-expired, returned to sender$`),
  );
  await relay.line(new RegExp(`${queueId}: sender non-delivery notification: `));
  await relay.line(new RegExp(`${queueId}: removed$`));
  // The reason was in the log when it was found.
  expect(attempts(queueId)).toBe(1);
  expect(relay.matching(/TLS connection established/)).toHaveLength(before);
});

it('what is on hold is returned, too, if it is released for that', async () => {
  const queueId = await deferred();
  await queue(['hold', queueId]);
  expect(await queue(['expire', queueId, '--release'])).toMatchObject({ code: 0 });
  await relay.line(new RegExp(`${queueId}: from=<.*>, status=force-expired, returned to sender$`));
});

it('why, count and show tell what waits', async () => {
  const queueId = await deferred('shown@wrong-key.test');
  const { lines: why } = await queue(['why', '--recipient', 'shown@wrong-key.test']);
  expect(why[0]).toMatch(/^destination +waiting oldest next try  why$/);
  expect(why[1]).toMatch(/^wrong-key\.test +1 +\d+s +\S+  4\.7\.5 .*Server certificate not verified$/);
  expect((await queue(['count', '--recipient', 'shown@wrong-key.test'])).lines[0]).toMatch(
    /^1 delivery of 1 KiB, the oldest \d+s old: 1 deferred$/,
  );
  const { lines } = await queue(['show', queueId]);
  expect(lines[0]).toMatch(new RegExp(`^${queueId}: \\d+ octets, arrived .*, deferred$`));
  expect(lines).toContain('Subject: hello');
  expect(lines).not.toContain('A line of text.');
  expect((await queue(['show', '--body', queueId])).lines).toContain('A line of text.');
  const { lines: postfix } = await queue(['list', '--postfix']);
  expect(postfix.join('\n')).toContain(`{"queue_name": "deferred", "queue_id": "${queueId}", `);
  expect(await queue(['list', '--postfix', '--json'])).toMatchObject({ code: 64 });
  await queue(['delete', queueId]);
});

it('options say which messages are meant', async () => {
  const [one, two] = [await deferred('one@wrong-key.test'), await deferred('two@wrong-key.test')];
  expect(await queue(['delete', '--recipient', 'one@WRONG-key.test', '--older', '0s'])).toMatchObject({
    code: 0,
    lines: [`${one}: removed`, '1 of 1 messages: removed'],
  });
  expect(await queue(['delete', '--reason', 'no such REASON'])).toMatchObject({
    code: 0,
    lines: ['0 of 0 messages: removed'],
  });
  expect(await stateOf(two)).toBe('deferred');
  expect(await queue(['requeue', '--destination', 'wrong-key.test', '--yes', '--json'])).toMatchObject({
    code: 0,
  });
  await until(() => attempts(two) === 2, 'the attempt');
  expect(await queue(['hold'])).toMatchObject({ code: 64 });
  expect(await queue(['hold', two, '--older', '1h'])).toMatchObject({ code: 64 });
  expect(await queue(['hold', '--older', '1x'])).toMatchObject({ code: 64 });
});

it('a running relay shows and does the same at its socket', async () => {
  const queueId = await deferred('page@wrong-key.test');
  const socket = statusSocket(relay.dataDir, 'all');
  const asked = async (path: string, body?: unknown) => {
    const question = body === undefined ? {} : ({ method: 'POST', body: JSON.stringify(body) } as const);
    const reply = await askStatus(socket, path, question);
    return JSON.parse(reply?.body ?? '{}') as Record<string, unknown>;
  };
  const ids: string[] = [];
  for (let cursor = ''; ;) {
    const page = await asked(`/api/queue?limit=1&state=deferred${cursor}`);
    for (const { queueId: id } of page['deliveries'] as { queueId: string }[]) ids.push(id);
    if (page['next'] === undefined) break;
    cursor = `&cursor=${page['next'] as string}`;
  }
  expect(ids).toContain(queueId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(await asked('/api/queue/hold', { ids: [queueId] })).toMatchObject({
    schema: 1,
    acted: [{ queueId, result: 'done', held: 1 }],
  });
  expect(await asked(`/api/queue/${queueId}`)).toMatchObject({ queueId, state: 'hold' });
  expect(await asked('/api/queue/delete', { filter: { recipient: 'page@wrong-key.test' } })).toMatchObject({
    acted: [{ queueId, result: 'done' }],
    more: false,
  });
  await relay.line(new RegExp(`postsuper\\[\\d+\\]: ${queueId}: removed$`));
});
