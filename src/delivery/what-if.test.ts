import { describe, expect, it } from 'vitest';
import type { Session } from '../core/delivery/session.ts';
import type { LogEvent } from '../core/log/log-event.ts';
import type { HostPolicy, UsableHost } from '../core/tls-policy/host-policy.ts';
import { createWhatIfTally } from '../core/what-if/counted.ts';
import type { Candidate } from './route.ts';
import type { TriedOut } from './tried-out.ts';
import { createWhatIf } from './what-if.ts';

const skipped: HostPolicy = {
  kind: 'skip',
  reason: 'no TLSA records found',
  dsn: '4.7.5',
  fault: 'no TLSA records',
  warnings: [],
};
const used: UsableHost = {
  kind: 'use',
  level: 'dane-only',
  tlsa: [],
  referenceNames: [],
  warnings: [],
  key: '',
  tls: { versions: ['TLSv1.3'], ciphers: 'medium', exclude: [] },
};

function host(name: string, policy: HostPolicy | undefined | Error, address = '192.0.2.1'): Candidate {
  const whatIf = async (): Promise<TriedOut> => {
    if (policy instanceof Error) throw policy;
    return { level: 'dane-only', policy };
  };
  const own = { host: name, address, port: 25, family: 4, preference: 10, best: true } as const;
  return { ...own, policy: async () => used, whatIf };
}

function world(
  judge = (): { word: 'Verified'; ok: boolean } => ({ word: 'Verified', ok: true }),
  afterTurn = (callback: () => void): void => callback(),
) {
  const log: LogEvent[] = [];
  const counted: string[] = [];
  const tally = createWhatIfTally();
  let judged = 0;
  const stopping = new AbortController();
  const tell = createWhatIf({
    judge: () => {
      judged += 1;
      return judge();
    },
    tally,
    count: (verdict) => counted.push(verdict),
    log: (event) => void log.push(event),
    now: () => Date.UTC(2026, 10, 30),
    afterTurn,
    stopped: stopping.signal,
  });
  const facts = { protocol: 'TLSv1.3', cipher: '', bits: [256, 256] } as const;
  const chain = [new Uint8Array([1])];
  const session = {
    relay: 'mx[192.0.2.1]:25',
    tls: { word: 'Verified', facts, chain },
  } as unknown as Session;
  async function take(
    queueId: string,
    candidates: readonly Candidate[],
    { own = session, hasMore = false }: { readonly own?: Session; readonly hasMore?: boolean } = {},
  ): Promise<void> {
    tell({ queueId, destination: 'x.test', candidate: candidates[0], candidates, hasMore, session: own });
    await new Promise(setImmediate);
  }
  return { log, counted, take, tally, session, stopping, judged: () => judged };
}

describe('mail that has gone', () => {
  it('is told of where it would have waited', async () => {
    const { log, counted, take, tally } = world();
    await take('Q1', [host('mx', skipped)]);
    expect(counted).toEqual(['waits']);
    expect(log.map(({ text }) => text)).toEqual([
      'Q1: what if dane-only: mail for x.test that mx[192.0.2.1]:25 took would have waited: no TLSA records found',
    ]);
    expect(tally.take().get('2026-11-30')?.cases).toMatchObject([{ count: 1, queueIds: ['Q1'] }]);
  });

  const six = ['2', '3', '4', '5', '6', '7'].map((nth) => host(`mx${nth}`, skipped));
  it.each<[string, string, readonly Candidate[], boolean?]>([
    ['another host could have had it', 'elsewhere', [host('mx2', used)]],
    ['the same host could have, at its other address', 'elsewhere', [host('mx', used, '192.0.2.2')]],
    ['nobody knows of the other', 'elsewhere', [host('mx2', undefined)]],
    ['a host cannot be looked up, or a destination comes next', 'elsewhere', [host('mx2', skipped)], true],
    ['there are more than are asked for', 'elsewhere', six],
    ['no other could have had it', 'waits', six.slice(1)],
  ])('would have gone elsewhere, or waited, where %s: %s', async (_, expected, others, hasMore = false) => {
    const { counted, take } = world();
    await take('Q1', [host('mx', skipped), ...others], { hasMore });
    expect(counted).toEqual([expected]);
  });

  it('of one session is judged once, and again under another policy', async () => {
    const { counted, take, judged } = world();
    const one = host('mx', used);
    await take('Q1', [one]);
    await take('Q2', [one]);
    expect(judged()).toBe(1);
    await take('Q3', [host('mx', { ...used })]);
    expect([judged(), counted]).toEqual([2, ['passes', 'passes', 'passes']]);
  });

  it('is judged in a turn of its own, however much has gone at once', async () => {
    const turns: (() => void)[] = [];
    const { take, judged, session } = world(undefined, (callback) => void turns.push(callback));
    for (const queueId of ['Q1', 'Q2', 'Q3'])
      await take(queueId, [host('mx', used)], { own: { ...session } });
    for (const expected of [1, 2, 3]) {
      expect(turns).toHaveLength(expected);
      turns.at(-1)?.();
      await new Promise(setImmediate);
      expect(judged()).toBe(expected);
    }
  });

  it('is nothing to tell of where nothing is tried out, or nobody can say', async () => {
    const { counted, take, tally, log } = world();
    await take('Q1', [{ ...host('mx', used), whatIf: async () => undefined }]);
    await take('Q2', []);
    await take('Q3', [host('mx', undefined)]);
    expect([counted, log]).toEqual([['unknown'], []]);
    expect(tally.take().get('2026-11-30')).toMatchObject({ looked: 1, unknown: 1 });
  });

  it('beyond what is waited for is counted as unknown, until some of that is known', async () => {
    const { counted, take } = world();
    const one = host('mx', used);
    const stalled: Candidate = { ...one, whatIf: () => new Promise(() => {}) };
    let answer: (policy: TriedOut) => void = () => {};
    const waiting: Candidate = { ...one, whatIf: () => new Promise((resolve) => (answer = resolve)) };
    await take('Q1', [waiting]);
    for (let nth = 1; nth < 1_000; nth += 1) void take('Q', [stalled]);
    await take('Q2', [host('mx', undefined)]);
    expect(counted).toEqual(['unknown']);
    answer({ level: 'dane-only', policy: undefined });
    await new Promise(setImmediate);
    await take('Q3', [stalled]);
    expect(counted).toEqual(['unknown', 'unknown']);
    await take('Q4', [stalled]);
    expect(counted).toEqual(['unknown', 'unknown', 'unknown']);
  });

  it('is nothing to tell of once the relay stops: lookups fail because of that', async () => {
    const { log, counted, take, tally, stopping } = world();
    let answer: (policy: TriedOut) => void = () => {};
    const one = { ...host('mx', used), whatIf: () => new Promise<TriedOut>((resolve) => (answer = resolve)) };
    await take('Q1', [one]);
    stopping.abort();
    answer({ level: 'dane-only', policy: skipped });
    await new Promise(setImmediate);
    expect([log, counted, tally.take().size]).toEqual([[], [], 0]);
  });

  it('does not hear of a bug: a line in the log does', async () => {
    const { log, counted, take } = world(() => {
      throw new Error('oops');
    });
    await take('Q1', [host('mx', used)]);
    await take('Q2', [host('mx', new Error('no policy'))]);
    expect(log.map(({ event, text }) => `${event} ${text.slice(0, 150)}`)).toEqual([
      expect.stringMatching(/^bug Q1: internal error, nobody knows .*: Error: oops/),
      expect.stringMatching(/^bug Q2: internal error, nobody knows .*: Error: no policy/),
    ]);
    expect(counted).toEqual([]);
  });
});
