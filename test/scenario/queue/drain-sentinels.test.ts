import { expect, it } from 'vitest';
import { queueId } from '../../../src/core/mail/queue-id.ts';
import { until } from '../../lab/until.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { startRedisSentinels } from '../../support/redis-sentinels.ts';
import { runCommand } from '../../support/run-command.ts';
import { startRelay } from '../../support/running-relay.ts';
import { plainPlace } from '../cluster/cluster.ts';
import { incoming, listed, queueFor } from './queue-kit.ts';

const keep = belongings();

const MESSAGES = 120;
/** Runs of the command at most: one ends when the master goes away for too long. */
const MOST_RUNS = 8;

it('queue drain --to sentinel://… goes on at the next master: each message arrives, and is delivered once', async () => {
  const sentinels = keep(await startRedisSentinels());
  const here = keep(await startPrivateRedis());
  const source = await queueFor(keep, here.socketPath, { prefix: 'dane-relay' });
  const arrived: string[] = [];
  const place = await plainPlace(({ data }) => {
    arrived.push(/\bid (\w+)/.exec(data.toString('latin1', 0, 500))?.[1] ?? '');
  });
  keep({ [Symbol.asyncDispose]: place.stop });
  const inDoubt: string[] = [];
  const target = keep(
    await startRelay({
      set: {
        ...place.set,
        'redis.url': sentinels.url,
        'queue.min_replicas': '2',
        'queue.minimal_backoff': '1s',
        'queue.maximal_backoff': '2s',
      },
      onLine(line) {
        const found = /(\w+): (?:relay=\S+, )?nrcpt=1, final dot was sent, no reply seen/.exec(line)?.[1];
        if (found !== undefined) inDoubt.push(found);
      },
    }),
  );

  const ids: string[] = [];
  for (let nth = 0; nth < MESSAGES; nth += 1) {
    const address = place.mailboxes[nth % place.mailboxes.length] ?? '';
    const made = queueId(Date.now() * 1_000 + nth, nth);
    ids.push(made);
    const content = Buffer.from(`Received: by test with ESMTP id ${made}\r\n\r\nText\r\n`);
    const message = incoming([address], [content]);
    const finish = () => {
      const finished = message.finish();
      return { ...finished, message: { ...finished.message, queueId: made } };
    };
    await source.accept({ ...message, queueId: made, finish });
  }

  const drain = async (): Promise<{ readonly waiting?: number; readonly away?: number }> => {
    const words = ['queue', 'drain', '--to', sentinels.url, '--replicas', '2', '--json'];
    const set = { 'redis.url': `unix://${here.socketPath}` };
    const { stdout } = await runCommand(words, set);
    const last = stdout.toString().trimEnd().split('\n').at(-1) ?? '';
    return last.startsWith('{') ? (JSON.parse(last) as { waiting?: number; away?: number }) : {};
  };
  const former = await sentinels.master();
  const first = drain();
  await target.line(/: moved here from /);
  await former.kill();
  await sentinels.replaced(former);
  await former.restart();
  let result = await first;
  for (let runs = 1; runs < MOST_RUNS && (result.waiting !== 0 || result.away !== 0); runs += 1) {
    await sentinels.inStep(2);
    result = await drain();
  }

  expect(result).toMatchObject({ waiting: 0, away: 0 });
  expect(await listed(source)).toEqual([]);
  await until(() => new Set(arrived).size === MESSAGES, 'all to arrive');
  await until(async () => {
    const { stdout } = await runCommand(['queue', 'count', '--json'], { 'redis.url': sentinels.url });
    return (JSON.parse(stdout.toString()) as { deliveries: number }).deliveries === 0;
  }, 'an empty queue');
  expect(new Set(arrived)).toEqual(new Set(ids));
  const twice = arrived.filter((id, at) => arrived.indexOf(id) !== at);
  expect(twice.filter((id) => !inDoubt.includes(id))).toEqual([]);
});
