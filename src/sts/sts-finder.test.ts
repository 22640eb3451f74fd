import { describe, expect, test } from 'vitest';
import type { Answer, Lookup } from '../core/dns/answer.ts';
import type { Fetched } from '../core/sts/fetch-memory.ts';
import type { PolicyUse, RefreshFailure, StoredPolicy } from '../core/sts/known-policy.ts';
import { fetchError } from '../core/sts/policy-reply.ts';
import type { StsMode } from '../core/sts/sts-policy.ts';
import { createStsFinder, type FinderPorts, type StsFinder } from './sts-finder.ts';

/** RFC 8461 §3.3, §5.1: what applies, by what is stored, what the DNS says, and what the policy host gives. */

const minute = 60_000;
const day = 86_400_000;

interface World {
  now: number;
  txt: readonly string[] | 'SERVFAIL';
  file: Fetched | 'silent' | (() => Promise<Fetched>);
  /** Fetches under way, and the most there were. */
  underWay: number;
  most: number;
  uses: number;
  usesFail: boolean;
  readonly stored: Map<string, StoredPolicy>;
  readonly failures: Map<string, RefreshFailure>;
  /** On whose behalf policies were written. */
  readonly writers: ('mail' | 'refresh')[];
  /** When refreshes that failed are tried again. */
  readonly retries: number[];
  readonly fetches: string[];
  readonly lines: string[];
  /** Errors that the finder tells of. */
  readonly told: string[];
  readonly finder: StsFinder;
  lookup: Lookup;
  isAway: boolean;
}

function policy(mode: StsMode, maxAge = 3_600): Fetched {
  return { kind: 'policy', policy: { mode, maxAge, mx: ['mx.test'], lines: [`mode: ${mode}`] } };
}

const notFound: Fetched = { kind: 'trouble', trouble: fetchError('http-404', 'HTTP status 404') };

function world(ports: Partial<FinderPorts> = {}): World {
  const made: World = {
    now: 1_000 * day,
    txt: ['v=STSv1; id=a;'],
    file: policy('enforce'),
    stored: new Map(),
    failures: new Map(),
    writers: [],
    retries: [],
    fetches: [],
    lines: [],
    told: [],
    isAway: false,
    underWay: 0,
    most: 0,
    uses: 0,
    usesFail: false,
    lookup: (async (): Promise<Answer<string>> => {
      const facts = { secure: false, name: '_mta-sts.a.test', aliases: [], ttl: 60 };
      if (made.txt === 'SERVFAIL') return { kind: 'failed', cause: 'SERVFAIL', detail: 'SERVFAIL' };
      return made.txt.length === 0
        ? { kind: 'absent', denial: 'NXDOMAIN', ...facts }
        : { kind: 'found', records: made.txt, ...facts };
    }) as unknown as Lookup,
    finder: createStsFinder({
      store: {
        async read(domain) {
          if (made.isAway) throw new Error('Redis is not reachable');
          const stored = made.stored.get(domain);
          return stored !== undefined && stored.expiresAt > made.now ? stored : undefined;
        },
        async write(one, _, by) {
          made.stored.set(one.domain, one);
          made.writers.push(by);
        },
        async used() {
          if (made.usesFail) throw new Error('Redis is not reachable');
          made.uses += 1;
        },
        async failed(domain, failure, refreshAt) {
          made.failures.set(domain, failure);
          made.retries.push(refreshAt);
        },
        drop: async (domain) => made.stored.delete(domain),
      },
      fetch: async (domain, signal) => {
        made.fetches.push(domain);
        made.underWay += 1;
        made.most = Math.max(made.most, made.underWay);
        try {
          if (typeof made.file === 'function') return await made.file();
          if (made.file !== 'silent') return made.file;
          await new Promise((resolve) => {
            if (signal.aborted) resolve(undefined);
            signal.addEventListener('abort', resolve);
          });
          return { kind: 'trouble', trouble: fetchError('timeout', 'no answer in time') };
        } finally {
          made.underWay -= 1;
        }
      },
      log: ({ severity, text }) => void made.lines.push(`${severity}: ${text}`),
      trouble: (error) => void made.told.push(String(error)),
      now: () => made.now,
      dice: () => 0.5,
      timeoutMs: 10,
      refreshTimeoutMs: 10,
      atOnce: 2,
      ...ports,
    }),
  };
  return made;
}

/** `enforce a`, `nothing`, with the code of a trouble. */
async function applies({ finder, lookup }: World, domain = 'a.test'): Promise<string> {
  const found = await finder.find(domain, lookup);
  if (found.kind === 'failed') return `failed: ${found.detail}`;
  const { known, trouble } = found;
  const words = known === undefined ? 'nothing' : `${known.policy.mode} ${known.id}`;
  return trouble === undefined ? words : `${words}, ${trouble.code}`;
}

describe('nothing is stored', () => {
  test('a record and a policy: fetched once, and stored', async () => {
    const it = world();
    expect([await applies(it), await applies(it)]).toEqual(['enforce a', 'enforce a']);
    expect(it.fetches).toEqual(['a.test']);
    expect(it.stored.get('a.test')).toMatchObject({ id: 'a', expiresAt: it.now + 3_600_000 });
    expect(it.lines).toEqual([
      'info: MTA-STS policy of a.test: enforce, id a, until 1972-09-27T01:00:00Z, mx mx.test',
    ]);
  });

  test.each([[[]], [['v=spf1']], [['v=STSv1; id=a', 'v=STSv1; id=b']], ['SERVFAIL' as const]])(
    'no valid record: %j',
    async (txt) => {
      const it = world();
      it.txt = txt;
      expect(await applies(it)).toBe('nothing');
      expect([it.fetches, it.lines]).toEqual([[], []]);
    },
  );

  test('the fetch fails: as without a policy, and no other fetch for five minutes', async () => {
    const it = world();
    it.file = notFound;
    expect([await applies(it), await applies(it)]).toEqual(['nothing, http-404', 'nothing, http-404']);
    it.txt = ['v=STSv1; id=b;'];
    it.file = policy('enforce');
    it.now += 5 * minute - 1;
    expect(await applies(it)).toBe('nothing, http-404');
    expect(it.fetches).toHaveLength(1);
    it.now += 1;
    expect(await applies(it)).toBe('enforce b');
    expect(it.lines[0]).toBe(
      'warning: MTA-STS policy of a.test: HTTP status 404; mail goes as without a policy',
    );
    expect(it.lines).toHaveLength(2);
  });

  test('the policy host says nothing: mail goes after a while', async () => {
    const it = world();
    it.file = 'silent';
    expect(await applies(it)).toBe('nothing, timeout');
  });

  test('max_age 0 holds for this mail alone', async () => {
    const it = world();
    it.file = policy('enforce', 0);
    expect(await applies(it)).toBe('enforce a');
    expect(it.stored.size).toBe(0);
  });

  test('max_age 0 ends the policy before it', async () => {
    const it = world();
    await applies(it);
    it.now += 10 * minute;
    it.txt = ['v=STSv1; id=b;'];
    it.file = policy('none', 0);
    expect(await applies(it)).toBe('none b');
    it.now += 10 * minute;
    it.file = notFound;
    expect(await applies(it)).toBe('nothing, http-404');
  });
});

describe('a policy is stored', () => {
  async function known(mode: StsMode = 'enforce'): Promise<World> {
    const it = world();
    it.file = policy(mode);
    await applies(it);
    it.file = notFound;
    it.now += 10 * minute;
    it.lines.length = 0;
    return it;
  }

  test.each([
    ['gone', [], 'enforce a, txt-missing'],
    ['two records', ['v=STSv1; id=a', 'v=STSv1; id=a'], 'enforce a, txt-invalid'],
    ['SERVFAIL', 'SERVFAIL' as const, 'enforce a, txt-lookup'],
    ['another id, and the fetch fails', ['v=STSv1; id=b'], 'enforce a, http-404'],
    ['the same id', ['v=STSv1; id=a'], 'enforce a'],
  ])('TXT %s: it stays in force', async (_, txt, expected) => {
    const it = await known();
    it.txt = txt;
    expect(await applies(it)).toBe(expected);
    expect(it.lines).toHaveLength(expected === 'enforce a' ? 0 : 1);
    if (expected !== 'enforce a') {
      expect(it.lines[0]).toContain('; the policy a (enforce) stays in force until 1972-09-27T01:00:00Z');
    }
  });

  test('another id and another policy, a weaker one: at once', async () => {
    const it = await known();
    it.txt = ['v=STSv1; id=b'];
    it.file = policy('testing');
    expect(await applies(it)).toBe('testing b');
    expect(it.stored.get('a.test')).toMatchObject({ id: 'b', policy: { mode: 'testing' } });
  });

  test('mode none, and the record is gone: nothing is said', async () => {
    const it = await known('none');
    it.txt = [];
    expect(await applies(it)).toBe('none a');
    expect(it.lines).toEqual([]);
  });

  test('it has expired, and the record is hidden: as without a policy', async () => {
    const it = await known();
    it.txt = 'SERVFAIL';
    it.now += 3_600_000;
    expect(await applies(it)).toBe('nothing');
  });

  test('what is stored cannot be read: nobody knows', async () => {
    const it = await known();
    it.isAway = true;
    expect(await applies(it)).toBe('failed: Redis is not reachable');
  });

  test('the same file is fetched anew about daily, and prolongs it', async () => {
    const it = await known();
    it.file = policy('testing');
    const stored = it.stored.get('a.test');
    if (stored === undefined) throw new Error('nothing is stored');
    await it.finder.refresh({ stored });
    expect(it.stored.get('a.test')).toMatchObject({
      id: 'a',
      policy: { mode: 'testing' },
      fetchedAt: it.now,
    });
    // The store puts no policy of a refresh where an operator has dropped one.
    expect(it.writers).toEqual(['mail', 'refresh']);
  });

  test('a refresh that fails leaves it, warns each time, and counts', async () => {
    const it = await known();
    const stored = it.stored.get('a.test');
    if (stored === undefined) throw new Error('nothing is stored');
    const use: PolicyUse = { stored, failure: { times: 1, at: 0, detail: '' } };
    await it.finder.refresh(use);
    await it.finder.refresh(use);
    expect(it.stored.get('a.test')).toBe(stored);
    expect(it.failures.get('a.test')).toEqual({ times: 2, at: it.now, detail: 'HTTP status 404' });
    expect(it.lines).toHaveLength(2);
  });

  test('a refresh that fails is tried again after an hour, then after two', async () => {
    const it = world();
    it.file = policy('enforce', 30 * 86_400);
    await applies(it);
    it.file = notFound;
    const stored = storedIn(it);
    await it.finder.refresh({ stored });
    await it.finder.refresh({ stored, failure: { times: 1, at: it.now, detail: '' } });
    expect(it.retries.map((at) => (at - it.now) / minute)).toEqual([60, 120]);
  });

  test('a refresh may take longer than mail waits', async () => {
    const it = world({ timeoutMs: 5, refreshTimeoutMs: 60_000 });
    await applies(it);
    it.file = 'silent';
    const refreshing = it.finder.refresh({ stored: storedIn(it) });
    expect(await applies(it, 'b.test')).toBe('nothing, timeout');
    // The fetch for mail has ended; the other was begun before it.
    await expect.poll(() => it.underWay).toBe(1);
    expect(it.failures.size).toBe(0);
    it.finder.close();
    await refreshing;
  });
});

test('ids that a forger changes all the time cause five fetches', async () => {
  const it = world();
  for (let n = 0; n < 20; n += 1) {
    it.txt = [`v=STSv1; id=x${n};`];
    expect(await applies(it)).toMatch(/^enforce x/);
  }
  expect(it.fetches).toHaveLength(5);
});

/** A policy host that answers when told. */
function held(answer: Fetched): { readonly file: () => Promise<Fetched>; release(): void } {
  let release = (): void => {};
  const answered = new Promise<Fetched>((resolve) => (release = () => resolve(answer)));
  return { file: () => answered, release: () => release() };
}

const patient = { timeoutMs: 60_000, refreshTimeoutMs: 60_000 };

test('a domain has one fetch under way, and all together no more than the limit', async () => {
  const it = world(patient);
  const host = held(policy('enforce'));
  it.file = host.file;
  const all = Promise.all(['a', 'a', 'a', 'b', 'c', 'd'].map((name) => applies(it, `${name}.test`)));
  await expect.poll(() => it.fetches.length).toBe(2);
  // Whatever else would begin has begun by then.
  await new Promise(setImmediate);
  expect([it.underWay, it.fetches]).toEqual([2, ['a.test', 'b.test']]);
  host.release();
  expect(await all).toEqual(Array(6).fill('enforce a'));
  expect([it.most, it.fetches]).toEqual([2, ['a.test', 'b.test', 'c.test', 'd.test']]);
});

test('who comes late to a fetch waits no longer than others', async () => {
  const it = world({ refreshTimeoutMs: 60_000 });
  await applies(it);
  const stored = storedIn(it);
  it.now = stored.expiresAt;
  it.file = 'silent';
  const refreshing = it.finder.refresh({ stored });
  expect(await applies(it)).toBe('nothing, timeout');
  expect(it.fetches).toHaveLength(2);
  it.finder.close();
  await refreshing;
});

test('a fetch for another id is not shared: what was served before is not what the new id is about', async () => {
  const it = world(patient);
  await applies(it);
  const host = held(policy('enforce'));
  it.file = host.file;
  const refreshing = it.finder.refresh({ stored: storedIn(it) });
  it.txt = ['v=STSv1; id=b'];
  const finding = applies(it);
  await new Promise(setImmediate);
  expect(it.fetches).toHaveLength(2);
  it.file = policy('testing');
  host.release();
  expect(await finding).toBe('testing b');
  await refreshing;
  expect(it.fetches).toHaveLength(3);
  expect(storedIn(it)).toMatchObject({ id: 'b', policy: { mode: 'testing' } });
});

describe('all places are taken by hosts that say nothing', () => {
  const unknown = 'failed: its policy host could not be asked in time, because of other fetches';

  /** One place, and a refresh has it. */
  async function full(ports: Partial<FinderPorts> = {}): Promise<World & { release(): void }> {
    const it = world({ refreshTimeoutMs: 60_000, atOnce: 1, ...ports });
    await applies(it);
    const host = held(policy('enforce'));
    it.file = host.file;
    void it.finder.refresh({ stored: storedIn(it) });
    expect(it.fetches.splice(0)).toEqual(['a.test', 'a.test']);
    it.lines.length = 0;
    return Object.assign(it, { release: host.release });
  }

  test('nobody knows the policy of a domain that was not asked, and nothing is said of it', async () => {
    const it = await full();
    expect(await applies(it, 'b.test')).toBe(unknown);
    expect([it.fetches, it.lines]).toEqual([[], []]);
    it.release();
  });

  test('nor if its turn came while the mail waited, and it has had less time than others', async () => {
    const it = await full();
    const finding = applies(it, 'b.test');
    await new Promise(setImmediate);
    it.file = () => new Promise(() => {});
    it.release();
    await expect.poll(() => it.fetches).toEqual(['b.test']);
    expect(await finding).toBe(unknown);
    // Whoever comes now finds it begun, and waits as long as others.
    expect(await applies(it, 'b.test')).toBe('nothing, timeout');
  });

  test('what is known of it stays in force, without a trouble', async () => {
    const it = await full();
    it.stored.set('b.test', { ...storedIn(it), domain: 'b.test' });
    it.txt = ['v=STSv1; id=b'];
    expect(await applies(it, 'b.test')).toBe('enforce a');
    expect(it.lines).toEqual([]);
    it.release();
  });

  test('a fetch that nobody waits for any more is not begun', async () => {
    const it = await full();
    expect(await Promise.all([applies(it, 'b.test'), applies(it, 'b.test')])).toEqual([unknown, unknown]);
    it.file = policy('enforce');
    it.release();
    await expect.poll(() => it.underWay).toBe(0);
    expect(await applies(it, 'd.test')).toBe('enforce a');
    expect(it.fetches).toEqual(['d.test']);
  });

  test('nor one whose mail has given up before its time', async () => {
    const it = await full(patient);
    const giveUp = new AbortController();
    const given = it.finder.find('b.test', it.lookup, giveUp.signal);
    await new Promise(setImmediate);
    giveUp.abort(new Error('stopping'));
    await expect(given).rejects.toThrow('stopping');
    it.file = policy('enforce');
    it.release();
    expect(await applies(it, 'd.test')).toBe('enforce a');
    expect(it.fetches).toEqual(['d.test']);
    expect(it.told).toEqual([]);
  });

  test('one that somebody still waits for is', async () => {
    const it = await full();
    const giveUp = new AbortController();
    const given = it.finder.find('b.test', it.lookup, giveUp.signal);
    const refreshing = it.finder.refresh({ stored: { ...storedIn(it), domain: 'b.test' } });
    await new Promise(setImmediate);
    giveUp.abort(new Error('stopping'));
    await expect(given).rejects.toThrow('stopping');
    it.file = policy('testing');
    it.release();
    await refreshing;
    expect(it.fetches).toEqual(['b.test']);
  });
});

test('mail that waited in vain for the fetch of another id begins none when its time is over', async () => {
  const it = world({ refreshTimeoutMs: 60_000 });
  await applies(it);
  const host = held(policy('enforce'));
  it.file = host.file;
  const refreshing = it.finder.refresh({ stored: storedIn(it) });
  it.txt = ['v=STSv1; id=b'];
  expect(await applies(it)).toBe('enforce a');
  host.release();
  await refreshing;
  await new Promise(setImmediate);
  expect(it.fetches).toHaveLength(2);
});

test('nor is its policy host blamed that was asked only after that other fetch', async () => {
  const it = world({ timeoutMs: 100, refreshTimeoutMs: 60_000 });
  await applies(it);
  const host = held(policy('enforce'));
  it.file = host.file;
  const refreshing = it.finder.refresh({ stored: storedIn(it) });
  it.txt = ['v=STSv1; id=b'];
  const finding = applies(it);
  await new Promise(setImmediate);
  it.file = () => new Promise(() => {});
  host.release();
  await refreshing;
  await expect.poll(() => it.fetches).toHaveLength(3);
  expect(await finding).toBe('enforce a');
});

test('a policy that comes when nobody waits any more is stored', async () => {
  const it = world({ timeoutMs: 5 });
  const host = held(policy('enforce'));
  it.file = host.file;
  expect(await applies(it)).toBe('nothing, timeout');
  host.release();
  await expect.poll(() => it.stored.get('a.test')?.id).toBe('a');
});

test('mail does not wait because its use of a policy cannot be noted, and the next mail notes it', async () => {
  const it = world();
  await applies(it);
  it.uses = 0;
  it.now += 61 * minute;
  it.file = policy('enforce');
  it.usesFail = true;
  expect(await applies(it)).toBe('enforce a');
  expect(it.told).toEqual(['Error: Redis is not reachable']);
  it.usesFail = false;
  expect(await applies(it)).toBe('enforce a');
  expect(it.uses).toBe(1);
});

test('an error for which nobody waits any more is told', async () => {
  const it = world({ timeoutMs: 5 });
  const host = held(policy('enforce'));
  it.file = async () => {
    await host.file();
    throw new Error('a bug');
  };
  expect(await applies(it)).toBe('nothing, timeout');
  host.release();
  await expect.poll(() => it.told).toEqual(['Error: a bug']);
});

describe('the relay stops', () => {
  const stopping = 'failed: the relay is stopping';

  test('mail that waits for a policy waits on, and no failure is noted', async () => {
    const it = world(patient);
    it.file = 'silent';
    const waiting = ['a', 'b', 'c'].map((name) => applies(it, `${name}.test`));
    await expect.poll(() => it.fetches.length).toBe(2);
    it.finder.close();
    expect(await Promise.all(waiting)).toEqual([stopping, stopping, stopping]);
    expect(await applies(it)).toBe(stopping);
    expect([it.lines, it.told]).toEqual([[], []]);
  });

  test('a refresh ends without a failure', async () => {
    const it = world(patient);
    await applies(it);
    it.lines.length = 0;
    it.file = 'silent';
    const refreshing = it.finder.refresh({ stored: storedIn(it) });
    await expect.poll(() => it.underWay).toBe(1);
    it.finder.close();
    await refreshing;
    expect([it.failures.size, it.lines]).toEqual([0, []]);
  });

  test('nor goes mail as without a policy, because the DNS is gone first', async () => {
    const it = world();
    it.finder.close();
    it.txt = 'SERVFAIL';
    expect(await applies(it)).toBe(stopping);
  });
});

function storedIn({ stored }: World): StoredPolicy {
  const one = stored.get('a.test');
  if (one === undefined) throw new Error('nothing is stored');
  return one;
}

test('whoever gives up does not end the fetch of the others', async () => {
  const it = world();
  const giveUp = new AbortController();
  it.file = 'silent';
  const mine = it.finder.find('a.test', it.lookup, giveUp.signal);
  const theirs = applies(it);
  giveUp.abort(new Error('stopping'));
  await expect(mine).rejects.toThrow('stopping');
  expect(await theirs).toBe('nothing, timeout');
});
