import { describe, expect, it } from 'vitest';
import type { QueuedDelivery, QueuedMessage } from '../../queue/open-queue.ts';
import { countCommand } from './count-command.ts';
import { showProgress } from './progress.ts';
import { showCommand } from './show-command.ts';
import { reasonsByDestination, whyCommand } from './why-command.ts';

const now = 10_000_000;

function delivery(more: Partial<QueuedDelivery> = {}): QueuedDelivery {
  return {
    queueId: 'A',
    destination: 'x.test',
    state: 'deferred',
    sender: 'a@example.org',
    recipients: ['b@x.test'],
    size: 1000,
    arrivedAt: now - 600_000,
    attempts: 1,
    nextAt: now + 180_000,
    dsn: '4.4.1',
    reason: 'connect to mx.x.test[192.0.2.1]:25: Connection refused',
    ...more,
  };
}

async function* each<T>(all: readonly T[]): AsyncGenerator<T> {
  yield* all;
}

async function printed(
  command: typeof whyCommand,
  deliveries: readonly QueuedDelivery[],
  json = false,
): Promise<readonly string[]> {
  const lines: string[] = [];
  await command(each(deliveries), { json, now, print: (line) => lines.push(line) > 0 });
  return lines;
}

const { nextAt: _, ...held } = delivery();
const some = [
  delivery(),
  delivery({
    queueId: 'B',
    dsn: '4.2.0',
    reason: 'host mx.x.test[192.0.2.1] said: 450 4.2.0 try 4711ab0815cd',
  }),
  delivery({
    queueId: 'C',
    dsn: '4.2.0',
    reason: 'host mx.x.test[192.0.2.1] said: 450 4.2.0 try 0123456789ab',
  }),
  { ...held, destination: 'y.test', state: 'hold', arrivedAt: now - 9_000_000 } as const,
  delivery({ destination: 'z.test', nextAt: now, postponed: 'DNSSEC validation is unavailable' }),
];

describe('queue why', () => {
  it('groups by destination, worst first, and alike reasons', async () => {
    expect(await printed(whyCommand, some)).toEqual([
      'destination waiting oldest next try  why',
      'x.test            3    10m       3m  4.2.0 host mx.x.test[192.0.2.1] said: 450 4.2.0 try 4711ab0815cd',
      '                  1                  4.4.1 connect to mx.x.test[192.0.2.1]:25: Connection refused',
      'y.test            1  2h30m        -  on hold: 4.4.1 connect to mx.x.test[192.0.2.1]:25: Connection refused',
      'z.test            1    10m      now  DNSSEC validation is unavailable',
    ]);
    expect(await printed(whyCommand, [])).toEqual(['Nothing of that waits']);
  });

  it('as JSON', async () => {
    const [first] = await printed(whyCommand, some, true);
    expect(JSON.parse(first ?? '')).toMatchObject({
      schema: 1,
      destination: 'x.test',
      waiting: 3,
      oldestAt: now - 600_000,
      nextAt: now + 180_000,
      reasons: [{ count: 2 }, { count: 1 }],
    });
  });

  it('keeps a bounded number of destinations and reasons, and counts all', async () => {
    async function* many(): AsyncGenerator<QueuedDelivery> {
      for (let at = 0; at < 10_500; at += 1) yield delivery({ destination: `d${at}.test` });
      for (let at = 0; at < 500; at += 1) yield delivery({ reason: `reason no ${'x'.repeat(at)}` });
    }
    const found = await reasonsByDestination(many());
    expect(found).toHaveLength(10_001);
    expect(found[0]).toMatchObject({ destination: '(others)', waiting: 1_000 });
    expect(found[0]?.reasons.length).toBeLessThanOrEqual(20);
    expect(found.reduce((sum, { waiting }) => sum + waiting, 0)).toBe(11_000);
    expect(found[0]?.reasons.reduce((sum, { count }) => sum + count, 0)).toBe(1_000);
  });
});

describe('queue count', () => {
  it('counts by state', async () => {
    expect(await printed(countCommand, some)).toEqual([
      '5 deliveries of 5 KiB, the oldest 2h30m old: 4 deferred, 1 hold',
    ]);
    expect(await printed(countCommand, [])).toEqual(['0 deliveries']);
    expect(JSON.parse((await printed(countCommand, some, true))[0] ?? '')).toEqual({
      schema: 1,
      deliveries: 5,
      bytes: 5000,
      oldestAt: now - 9_000_000,
      states: { incoming: 0, active: 0, deferred: 4, hold: 1, held: 0 },
    });
  });
});

describe('queue show', () => {
  const message: QueuedMessage = {
    queueId: 'A',
    sender: 'a@example.org',
    size: 1000,
    arrivedAt: now - 600_000,
    state: 'deferred',
    forceExpired: false,
    deliveries: [delivery()],
  };
  const content = ['Subject: \u001b[2Jx\r\nTo: b@x.te', 'st\r\n\r\nsecret\r\nbody\r\n'];

  async function shown(options: {
    readonly body?: boolean;
    readonly json?: boolean;
  }): Promise<readonly string[]> {
    const lines: string[] = [];
    const queue = {
      message: async (id: string) => (id === 'A' ? message : undefined),
      content: () => each(content.map((text) => Buffer.from(text))),
    };
    const print = (line: string): boolean => lines.push(line) > 0;
    const all = await showCommand(queue, ['A', 'B'], { json: false, body: false, now, print, ...options });
    expect(all).toBe(false);
    return lines;
  }

  it('tells the envelope and the header, and nothing of the body', async () => {
    const lines = await shown({});
    expect(lines.slice(0, 6)).toEqual([
      `A: 1000 octets, arrived ${new Date(now - 600_000).toISOString()} (10m ago), deferred`,
      'from <a@example.org>',
      'to x.test: deferred, 1 attempt, next try in 3m',
      '    (4.4.1 connect to mx.x.test[192.0.2.1]:25: Connection refused)',
      '    <b@x.test>',
      '',
    ]);
    expect(lines.slice(7)).toEqual(['To: b@x.test', 'B: there is no such message']);
    expect(lines.join()).not.toContain('\u001b');
  });

  it('tells the body where it is asked for', async () => {
    expect((await shown({ body: true })).slice(-4)).toEqual([
      '',
      'secret',
      'body',
      'B: there is no such message',
    ]);
  });

  it('as JSON', async () => {
    const [first = '', second = ''] = await shown({ json: true });
    expect(JSON.parse(second)).toEqual({ schema: 1, queueId: 'B', state: 'unknown' });
    expect(JSON.parse(first)).toMatchObject({
      schema: 1,
      queueId: 'A',
      deliveries: [{ destination: 'x.test' }],
    });
    expect(first).toContain('To: b@x.test');
    expect(first).not.toContain('secret');
    expect(JSON.parse((await shown({ json: true, body: true }))[0] ?? '')).toMatchObject({
      body: 'secret\r\nbody\r\n',
    });
  });
});

describe('a bar', () => {
  it('is shown on a terminal only, and only of what takes a while', () => {
    const written: string[] = [];
    let clock = 0;
    const show = (isTTY: boolean) =>
      showProgress({ isTTY, write: (text) => written.push(text) }, 'messages', 10, () => clock);
    const quick = show(true);
    quick.at(5);
    quick.end();
    const nowhere = show(false);
    clock = 10_000;
    nowhere.at(5);
    nowhere.end();
    expect(written).toEqual([]);
    clock = 0;
    const slow = show(true);
    clock = 1_000;
    slow.at(5);
    slow.at(6);
    slow.end();
    expect(written).toEqual([
      '\r[###############...............]  50 %, 5 of 10 messages\u001b[K',
      '\r\u001b[K',
    ]);
  });
});
