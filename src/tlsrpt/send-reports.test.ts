import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { LogEvent } from '../core/log/log-event.ts';
import { doneMark } from '../core/tlsrpt/delivery-plan.ts';
import { sendNext, sendReports, type ReadyReport, type ReportStore, type SendPorts } from './send-reports.ts';
import type { KnownWish } from './wishes.ts';

const fields = new Map([
  ['p a', '{"policy-type":"no-policy-found","policy-string":[],"policy-domain":"x.test","mx-host":[]}'],
  ['s a', '2'],
  ['name', 'n1'],
]);
const mail = { kind: 'mailto', mailbox: 'tls@x.test' } as const;
const web = { kind: 'https', url: 'https://r.test/v1' } as const;
const wanted = (...addresses: readonly (typeof mail | typeof web)[]): KnownWish => ({
  kind: 'wanted',
  addresses,
});

function world(
  more: Partial<SendPorts> = {},
  stored: ReadonlyMap<string, string> = fields,
  suppressed: readonly string[] = [],
  bugs: unknown[] = [],
) {
  const settled: Parameters<ReportStore['settleReport']>[0][] = [];
  const mailed: [string, ReadyReport][] = [];
  const posted: string[] = [];
  const lines: LogEvent[] = [];
  let left = 1;
  const ports: SendPorts = {
    store: {
      takeReport: async () => ((left -= 1) < 0 ? undefined : { name: '2026-11-28 x.test', fields: stored }),
      async settleReport(one) {
        settled.push(one);
        return true;
      },
      suppressedOf: async (names) => new Set(suppressed.filter((name) => names.includes(name))),
    },
    submitter: { organizationName: 'Relay', contact: 'tls@relay.test' },
    wishOf: async () => wanted(mail),
    async mail(to, report) {
      mailed.push([to, report]);
      return 'queued';
    },
    async post(url) {
      posted.push(url);
      return { status: 201 };
    },
    log: (line) => void lines.push(line),
    trouble: (error) => void bugs.push(error),
    now: () => 1_000,
    ...more,
  };
  return { ports, settled, mailed, posted, texts: () => lines.map(({ text }) => text) };
}

const send = (ports: SendPorts, stopping = new AbortController().signal) => sendNext(ports, stopping);

const again = (settled: readonly Parameters<ReportStore['settleReport']>[0][]) =>
  settled.map((one) => one.again && { at: one.again.at, ...(JSON.parse(one.again.progress) as object) });

describe('sendNext()', () => {
  test('brings a report to everybody who wants it', async () => {
    const { ports, settled, mailed, posted, texts } = world({ wishOf: async () => wanted(mail, web) });
    expect(await send(ports)).toBe(true);
    expect(await send(ports)).toBe(false);
    expect(again(settled)).toEqual([undefined]);
    expect(posted).toEqual([web.url]);
    const [[to, report] = []] = mailed;
    expect(to).toBe('tls@x.test');
    const json = JSON.parse(gunzipSync(report?.gzip ?? Buffer.alloc(0)).toString()) as Record<
      string,
      unknown
    >;
    expect(json['report-id']).toBe('20261128.x.test.n1@relay.test');
    expect(texts()).toEqual([
      'TLS report for x.test of 2026-11-28: sent to mailto:tls@x.test, 2 sessions well, 0 failed',
      'TLS report for x.test of 2026-11-28: sent to https://r.test/v1, 2 sessions well, 0 failed',
    ]);
  });

  test('tries again whom it did not reach, and nobody else', async () => {
    const before = world({ wishOf: async () => wanted(mail, web), post: async () => ({ status: 500 }) });
    await send(before.ports);
    const progress = { attempts: 1, since: 1_000, done: [doneMark(mail)] };
    expect(again(before.settled)).toEqual([{ at: 301_000, ...progress }]);
    const stored = new Map([...fields, ['progress', JSON.stringify(progress)]]);
    const after = world({ wishOf: async () => wanted(mail, web) }, stored);
    await send(after.ports);
    expect([after.mailed.length, after.posted.length]).toEqual([0, 1]);
    expect(again(after.settled)).toEqual([undefined]);
  });

  test.each([
    ['a redirection', { status: 301 }, 'answers 301'],
    ['no answer', { problem: 'no answer within 30 s' }, 'no answer within 30 s'],
  ])('takes %s for no success', async (_, posted, why) => {
    const { ports, settled, texts } = world({ wishOf: async () => wanted(web), post: async () => posted });
    await send(ports);
    expect(settled[0]?.again).toBeDefined();
    expect(texts()[0]).toContain(`not taken by https://r.test/v1: ${why}; again at 1970-01-01T00:05:01.000Z`);
  });

  test('gives up after a day', async () => {
    const stored = new Map([...fields, ['progress', '{"attempts":10,"since":0,"done":[]}']]);
    const wish = {
      wishOf: async () => wanted(web),
      post: async () => ({ status: 500 }),
      now: () => 86_400_000,
    };
    const { ports, settled, texts } = world(wish, stored);
    await send(ports);
    expect(again(settled)).toEqual([undefined]);
    expect(texts()[0]).toMatch(/given up after a day$/);
  });

  test('looks at the record again before it sends', async () => {
    const gone = world({ wishOf: async () => ({ kind: 'none', reason: 'no record' }) });
    await send(gone.ports);
    expect([gone.mailed.length, again(gone.settled)]).toEqual([0, [undefined]]);
    expect(gone.texts()).toEqual(['TLS report for x.test of 2026-11-28: not sent: no record']);
    const unknown = world({ wishOf: async () => ({ kind: 'unknown', detail: 'SERVFAIL' }) });
    await send(unknown.ports);
    expect([unknown.mailed.length, unknown.settled[0]?.again?.at]).toEqual([0, 301_000]);
  });

  test('sends nothing to whom the operator has suppressed', async () => {
    const domain = world({}, fields, ['x.test']);
    await send(domain.ports);
    expect([domain.mailed.length, again(domain.settled)]).toEqual([0, [undefined]]);
    const address = world({ wishOf: async () => wanted(mail, web) }, fields, ['tls@x.test']);
    await send(address.ports);
    expect([address.mailed.length, address.posted.length, again(address.settled)]).toEqual([
      0,
      1,
      [undefined],
    ]);
    expect(address.texts()[0]).toBe(
      'TLS report for x.test of 2026-11-28: not sent: mailto:tls@x.test: suppressed',
    );
  });

  test('sends no mail that nothing signs', async () => {
    const { ports, settled, texts } = world({ mail: async () => 'no key' });
    await send(ports);
    expect(again(settled)).toEqual([undefined]);
    expect(texts()).toEqual(['TLS report for x.test of 2026-11-28: not sent: mailto:tls@x.test: no key']);
  });

  test('keeps who has it already, if the queue does not take the mail', async () => {
    const { ports, settled, texts } = world({
      wishOf: async () => wanted(web, mail),
      mail: async () => ({ why: 'no room' }),
    });
    await send(ports);
    expect(again(settled)).toEqual([{ at: 301_000, attempts: 1, since: 1_000, done: [doneMark(web)] }]);
    expect(texts()[1]).toContain('not taken by mailto:tls@x.test: no room; again at');
  });

  test('keeps it, too, if there is a bug, and tells of that', async () => {
    const bugs: unknown[] = [];
    const bug = new Error('a bug');
    const more = { wishOf: async () => wanted(web, mail), mail: () => Promise.reject(bug) };
    const { ports, settled } = world(more, fields, [], bugs);
    await send(ports);
    expect(again(settled)).toEqual([{ at: 301_000, attempts: 1, since: 1_000, done: [doneMark(web)] }]);
    expect(bugs).toEqual([bug]);
  });

  test('leaves a report to the end of its lease if the store is away, without a word', async () => {
    const { ports, texts } = world({ mail: async () => ({ why: 'Redis is not reachable' }) });
    const settleReport = () => Promise.reject(new Error('Redis is not reachable'));
    await expect(send({ ...ports, store: { ...ports.store, settleReport } })).rejects.toThrow('Redis');
    expect(texts()).toEqual([]);
  });

  test('takes an end of the relay for no failure', async () => {
    const stopping = new AbortController();
    const { ports, settled, texts } = world({
      wishOf: async () => wanted(mail, web),
      async post() {
        stopping.abort();
        return { problem: 'stopped' };
      },
    });
    await send(ports, stopping.signal);
    const progress = { attempts: 0, since: 1_000, done: [doneMark(mail)] };
    expect(again(settled)).toEqual([{ at: 1_000, ...progress }]);
    expect(texts()).toHaveLength(1);
    const early = world({ wishOf: () => Promise.reject(new Error('aborted')) });
    await send(early.ports, stopping.signal);
    expect(again(early.settled)).toEqual([{ at: 1_000, attempts: 0, since: 1_000, done: [] }]);
  });
});

describe('sendReports()', () => {
  test.each<[string, Partial<SendPorts>]>([
    ['a server', { wishOf: async () => wanted(web), post: (_, __, signal) => untilEnd(signal) }],
    ['the DNS', { wishOf: (_, signal) => untilEnd(signal) }],
  ])('ends though %s never answers', async (_, more) => {
    const { ports, settled } = world(more);
    const sender = sendReports(ports);
    await new Promise((resolve) => setImmediate(resolve));
    await sender.stop();
    expect(settled[0]?.again?.at).toBe(1_000);
  });

  test('tells of what is not said elsewhere', async () => {
    const bugs: unknown[] = [];
    const { ports } = world({}, fields, [], bugs);
    const bug = new Error('a bug');
    const sender = sendReports({
      ...ports,
      store: { ...ports.store, takeReport: () => Promise.reject(bug) },
    });
    await new Promise((resolve) => setImmediate(resolve));
    await sender.stop();
    expect(new Set(bugs)).toEqual(new Set([bug]));
  });
});

function untilEnd(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
  });
}
