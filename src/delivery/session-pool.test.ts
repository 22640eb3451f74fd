import { describe, expect, it } from 'vitest';
import { candidateAt, policyAt, routeOf, sessionWith } from '../../test/support/delivery-kit.ts';
import type { Session } from '../core/delivery/session.ts';
import type { Route } from './route.ts';
import { sessionPool, type PoolRules } from './session-pool.ts';

const rules: PoolRules = { reuse: true, idleMs: 2000, ageMs: 300_000, count: 3 };

function session(overrides: Partial<Session> = {}): Session & { closed: () => boolean } {
  let closed = false;
  return {
    ...sessionWith('mx', { relay: 'mx[192.0.2.1]:25', policyKey: 'dane A', uses: 1 }),
    close: () => (closed = true),
    ...overrides,
    closed: () => closed,
  };
}

function route(key = 'dane A', address = '192.0.2.1'): Route & { kind: 'route' } {
  return routeOf([candidateAt('mx', { address, policy: async () => policyAt('dane', { key }) })]);
}

describe('sessionPool()', () => {
  it('hands a session on while host, address and policy are the same', async () => {
    const pool = sessionPool(rules, () => 0);
    const open = session();
    pool.give(open);
    expect(await pool.take(route())).toBe(open);
    expect(await pool.take(route())).toBeUndefined();
  });

  it.each([
    ['the TLSA set or level changed', route('dane B')],
    ['the address is not that of the host any more', route('dane A', '192.0.2.9')],
  ])('closes a session when %s', async (_, changed) => {
    const pool = sessionPool(rules, () => 0);
    const open = session();
    pool.give(open);
    expect(await pool.take(changed)).toBeUndefined();
    expect(open.closed()).toBe(true);
  });

  it('closes a session that it cannot judge, for want of a policy', async () => {
    const pool = sessionPool(rules, () => 0);
    const [kept, open] = [session(), session()];
    pool.give(kept);
    pool.give(open);
    const policy = async (): Promise<never> => Promise.reject(new Error('given up'));
    await expect(pool.take(routeOf([candidateAt('mx', { policy })]))).rejects.toThrow('given up');
    expect([kept.closed(), open.closed()]).toEqual([false, true]);
    expect(await pool.take(route())).toBe(kept);
  });

  describe('what messages ask of TLS', () => {
    const policies = {
      usual: 'dane A',
      required: 'dane A',
      optional: 'may by TLS-Required',
      relaxed: 'may for reports',
    } as const;
    const asked = (): Route & { kind: 'route' } =>
      routeOf([
        candidateAt('mx', { policy: async (need = 'usual') => policyAt('dane', { key: policies[need] }) }),
      ]);
    const promising = (): ReturnType<typeof session> => session({ requireTls: 'requiretls' });
    const plain = (): ReturnType<typeof session> => session({ requireTls: 'none' });
    const lowered = (): ReturnType<typeof session> =>
      session({ policyKey: policies.optional, lowered: true, requireTls: 'nocertmatch' });
    const relaxed = (): ReturnType<typeof session> =>
      session({ policyKey: policies.relaxed, relaxed: true, requireTls: 'nocertmatch' });

    it.each([
      ['usual', promising(), true],
      ['usual', plain(), true],
      ['usual', lowered(), false],
      ['usual', relaxed(), false],
      ['required', promising(), true],
      ['required', plain(), false],
      ['required', lowered(), false],
      ['optional', promising(), false],
      ['optional', lowered(), true],
      ['optional', relaxed(), false],
      ['relaxed', promising(), false],
      ['relaxed', lowered(), false],
      ['relaxed', relaxed(), true],
    ] as const)('mail that asks for %s TLS: %#', async (need, open, suits) => {
      const pool = sessionPool(rules, () => 0);
      pool.give(open);
      // Whether the operator lets such mail have a policy of its own is only known once the host is asked for it.
      const maySuit = !open.lowered && !open.relaxed && (need === 'optional' || need === 'relaxed');
      expect(pool.addresses(need)).toHaveLength(suits || maySuit ? 1 : 0);
      expect(await pool.take(asked(), need)).toBe(suits ? open : undefined);
      // What is of no use for this mail stays for other mail.
      expect(open.closed()).toBe(false);
      expect(pool.addresses()).toHaveLength(suits ? 0 : 1);
    });

    it('looks behind a session that is for others, and leaves it in its place', async () => {
      const pool = sessionPool(rules, () => 0);
      const [first, second] = [promising(), plain()];
      pool.give(first);
      pool.give(second);
      expect(await pool.take(asked(), 'required')).toBe(first);
      expect(await pool.take(asked())).toBe(second);
    });

    it.each(['optional', 'relaxed'] as const)(
      '%s: usual sessions serve where it changes nothing',
      async (need) => {
        const pool = sessionPool(rules, () => 0);
        const open = plain();
        pool.give(open);
        expect(await pool.take(route(), need)).toBe(open);
      },
    );

    it('closes what nobody would make any more, whoever looks', async () => {
      const pool = sessionPool(rules, () => 0);
      const old = session({ policyKey: 'dane of before', requireTls: 'requiretls' });
      pool.give(old);
      expect(await pool.take(asked(), 'optional')).toBeUndefined();
      expect(old.closed()).toBe(true);
    });
  });

  it('closes a session that was put away at a time which lies ahead', async () => {
    let now = 172_800_000;
    const pool = sessionPool(rules, () => now);
    const open = session({ openedAt: now });
    pool.give(open);
    now = 0;
    expect(pool.expire()).toBe(0);
    expect(open.closed()).toBe(true);
  });

  it.each([
    ['it is worn out', { uses: 3 }],
    ['it is too old', { openedAt: -300_000 }],
    ['the server closed it', { usable: () => false }],
  ])('keeps no session when %s', async (_, overrides) => {
    const pool = sessionPool(rules, () => 0);
    const open = session(overrides);
    pool.give(open);
    expect(open.closed()).toBe(true);
    expect(await pool.take(route())).toBeUndefined();
  });

  it.each([
    ['it was idle for the limit', 0, 2_000],
    ['it has become too old', -299_000, 1_000],
  ])('gives no session when %s, though nobody has looked since', async (_, openedAt, at) => {
    let now = 0;
    const pool = sessionPool(rules, () => now);
    const open = session({ openedAt });
    pool.give(open);
    now = at - 1;
    expect(await pool.take(route())).toBe(open);
    pool.give(open);
    now = at - 1 + at;
    expect(await pool.take(route())).toBeUndefined();
    expect(open.closed()).toBe(true);
  });

  it('keeps none at all without reuse', () => {
    const open = session();
    sessionPool({ ...rules, reuse: false }, () => 0).give(open);
    expect(open.closed()).toBe(true);
  });

  it.each([
    [true, false],
    [false, true],
  ])('what a policy says of reuse counts for more than the rules: %s', (rule, wish) => {
    const open = session();
    sessionPool({ ...rules, reuse: rule }, () => 0).give(open, wish);
    expect(open.closed()).toBe(!wish);
  });

  it('closes what was idle for the limit, and says how many remain', () => {
    let now = 0;
    const pool = sessionPool(rules, () => now);
    const [first, second] = [session(), session()];
    pool.give(first);
    now = 1500;
    pool.give(second);
    now = 2000;
    expect(pool.expire()).toBe(1);
    expect([first.closed(), second.closed()]).toEqual([true, false]);
  });
});
