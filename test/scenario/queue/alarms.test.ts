import { expect, it } from 'vitest';
import { openAlarms, type Alarms } from '../../../src/queue/alarms/alarms.ts';
import type { AlarmWorker } from '../../../src/queue/alarms/alarm-worker.ts';
import { connectRedis } from '../../../src/queue/redis/redis.ts';
import { until } from '../../lab/until.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { belongings } from '../../support/belongings.ts';

/** Alarms and the calls for them come from several places, in any order. */

const keep = belongings();

async function alarmsOf(): Promise<{ alarms: Alarms; gone: string[] }> {
  const redis = keep(await startPrivateRedis());
  const commands = connectRedis(redis.socketPath, { patience: 'patient' });
  const alarms = openAlarms(redis.socketPath, 'test', commands, () => {});
  const gone: string[] = [];
  const worker: AlarmWorker = alarms.listen(
    async (destination) => {
      gone.push(destination);
      return 'done';
    },
    { room: () => 10, whenRoom: async () => {}, onTrouble: () => {}, mayTake: () => true },
  );
  keep({
    async [Symbol.asyncDispose]() {
      await worker.stop();
      await alarms.close();
      commands.disconnect();
    },
  });
  return { alarms, gone };
}

it('a call for an alarm that is only about to be set, as by the sweeper at the start, is not lost', async () => {
  const { alarms, gone } = await alarmsOf();
  await alarms.wake([{ destination: 'x.test', action: 'promote', job: '7' }]);
  await alarms.set('x.test', '7', Date.now() + 600_000);
  await until(() => gone.includes('x.test'), 'the alarm');
});

it('an alarm that sleeps although its mail is overdue goes off when it is hurried', async () => {
  const { alarms, gone } = await alarmsOf();
  await alarms.set('x.test', '8', Date.now() + 600_000);
  expect(await alarms.exists('8')).toBe(true);
  await alarms.expedite('8');
  await until(() => gone.includes('x.test'), 'the alarm');
});
