import { describe, expect, it } from 'vitest';
import { BadCursor, QueueError, type Queue, type QueuedDelivery } from '../../queue/open-queue.ts';
import { findRoute } from '../../status/route.ts';
import { queueRoutes } from './queue.ts';

const delivery: QueuedDelivery = {
  queueId: 'A',
  destination: 'x.test',
  state: 'deferred',
  sender: 'a@example.org',
  recipients: ['b@x.test'],
  size: 1,
  arrivedAt: 0,
  attempts: 1,
};

interface Asked {
  readonly status: number;
  readonly answer: unknown;
  readonly calls: readonly unknown[];
}

/** Asks the route that the server would find. */
async function ask(
  method: 'GET' | 'POST',
  path: string,
  body: unknown = '',
  { there = ['A', 'B'], ...more }: Partial<Queue> & { readonly there?: readonly string[] } = {},
): Promise<Asked> {
  const calls: unknown[] = [];
  const queue = {
    async page(wishes) {
      calls.push(wishes);
      if (wishes.cursor === 'bad') throw new BadCursor('no page ended there');
      return { deliveries: [delivery], next: 'there' };
    },
    async *list(wishes) {
      calls.push(wishes);
      for (const queueId of there) yield { ...delivery, queueId };
    },
    async message(queueId) {
      if (queueId !== 'A') return undefined;
      const { destination: _, recipients: __, attempts: ___, ...message } = delivery;
      return { ...message, state: 'deferred', forceExpired: false, deliveries: [delivery] };
    },
    async act(act, queueId) {
      calls.push([act, queueId]);
      return { act, queueId, result: 'done', underWay: 0, held: 0 };
    },
    untilNoted: async () => {},
    ...more,
  } satisfies Partial<Queue>;
  const url = new URL(`http://relay${path}`);
  const found = findRoute(
    queueRoutes(queue, () => 10_000_000),
    method,
    url.pathname,
  );
  if (found === 'unknown path' || !('route' in found)) throw new Error('no route');
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const signal = new AbortController().signal;
  const given = await found.route.answer({
    url,
    via: 'socket',
    access: { look: true, act: true, pageToken: '' },
    body: async () => text,
    signal,
  });
  return { status: given.status, answer: JSON.parse(given.body as string) as unknown, calls };
}

describe('GET /api/queue', () => {
  it('gives a page of what is meant, and where the next begins', async () => {
    const path = '/api/queue?older=1h&sender=a%40b.test&sender=%3C%3E&limit=7&cursor=c';
    expect(await ask('GET', path)).toEqual({
      status: 200,
      answer: { schema: 1, deliveries: [delivery], next: 'there' },
      calls: [{ filter: { arrivedBefore: 6_400_000, senders: ['a@b.test', '<>'] }, count: 7, cursor: 'c' }],
    });
    expect((await ask('GET', '/api/queue')).calls).toEqual([{ filter: {}, count: 100 }]);
  });

  it.each([
    ['older=soon', 'older is a whole number and ms, s, m, h or d, not "soon"'],
    ['limit=0', 'limit is a number from 1 to 1000'],
    ['limit=x', 'limit is a number from 1 to 1000'],
    ['cursor=bad', 'no page ended there'],
  ])('?%s makes no sense', async (query, error) => {
    expect(await ask('GET', `/api/queue?${query}`)).toMatchObject({ status: 400, answer: { error } });
  });

  it('says so when the queue is out of reach', async () => {
    const page = async () => Promise.reject(new QueueError('QUEUE_UNAVAILABLE', 'Redis is not reachable'));
    expect(await ask('GET', '/api/queue', '', { page })).toMatchObject({
      status: 503,
      answer: { error: 'Redis is not reachable' },
    });
  });
});

describe('GET /api/queue/ID', () => {
  it('gives the message', async () => {
    expect(await ask('GET', '/api/queue/A')).toMatchObject({
      status: 200,
      answer: { schema: 1, queueId: 'A', deliveries: [delivery] },
    });
    expect(await ask('GET', '/api/queue/B')).toMatchObject({ status: 404 });
    expect(await ask('GET', '/api/queue/%FF')).toMatchObject({ status: 404 });
  });
});

describe('POST /api/queue/ACT', () => {
  it('acts on what is named, once each', async () => {
    const asked = await ask('POST', '/api/queue/hold', { ids: ['A', 'B', 'A'] });
    expect(asked).toMatchObject({ status: 200, answer: { schema: 1, more: false } });
    expect(asked.calls).toEqual([
      ['hold', 'A'],
      ['hold', 'B'],
    ]);
  });

  it('acts on what is meant, so many at a time', async () => {
    const asked = await ask('POST', '/api/queue/retry', {
      filter: { destination: 'x.test', state: ['deferred'] },
    });
    expect(asked.calls).toEqual([
      { filter: { destination: 'x.test', states: ['deferred'] } },
      ['retry', 'A'],
      ['retry', 'B'],
    ]);
    const there = Array.from({ length: 1_001 }, (_, number) => `M${number}`);
    const many = await ask('POST', '/api/queue/delete', { filter: { reason: 'x' } }, { there });
    expect(many.answer).toMatchObject({ more: true });
    expect(many.calls).toHaveLength(1_001);
  });

  it.each([
    ['{', 'the body is not JSON'],
    ['"A"', 'the body is not JSON'],
    [{}, 'either "ids" or "filter" is wanted'],
    [{ ids: ['A'], filter: {} }, 'either "ids" or "filter" is wanted'],
    [{ ids: 'A' }, 'either "ids" or "filter" is wanted'],
    [{ ids: Array.from({ length: 1_001 }, () => 'A') }, 'ids are at most 1000'],
    [{ filter: {} }, 'the filter is empty'],
    [{ filter: { colour: 'red' } }, '"colour" is no filter, or no text'],
    [{ filter: { state: 5 } }, '"state" is no filter, or no text'],
    [{ filter: { state: 'lost' } }, 'state is one of incoming, active, deferred, hold, held, not "lost"'],
  ])('%j is refused, and nothing is done', async (body, error) => {
    expect(await ask('POST', '/api/queue/delete', body)).toEqual({
      status: 400,
      answer: { schema: 1, error },
      calls: [],
    });
  });
});
