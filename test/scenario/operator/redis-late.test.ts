import { afterAll, beforeAll, describe, expect } from 'vitest';
import { until } from '../../lab/until.ts';
import type { Lab } from '../../lab/lab.ts';
import { belongings, besideOthers } from '../../support/belongings.ts';
import { startPrivateRedis, type PrivateRedis } from '../../support/private-redis.ts';
import { runCommand } from '../../support/run-command.ts';
import { labSettings, launchRelay, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startSmallLab } from '../../support/small-lab.ts';

/** A Redis of the operator's that is not there when the relay starts: machines boot in any order. */

let lab: Lab;
const keep = belongings();
beforeAll(async () => {
  lab = await startSmallLab();
});
afterAll(() => lab?.stop());

function settings(redis: PrivateRedis): Record<string, string> {
  return { ...labSettings(lab), 'redis.url': `unix://${redis.socketPath}` };
}

/** What the client library says of itself, and what only programmers read. */
const libraryWords =
  /ioredis|enableOfflineQueue|max retries per request|Connection is closed|Command timed out|QueueError|ReplyError|\bE[A-Z]{5,}\b/;

async function goesOut(relay: RunningRelay): Promise<void> {
  let queueId = '';
  await until(async () => {
    queueId = await sendMail(relay.port, { to: 'user@good.test' }).catch(() => '');
    return queueId !== '';
  }, 'mail to be taken');
  await relay.line(new RegExp(`${queueId}: removed`));
}

describe.concurrent('a Redis that is away when the relay starts', () => {
  besideOthers(
    'is waited for: clients are told 451, health says why, and all goes on when it comes',
    async () => {
      const redis = keep(await startPrivateRedis());
      await redis.kill();
      const relay = keep(await startRelay({ set: settings(redis) }));
      await relay.line(/no mail is taken: Redis is not reachable: \S+redis\.sock: Connection refused$/);
      await expect(sendMail(relay.port, { to: 'user@good.test' })).rejects.toThrow('451 4.3.0');
      expect((await relay.health()).body.problems['queue']).toMatch(/^Redis is not reachable: /);
      const commands = [
        ['queue', 'list'],
        ['queue', 'flush'],
        ['queue', 'export'],
        ['queue', 'delete', 'X'],
      ];
      const set = { 'redis.url': `unix://${redis.socketPath}` };
      for (const { code, stderr } of await Promise.all(commands.map((words) => runCommand(words, set))))
        expect([code, stderr]).toEqual([
          75,
          `dane-relay: Redis is not reachable: ${redis.socketPath}: Connection refused\n`,
        ]);
      await redis.restart();
      await relay.line(/mail is taken again/);
      await goesOut(relay);
      expect((await relay.health()).status).toBe(200);
      await redis.kill();
      await relay.line(/mail is taken again/);
      await until(() => relay.matching(/no mail is taken/).length === 2, 'the second outage');
      // What waits for Redis would have thirty seconds.
      await until(() => {
        relay.signal('SIGTERM');
        return relay.matching(/: stopping at once$/).length > 0;
      }, 'the second signal');
      expect(await relay.exited).toBe(0);
      expect(relay.lines.filter((line) => libraryWords.test(line))).toEqual([]);
    },
  );

  besideOthers('is not waited for by a relay that is told to stop', async () => {
    const redis = keep(await startPrivateRedis());
    await redis.kill();
    const relay = keep(await startRelay({ set: settings(redis) }));
    expect(await relay.stop()).toBe(0);
    expect(relay.matching(/did not stop cleanly/)).toEqual([]);
  });

  besideOthers('and loads its data when it comes is waited for, too', async () => {
    const redis = keep(await startPrivateRedis({ 'key-load-delay': '1000' }));
    await redis.command(`EVAL "for i=1,8000 do redis.call('SET','k'..i,'v') end" 0`);
    await redis.kill();
    const restarted = redis.restart();
    const relay = keep(await startRelay({ set: settings(redis) }));
    await restarted;
    await goesOut(relay);
  });

  besideOthers('and is not safe when it comes gets no mail', async () => {
    const redis = keep(await startPrivateRedis({ appendfsync: 'everysec' }));
    await redis.kill();
    const relay = keep(await startRelay({ set: settings(redis) }));
    await redis.restart();
    await until(
      async () => /can lose accepted mail/.test((await relay.health()).body.problems['queue'] ?? ''),
      'health to tell of it',
    );
    await expect(sendMail(relay.port, { to: 'user@good.test' })).rejects.toThrow('451 4.3.0');
  });
});

besideOthers('a Redis that is there and not safe is an error of the settings', async () => {
  const redis = keep(await startPrivateRedis({ appendfsync: 'everysec' }));
  const relay = keep(await launchRelay({ set: settings(redis) }));
  expect(await relay.exited).toBe(78);
  expect(relay.lines.at(-1)).toMatch(
    /^dane-relay: this Redis can lose accepted mail: appendfsync is "everysec"/,
  );
});
