import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Act, Acted, Queue, QueuedDelivery } from '../../queue/open-queue.ts';
import { actCommand, FEW, type ActTools, type Meant } from './act-command.ts';

const delivery: QueuedDelivery = {
  queueId: '4abc',
  destination: 'x.test',
  state: 'deferred',
  sender: 'a@example.org',
  recipients: ['b@x.test'],
  size: 2048,
  arrivedAt: 0,
  attempts: 2,
};

interface Played {
  readonly end: string;
  readonly acted: readonly string[];
  readonly printed: readonly string[];
  readonly warned: readonly string[];
  readonly pauses: number;
}

async function play(
  what: Act,
  meant: Meant,
  { there = ['A', 'B'], ...tools }: Partial<ActTools> & { readonly there?: readonly string[] } = {},
  work?: (queueId: string) => Promise<Acted>,
): Promise<Played> {
  const acted: string[] = [];
  const printed: string[] = [];
  const warned: string[] = [];
  let pauses = 0;
  async function* list(): AsyncGenerator<QueuedDelivery> {
    for (const queueId of there) yield { ...delivery, queueId };
    // The same messages, at another destination.
    for (const queueId of there) yield { ...delivery, queueId, destination: 'y.test' };
  }
  const queue = {
    list,
    waiting: async () => 2 * there.length,
    untilNoted: async () => void (pauses += 1),
  } as Partial<Queue> as Queue;
  const act = async (queueId: string): Promise<Acted> => {
    acted.push(queueId);
    const result = there.includes(queueId) ? 'done' : 'unknown';
    return { queueId, act: what, result, underWay: 0, held: 0 };
  };
  const end = await actCommand(
    queue,
    work ?? act,
    { what, meant },
    {
      input: Readable.from([]),
      json: false,
      print: (line) => printed.push(line) > 0,
      warn: (line) => void warned.push(line),
      progress: () => ({ at() {}, end() {} }),
      sure: false,
      ...tools,
    },
  );
  return { end, acted, printed, warned, pauses };
}

const ids = (...words: readonly string[]): Meant => ({ kind: 'ids', ids: words });
const all: Meant = { kind: 'filter', filter: {} };

describe('messages that are named', () => {
  it('are told of one by one', async () => {
    expect(await play('release', ids('A', 'C'))).toMatchObject({
      end: 'not all',
      printed: ['A: released from hold', 'C: there is no such message'],
    });
    expect(await play('delete', ids('A'))).toMatchObject({ end: 'all', printed: ['A: removed'] });
  });

  it('may be on standard input, as lists name them', async () => {
    const input = Readable.from(['A\n\n  B!  deferred\r\n', 'C#\nD*# x\n', 'x'.repeat(200)]);
    const { acted } = await play('hold', ids('Z', '-', 'Y'), { input });
    expect(acted).toEqual(['Z', 'A', 'B', 'C', 'D', 'Y']);
  });

  it('are told as JSON to programs', async () => {
    const { printed } = await play('hold', ids('A'), { json: true });
    expect(printed.map((line) => JSON.parse(line) as unknown)).toEqual([
      { schema: 1, queueId: 'A', act: 'hold', result: 'done', underWay: 0, held: 0 },
    ]);
  });

  it('that make no line are printed in one', async () => {
    const { printed } = await play('hold', ids('A\u001b[2J\nB'));
    for (const sign of ['\u001b', '\n']) expect(printed.join('')).not.toContain(sign);
  });
});

describe('messages that options mean', () => {
  const many = Array.from({ length: FEW + 1 }, (_, number) => `M${number}`);

  it('are done to once each, and counted', async () => {
    const { acted, printed, end } = await play('expire', all);
    expect([acted, end]).toEqual([['A', 'B'], 'all']);
    expect(printed.at(-1)).toBe('2 of 2 messages: expired');
  });

  it('need a yes if they are many', async () => {
    const unsure = await play('delete', all, { there: many });
    expect(unsure).toMatchObject({ end: 'not confirmed', acted: [], printed: [] });
    expect(unsure.warned.join()).toBe(
      '11 messages are meant, whole messages with all their recipients: say --yes to delete them',
    );
    expect((await play('delete', all, { there: many, sure: true })).acted).toEqual(many);
  });

  it('are asked about where somebody can answer', async () => {
    const asked: string[] = [];
    const answer = (yes: boolean) => async (question: string) => asked.push(question) > 0 && yes;
    expect((await play('delete', all, { there: many, confirm: answer(false) })).acted).toEqual([]);
    expect((await play('delete', all, { there: many, confirm: answer(true) })).acted).toEqual(many);
    expect(asked[0]).toContain('Really delete them? [y/N] ');
    await play('delete', all, { confirm: answer(false) });
    expect(asked).toHaveLength(2);
  });

  it('are done to several at a time, and told of in their order', async () => {
    let [underWay, most] = [0, 0];
    const hundred = Array.from({ length: 100 }, (_, number) => `M${number}`);
    const slow = async (queueId: string): Promise<Acted> => {
      most = Math.max(most, (underWay += 1));
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      return { queueId, act: 'delete', result: 'done', underWay: 0, held: 0 };
    };
    const { printed } = await play('delete', all, { there: hundred, sure: true }, slow);
    expect(printed.slice(0, -1)).toEqual(hundred.map((id) => `${id}: removed`));
    expect(most).toBe(25);
    // Whoever types names sees what came of one before the next is asked for.
    most = 0;
    await play('delete', ids(...hundred), {}, slow);
    expect(most).toBe(1);
  });

  it('wait for the log now and then', async () => {
    const hundreds = Array.from({ length: 250 }, (_, number) => `M${number}`);
    expect((await play('hold', all, { there: hundreds, sure: true })).pauses).toBe(2);
  });
});
