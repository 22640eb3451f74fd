import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Act, Queue, QueuedMessage } from '../../queue/open-queue.ts';
import { readOptions } from './options.ts';
import { parsePostqueue } from './postqueue.ts';
import { parsePostsuper, postsuperCommand } from './postsuper.ts';
import { parseQshape, qshapeCommand } from './qshape.ts';
import type { ShownMessage } from './shown-message.ts';

async function* each<T>(all: readonly T[]): AsyncGenerator<T> {
  yield* all;
}

describe('options', () => {
  it.each<[readonly string[], unknown]>([
    [[], { options: [], operands: [] }],
    [
      ['-fv', 'x'],
      {
        options: [
          { letter: 'f', value: '' },
          { letter: 'v', value: '' },
        ],
        operands: ['x'],
      },
    ],
    [['-ifoo'], { options: [{ letter: 'i', value: 'foo' }], operands: [] }],
    [['-i', '-'], { options: [{ letter: 'i', value: '-' }], operands: [] }],
    [['--', '-f'], { options: [], operands: ['-f'] }],
    [['-', '-f'], { options: [], operands: ['-', '-f'] }],
    [['-i'], { options: [], operands: [], trouble: "option requires an argument -- 'i'" }],
    [['-x'], { options: [], operands: [], trouble: "invalid option -- 'x'" }],
    [['-:'], { options: [], operands: [], trouble: "invalid option -- ':'" }],
  ])('%j', (argv, expected) => {
    expect(readOptions(argv, 'fi:v')).toEqual(expected);
  });
});

describe('postqueue', () => {
  it.each<[readonly string[], unknown]>([
    [['-p'], { kind: 'list' }],
    [['-vj'], { kind: 'list as JSON' }],
    [['-c', '/etc', '-f'], { kind: 'flush' }],
    [['-i4jX6Z215f0zwqHvm'], { kind: 'flush message', queueId: '4jX6Z215f0zwqHvm' }],
    [['-s', 'example.org'], { kind: 'flush site', site: 'example.org' }],
    [['-s', '[192.0.2.1]'], { kind: 'flush site', site: '[192.0.2.1]' }],
  ])('%j', (argv, request) => {
    expect(parsePostqueue(argv)).toEqual(request);
  });

  it.each([[[]], [['-p', '-j']], [['-p', 'x']], [['-i', 'a/b']], [['-s', 'a b']], [['-z']]])(
    '%j is refused',
    (argv) => {
      expect(parsePostqueue(argv)).toMatchObject({ kind: 'refused' });
    },
  );
});

describe('postsuper', () => {
  const states = new Map<string, QueuedMessage['state']>([
    ['A', 'deferred'],
    ['B', 'hold'],
    ['C', 'active'],
  ]);
  const messages = [...states].map(
    ([queueId, state]) => ({ queueId, state }) as Partial<QueuedMessage> as QueuedMessage,
  );

  async function play(words: readonly string[], input = '') {
    const acted: string[] = [];
    const said: string[] = [];
    const queue = {
      async act(act: Act, queueId: string) {
        acted.push(`${act} ${queueId}`);
        const result = act === 'release' && states.get(queueId) !== 'hold' ? 'nothing' : 'done';
        return { act, queueId, result, underWay: 0, held: 0 } as const;
      },
      message: async (queueId: string) => messages.find((one) => one.queueId === queueId),
      messages: () => each(messages),
      untilNoted: async () => {},
    } satisfies Partial<Queue>;
    const request = parsePostsuper(words);
    if (request.kind === 'refused') return { acted, said: [request.reason] };
    await postsuperCommand(queue, request, {
      input: Readable.from([input]),
      say: (line) => said.push(line),
    });
    return { acted, said };
  }

  it('acts in the order of its command line, and sums up in the order of Postfix', async () => {
    expect(await play(['-h', 'A', '-H', 'B', '-d', 'C'])).toEqual({
      acted: ['hold A', 'release B', 'delete C'],
      said: [
        'postsuper: A: placed on hold',
        'postsuper: B: released from hold',
        'postsuper: C: removed',
        'postsuper: Deleted: 1 message',
        'postsuper: Placed on hold: 1 message',
        'postsuper: Released from hold: 1 message',
      ],
    });
  });

  it('looks where each act is for, unless queues are named', async () => {
    expect((await play(['-h', 'ALL'])).acted).toEqual(['hold A', 'hold C']);
    expect((await play(['-H', 'ALL'])).acted).toEqual(['release B']);
    expect((await play(['-r', 'ALL', 'deferred', 'hold'])).acted).toEqual(['requeue A', 'requeue B']);
    expect((await play(['-h', 'B'])).said).toEqual(['postsuper: Placed on hold: 0 messages']);
    expect((await play(['-d', 'A', 'hold'])).acted).toEqual([]);
  });

  it('-f expires and releases; of all at once only their number is told', async () => {
    expect(await play(['-f', 'ALL'])).toEqual({
      acted: ['expire A', 'release A', 'expire B', 'release B', 'expire C', 'release C'],
      said: ['postsuper: Force-expired: 3 messages', 'postsuper: Released from hold: 1 message'],
    });
    expect((await play(['-f', 'B'])).said.slice(0, 2)).toEqual([
      'postsuper: B: expired',
      'postsuper: B: released from hold',
    ]);
  });

  it('reads ids from standard input', async () => {
    expect((await play(['-d', '-'], 'A\nB! x\nnone\n../etc\n')).said).toEqual([
      'postsuper: A: removed',
      'postsuper: B: removed',
      'postsuper: warning: invalid mail queue id: ../etc',
      'postsuper: Deleted: 2 messages',
    ]);
  });

  it('refuses what Postfix refuses', async () => {
    expect((await play(['-d', 'ALL', 'everything'])).said).toEqual(['invalid directory name: everything']);
    expect((await play(['-x'])).said[0]).toMatch(/^usage: postsuper /);
    expect(await play(['-psS'])).toEqual({ acted: [], said: [] });
  });
});

describe('qshape', () => {
  const now = 100_000_000_000;
  const minutes = (count: number): number => now - count * 60_000;
  const message = (age: number, sender: string, ...to: readonly string[]): ShownMessage => ({
    queueName: 'deferred',
    queueId: 'A',
    sender,
    size: 1,
    arrivedAt: minutes(age),
    forceExpired: false,
    recipients: to.map((address) => ({ address, reason: '' })),
  });
  const all = [
    message(1, 'a@one.test', 'x@b.test', 'y@B.test'),
    message(30, 'a@two.test', 'x@c.test'),
    message(5_000, 'MAILER-DAEMON', 'x@..d.test.', 'z@b.test'),
  ];

  async function shape(...words: readonly string[]): Promise<readonly string[]> {
    const request = parseQshape([...words, 'deferred'], false);
    if (request.kind === 'refused') throw new Error(request.reason);
    const lines: string[] = [];
    await qshapeCommand(each(all), request, now, (line) => lines.push(line) > 0);
    return lines;
  }

  it('counts by domain and age', async () => {
    expect(await shape()).toEqual([
      '                                         T  5 10 20 40 80 160 320 640 1280 1280+',
      '                                  TOTAL  5  2  0  0  1  0   0   0   0    0     2',
      '                                 b.test  3  2  0  0  0  0   0   0   0    0     1',
      '                                 c.test  1  0  0  0  1  0   0   0   0    0     0',
      '                                 d.test  1  0  0  0  0  0   0   0   0    0     1',
    ]);
  });

  it('looks into the queues that are named', async () => {
    const request = parseQshape([], false);
    expect(request).toMatchObject({ buckets: 10, tick: 5, width: 80, top: 0 });
    expect(request.kind === 'shape' && [...request.queues]).toEqual(['incoming', 'active']);
    expect(parseQshape([], true)).toMatchObject({ top: 20 });
    expect(parseQshape(['-h'], false)).toMatchObject({ kind: 'refused' });
  });
});
