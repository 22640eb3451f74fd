import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { until } from '../../lab/until.ts';
import type { Lab } from '../../lab/lab.ts';
import { belongings, besideOthers } from '../../support/belongings.ts';
import { startPrivateRedis, type PrivateRedis } from '../../support/private-redis.ts';
import { startRedisProxy, type RedisProxy } from '../../support/redis-proxy.ts';
import { labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startSmallLab } from '../../support/small-lab.ts';

let lab: Lab;
const keep = belongings();
beforeAll(async () => {
  lab = await startSmallLab();
});
afterAll(() => lab?.stop());

interface World {
  readonly redis: PrivateRedis;
  readonly proxy: RedisProxy;
  readonly relay: RunningRelay;
}

async function world(set: Record<string, string> = {}, redisSettings = {}): Promise<World> {
  return relayOn(keep(await startPrivateRedis(redisSettings)), set);
}

async function relayOn(redis: PrivateRedis, set: Record<string, string> = {}): Promise<World> {
  const proxy = keep(await startRedisProxy(redis.socketPath));
  const relay = keep(
    await startRelay({
      set: {
        ...labSettings(lab),
        'redis.url': `unix://${proxy.socketPath}`,
        'queue.minimal_backoff': '1s',
        'queue.maximal_backoff': '1s',
        ...set,
      },
    }),
  );
  return { redis, proxy, relay };
}

/** The reply that refuses a mail, or "taken". */
function outcome(relay: RunningRelay, subject: string, to = 'user@good.test'): Promise<string> {
  return sendMail(relay.port, { to, subject }).then(
    () => 'taken',
    (error: Error) => /\d{3} \d\.\d\.\d.*/.exec(error.message)?.[0] ?? error.message,
  );
}

function arrivals(subject: string): number {
  return lab
    .host('mx.good.test')
    .messages.filter(({ data }) => data?.toString().includes(`Subject: ${subject}\r\n`)).length;
}

async function refusedAtOnce(relay: RunningRelay, reply: RegExp): Promise<void> {
  await until(async () => reply.test(await outcome(relay, 'refused')), `a refusal with ${String(reply)}`);
  // A client may hear of it before the watch, which looks once a second.
  await until(async () => 'queue' in (await relay.health()).body.problems, 'health to tell of it');
}

async function takesAgain(relay: RunningRelay, subject: string): Promise<void> {
  await until(async () => (await outcome(relay, subject)) === 'taken', 'mail to be taken again');
  await until(() => arrivals(subject) > 0, 'mail to go out again');
  await until(async () => (await relay.health()).status === 200, 'health');
  expect(relay.matching(/no mail is taken/)).toHaveLength(1);
  expect(relay.matching(/mail is taken again/)).toHaveLength(1);
}

/** What an outage costs while it lasts: nothing is tried again and again without a pause. */
async function stays(calm: World, ms = 3_000): Promise<void> {
  const commands = calm.proxy.commands;
  const lines = calm.relay.lines.length;
  await sleep(ms);
  expect(calm.proxy.commands - commands).toBeLessThan(150);
  expect(calm.relay.lines.length - lines).toBeLessThan(20);
}

describe.concurrent('a Redis that stalls', () => {
  besideOthers('is given up in time, and what it does later with the message is taken back', async () => {
    const { proxy, relay } = await world({ 'queue.accept_timeout': '2s' });
    expect(await outcome(relay, 'before stall')).toBe('taken');
    await until(() => arrivals('before stall') === 1, 'a first mail');
    proxy.stall('requests');
    expect(await outcome(relay, 'stalled')).toBe('451 4.3.0 Error: queue file write error');
    // By now it is known to hang: nobody waits for it any more, not even for the end of a message.
    await relay.line(/no mail is taken: Redis does not answer within 3 s/);
    await refusedAtOnce(relay, /^451 4\.3\.0/);
    proxy.resume();
    await relay.line(/given up, the client was told to send it again/);
    await takesAgain(relay, 'after stall');
    await relay.line(/removed$/);
    expect(arrivals('stalled')).toBe(0);
    expect(relay.matching(/may arrive twice/)).toEqual([]);
  });

  besideOthers('after it took the message, but answers in the end: 250', async () => {
    const { redis, proxy, relay } = await world({ 'queue.accept_timeout': '20s' });
    expect(await outcome(relay, 'first')).toBe('taken'); // Redis knows the scripts now.
    await relay.line(/removed$/);
    proxy.stall('replies');
    const answer = outcome(relay, 'late');
    await until(async () => (await redis.command('KEYS {dane-relay}:m:*')).includes('*1'), 'the accept');
    await sleep(15_500); // Past the time for the command, within that for finding out.
    proxy.resume();
    expect(await answer).toBe('taken');
    await until(() => arrivals('late') === 1, 'the mail');
  });
});

describe.concurrent('a Redis whose host is gone without a word', () => {
  besideOthers('and comes back: no connection is waited on for ever', async () => {
    const { proxy, relay } = await world({ 'queue.accept_timeout': '2s' });
    expect(await outcome(relay, 'before the silence')).toBe('taken');
    await relay.line(/removed$/);
    proxy.freeze();
    await relay.line(/no mail is taken: Redis does not answer within 3 s/);
    await until(
      async () => (await outcome(relay, 'after the silence')) === 'taken',
      'mail to be taken again',
    );
    await until(() => arrivals('after the silence') > 0, 'mail to go out again');
  });
});

describe.concurrent('a Redis that dies behind an accept', () => {
  besideOthers('and had carried it out: the client hears 250, for it is on disk', async () => {
    const { redis, proxy, relay } = await world();
    expect(await outcome(relay, 'before the death')).toBe('taken');
    await relay.line(/removed$/);
    proxy.stall('replies');
    const answer = outcome(relay, 'unanswered');
    await until(async () => (await redis.command('KEYS {dane-relay}:m:*')).includes('*1'), 'the accept');
    await redis.restart();
    proxy.resume();
    expect(await answer).toBe('taken');
    await until(() => arrivals('unanswered') === 1, 'the mail');
    await sleep(200);
    expect(arrivals('unanswered')).toBe(1);
  });
});

describe.concurrent('a Redis that takes no writes', () => {
  besideOthers('because it became a replica: 451, calm, and all resumes', async () => {
    const all = await world();
    const { redis, relay } = all;
    await sendMail(relay.port, { to: 'user@wrong-key.test' });
    await relay.line(/status=deferred/);
    await redis.command('REPLICAOF 127.0.0.1 1');
    await refusedAtOnce(relay, /^451 4\.3\.0/);
    await relay.line(/no mail is taken: .*(?:replica|READONLY)/);
    await stays(all);
    await redis.command('REPLICAOF NO ONE');
    await takesAgain(relay, 'master again');
    const deferrals = relay.matching(/status=deferred/).length;
    await until(() => relay.matching(/status=deferred/).length > deferrals, 'the waiting mail to be tried');
  });

  besideOthers('because it cannot save (MISCONF): 451, calm, and all resumes', async () => {
    const all = await world();
    const { redis, relay } = all;
    // A file cannot be put in the place of a directory.
    await mkdir(join(dirname(redis.socketPath), 'dump.rdb'));
    await redis.command('CONFIG SET save "3600 1"');
    await redis.command('BGSAVE');
    await until(
      async () => (await redis.command('INFO persistence')).includes('rdb_last_bgsave_status:err'),
      'err',
    );
    await refusedAtOnce(relay, /^451 4\.3\.0/);
    await relay.line(/no mail is taken: Redis: MISCONF/);
    await stays(all);
    await redis.command('CONFIG SET save ""');
    await redis.command('CONFIG SET stop-writes-on-bgsave-error no');
    await takesAgain(relay, 'saved again');
  });

  besideOthers('because it is loading: 451, and all resumes', async () => {
    // Eight seconds: the watch has 3 s of patience.
    const { redis, relay } = await world({}, { 'key-load-delay': '1000' });
    await redis.command(`EVAL "for i=1,8000 do redis.call('SET','k'..i,'v') end" 0`);
    await redis.kill();
    const restarted = redis.restart();
    await refusedAtOnce(relay, /^451 4\.3\.0/);
    await restarted;
    await takesAgain(relay, 'loaded');
  });
});

describe.concurrent('a failover', () => {
  besideOthers('to a replica behind the same address: what waits is there, and all resumes', async () => {
    const port = 20_000 + (process.pid % 20_000);
    const redis = keep(
      await startPrivateRedis({ port: String(port), bind: '127.0.0.1', 'repl-diskless-sync-delay': '0' }),
    );
    const other = keep(await startPrivateRedis({ replicaof: `127.0.0.1 ${port}` }));
    await until(
      async () => (await other.command('INFO replication')).includes('master_link_status:up'),
      'sync',
    );
    const { proxy, relay } = await relayOn(redis);
    const waiting = await sendMail(relay.port, { to: 'user@wrong-key.test' });
    await relay.line(/status=deferred/);
    await until(
      async () => (await other.command(`EXISTS {dane-relay}:m:${waiting}`)).includes(':1'),
      'replication',
    );
    await other.command('REPLICAOF NO ONE');
    proxy.leadTo(other.socketPath);
    // The old one lives and is spoken to, until it says that it is no master any more.
    await redis.command('REPLICAOF 127.0.0.1 1');
    const tries = (): number => relay.matching(new RegExp(`${waiting}: to=.*status=deferred`)).length;
    const before = tries();
    await until(async () => (await outcome(relay, 'failed over')) === 'taken', 'mail to be taken again');
    await until(() => arrivals('failed over') > 0, 'mail to go out again');
    await until(() => tries() > before, 'the waiting mail to be tried');
    expect((await other.command('GET nothing')).startsWith('$-1')).toBe(true);
  });
});

describe.concurrent('a full Redis', () => {
  const used = async (redis: PrivateRedis): Promise<number> => {
    const info = await redis.command('INFO memory');
    const number = (name: string) => Number(new RegExp(`${name}:(\\d+)`).exec(info)?.[1]);
    return number('used_memory') - number('mem_not_counted_for_evict');
  };

  besideOthers(
    'is not waited for: 452 from the high watermark on, until below the low one, and mail goes out',
    async () => {
      const { redis, relay } = await world();
      await sendMail(relay.port, { to: 'user@wrong-key.test' });
      const tries = (): number => relay.matching(/status=deferred/).length;
      await until(() => tries() > 0, 'a first try');
      await redis.command(`CONFIG SET maxmemory ${Math.floor((await used(redis)) / 0.9)}`);
      await refusedAtOnce(relay, /^452 4\.3\.1 Insufficient system storage/);
      await relay.line(/no mail is taken: \d\d % of \d+ MiB of memory are in use/);
      const before = tries();
      await until(() => tries() > before, 'the waiting mail to be tried');
      // Below the high mark is not enough.
      await redis.command(`CONFIG SET maxmemory ${Math.floor((await used(redis)) / 0.75)}`);
      await sleep(2_500);
      expect(await outcome(relay, 'too early')).toMatch(/^452/);
      await redis.command('CONFIG SET maxmemory 0');
      await takesAgain(relay, 'emptied');
    },
  );

  besideOthers('that takes nothing at all still lets out what it holds, reports included', async () => {
    const redis = keep(await startPrivateRedis());
    const set = { ...labSettings(lab), 'redis.url': `unix://${redis.socketPath}` };
    const intake = keep(await startRelay({ set, role: 'intake' }));
    await outcome(intake, 'held');
    const from = 'user@good.test';
    await sendMail(intake.port, { from, to: 'user@rejects.test', subject: 'rejected' });
    await redis.command('CONFIG SET maxmemory 1');
    await until(async () => (await outcome(intake, 'refused')).startsWith('452 4.3.1'), 'a refusal');
    const proxy = keep(await startRedisProxy(redis.socketPath));
    const url = `unix://${proxy.socketPath}`;
    const delivery = keep(await startRelay({ set: { ...set, 'redis.url': url }, role: 'delivery' }));
    await until(() => arrivals('held') === 1, 'the mail');
    await delivery.line(/to=<user@good\.test>, orig_to=|from=<>.*nrcpt=1/);
    await until(
      () =>
        lab.host('mx.good.test').messages.some(({ data }) => data?.toString().includes('Subject: rejected')),
      'the report',
    );
    await stays({ redis, proxy, relay: delivery });
    await redis.command('CONFIG SET maxmemory 0');
    await until(async () => (await outcome(intake, 'no maxmemory')) === 'taken', 'mail to be taken again');
    await until(() => arrivals('no maxmemory') === 1, 'mail to go out again');
  });
});
