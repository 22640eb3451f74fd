import { describe, expect, it } from 'vitest';
import type { Queue, QueuedDelivery } from '../queue/open-queue.ts';
import type { ListedDrop } from '../maildrop/list-maildrop.ts';
import { duration } from '../core/duration-text.ts';
import { listCommand } from './queue-commands.ts';

const deferred: QueuedDelivery = {
  queueId: '4abc',
  destination: 'x.test',
  state: 'deferred',
  sender: 'a@example.org',
  recipients: ['b@x.test'],
  size: 2048,
  arrivedAt: 0,
  attempts: 2,
  nextAt: 700_000,
  dsn: '4.7.5',
  reason: 'Server certificate not verified',
};

async function printed(
  deliveries: readonly QueuedDelivery[],
  json: boolean,
  unfinished = { messages: 0, bytes: 0 },
  dropped: readonly ListedDrop[] = [],
): Promise<readonly string[]> {
  const lines: string[] = [];
  async function* list(): AsyncGenerator<QueuedDelivery> {
    yield* deliveries;
  }
  const queue = { list, unfinished: async () => unfinished } as Partial<Queue> as Queue;
  async function* drops(): AsyncGenerator<ListedDrop> {
    yield* dropped;
  }
  await listCommand(queue, {
    json,
    now: 400_000,
    dropped: drops(),
    print: (line) => lines.push(line) > 0,
  });
  return lines;
}

describe('listCommand()', () => {
  it('tells of each delivery what it is, when it is tried again and why it waits', async () => {
    expect(await printed([deferred], false)).toEqual([
      '4abc  2048 bytes, 6m old, from <a@example.org>, to x.test, 2 attempts, next try in 5m',
      '    (4.7.5 Server certificate not verified)',
      '    <b@x.test>',
      '-- 2 KiB in 1 delivery: 1 deferred, 0 active, 0 incoming, 0 held',
    ]);
  });

  it('marks what is held', async () => {
    const { nextAt: _, ...rest } = deferred;
    expect(await printed([{ ...rest, state: 'held' }], false)).toMatchObject([
      '4abc! 2048 bytes, 6m old, from <a@example.org>, to x.test, 2 attempts, held',
      '    (4.7.5 Server certificate not verified)',
      '    <b@x.test>',
      '-- 2 KiB in 1 delivery: 0 deferred, 0 active, 0 incoming, 1 held',
    ]);
  });

  it('tells how long the destination is left alone', async () => {
    const until = (suspendedUntil: number) => printed([{ ...deferred, suspendedUntil }], false);
    expect((await until(640_000))[0]).toMatch(/2 attempts, next try in 5m, destination suspended for 4m$/);
    expect((await until(400_000))[0]).toMatch(/next try in 5m$/);
  });

  it('shows what waits in the maildrop', async () => {
    const drop = {
      queueId: 'n4m3',
      uid: 33,
      size: 1024,
      arrivedAt: 340_000,
      sender: 'www-data',
      recipients: ['b@x.test'],
    };
    const none = { messages: 0, bytes: 0 };
    expect(await printed([deferred], false, none, [drop])).toEqual([
      ...(await printed([deferred], false)).slice(0, 3),
      'n4m3  1024 bytes, 60s old, from <www-data>, uid 33, in the maildrop: not picked up yet',
      '    <b@x.test>',
      '-- 3 KiB in 2 deliveries: 1 deferred, 0 active, 0 incoming, 0 held, 1 in the maildrop',
    ]);
    const json = await printed([], true, none, [drop]);
    expect(json.map((line) => JSON.parse(line))).toEqual([{ ...drop, state: 'maildrop' }]);
  });

  it('says when there is nothing', async () => {
    expect(await printed([], false)).toEqual(['Mail queue is empty']);
    expect(await printed([], true)).toEqual([]);
  });

  it('marks what is on hold, and what is returned to its sender', async () => {
    const { nextAt: _, ...rest } = deferred;
    const lines = await printed(
      [
        { ...rest, state: 'hold', forceExpired: true },
        { ...deferred, forceExpired: true },
      ],
      false,
    );
    expect(lines.filter((line) => /^4abc|^--/.test(line))).toEqual([
      '4abc!# 2048 bytes, 6m old, from <a@example.org>, to x.test, 2 attempts, on hold',
      '4abc# 2048 bytes, 6m old, from <a@example.org>, to x.test, 2 attempts, next try in 5m',
      '-- 4 KiB in 2 deliveries: 1 deferred, 0 active, 0 incoming, 0 held, 1 on hold',
    ]);
  });

  it('tells of content that is not complete', async () => {
    expect(await printed([], false, { messages: 3, bytes: 5000 })).toEqual([
      'Mail queue is empty',
      '-- and 5 KiB of 3 messages that are not complete: nobody has got a 250 for them',
    ]);
    expect(await printed([], true, { messages: 3, bytes: 5000 })).toEqual([]);
  });

  it('prints an object a line for programs', async () => {
    expect((await printed([deferred, deferred], true)).map((line) => JSON.parse(line) as unknown)).toEqual([
      deferred,
      deferred,
    ]);
  });
});

describe('duration()', () => {
  it.each([
    [0, '0s'],
    [119_000, '119s'],
    [120_000, '2m'],
    [7_500_000, '2h05m'],
    [187_200_000, '2d04h'],
  ])('%i ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});
