import { beforeEach, describe, expect, it } from 'vitest';
import { dialling } from '../../test/support/dialling.ts';
import { claimOf, sessionWith } from '../../test/support/delivery-kit.ts';
import { usualRules } from '../../test/support/route-rules.ts';
import type { Answer, Lookup } from '../core/dns/answer.ts';
import type { RecordOf, RecordType } from '../core/dns/record.ts';
import { deliver } from './deliver.ts';
import { findRoute } from './find-route.ts';
import { sessionPool } from './session-pool.ts';

/**
 * Which hosts of a destination decide about mail that requires TLS. Every host here is authenticated, and none offers
 * REQUIRETLS: the mail comes back at once, unless some host could not be asked.
 */

/** `name TYPE` -> records, or a lookup that comes to nothing. */
let zone: Record<string, readonly unknown[] | 'SERVFAIL' | 'empty'> = {};
beforeEach(() => {
  zone = {};
});

const lookup = (async <T extends RecordType>(name: string, type: T): Promise<Answer<RecordOf[T]>> => {
  const entry = zone[`${name} ${type}`];
  if (entry === 'SERVFAIL') return { kind: 'failed', cause: entry, detail: entry };
  const common = { secure: true, name, aliases: [], ttl: 300 };
  if (entry === 'empty') return { kind: 'absent', denial: entry, ...common };
  if (entry === undefined) return { kind: 'absent', denial: 'NODATA', ...common };
  return { kind: 'found', records: entry as RecordOf[T][], ...common };
}) as Lookup;

const signal = new AbortController().signal;

/** What becomes of it. @param silent addresses that nobody answers at */
async function outcomeAt(nextHop: string, silent: readonly string[] = []): Promise<string | undefined> {
  const rules = {
    ...usualRules,
    policy: () => ({ kind: 'level', level: 'secure', match: ['nexthop'] }) as const,
    order: { prefer: 'ipv6', limit: 5, balance: true } as const,
  };
  const now = (): number => 1_000_000;
  const routePorts = { lookup, isValidating: async () => true, log: () => {}, now, dice: () => 0.5 };
  const route = await findRoute(nextHop, rules, routePorts, signal);
  if (route.kind !== 'route') throw new Error(JSON.stringify(route));
  const ports = {
    ...dialling(async ({ host, address }) =>
      silent.includes(address)
        ? {
            kind: 'trouble',
            step: 'connect',
            status: { outcome: 'deferred', scope: 'host', dsn: '4.4.1', reason: 'refused' },
          }
        : { kind: 'open', session: sessionWith(host, { address, requireTls: 'none' }) },
    ),
    log: () => {},
    now,
    limits: { recipients: 2, sessions: 1, clearAfterMs: 300_000 },
    ambiguous: 'resend',
  } as const;
  const pool = sessionPool({ reuse: true, idleMs: 2000, ageMs: 300_000, count: 0 }, now);
  const [attempt] = await deliver(claimOf({ envelope: { requireTls: true } }), route, {
    pool,
    ports,
    signal,
  });
  return attempt?.status.outcome;
}

function mxHosts(count: number, domain = 'x.test'): void {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  zone[`${domain} MX`] = numbers.map((nth) => ({ exchange: `mx${nth}.${domain}`, preference: nth }));
  for (const nth of numbers) zone[`mx${nth}.${domain} A`] = [`192.0.2.${nth}`];
}

describe('mail that requires TLS', () => {
  it('comes back once all hosts were asked', async () => {
    mxHosts(5);
    expect(await outcomeAt('x.test')).toBe('bounced');
  });

  it('comes back if the others have no address and never will', async () => {
    mxHosts(2);
    delete zone['mx1.x.test A'];
    expect(await outcomeAt('x.test')).toBe('bounced');
  });

  it('waits if the addresses of a host cannot be found now', async () => {
    mxHosts(2);
    zone['mx1.x.test A'] = 'SERVFAIL';
    expect(await outcomeAt('x.test')).toBe('deferred');
  });

  it('waits if nobody has said that there are no MX records', async () => {
    zone = { 'x.test MX': 'empty', 'x.test A': ['192.0.2.1'] };
    expect(await outcomeAt('x.test')).toBe('deferred');
  });

  it('waits if the relay never comes to some host: there are more than it tries', async () => {
    mxHosts(6);
    expect(await outcomeAt('x.test')).toBe('deferred');
  });

  it('comes back if only more addresses of the same host are left', async () => {
    zone['x.test A'] = [1, 2, 3, 4, 5, 6, 7].map((nth) => `192.0.2.${nth}`);
    expect(await outcomeAt('x.test')).toBe('bounced');
  });

  it('comes back though nobody answers at one address of its only host', async () => {
    zone = { 'x.test AAAA': ['2001:db8::1'], 'x.test A': ['192.0.2.1'] };
    expect(await outcomeAt('x.test', ['2001:db8::1'])).toBe('bounced');
    expect(await outcomeAt('x.test', ['192.0.2.1'])).toBe('bounced');
  });

  it('waits if there are more hosts than the relay looks up, or more addresses of them', async () => {
    mxHosts(120);
    for (let nth = 2; nth <= 120; nth += 1) delete zone[`mx${nth}.x.test A`];
    expect(await outcomeAt('x.test')).toBe('deferred');
    mxHosts(2);
    zone['mx1.x.test A'] = Array.from({ length: 100 }, (_, nth) => `192.0.2.${nth + 1}`);
    expect(await outcomeAt('x.test')).toBe('deferred');
  });

  it('waits if one of several next hops cannot be found now, whichever it is', async () => {
    zone = { 'r1.test A': ['192.0.2.1'], 'r2.test A': 'SERVFAIL', 'r3.test A': ['192.0.2.3'] };
    expect(await outcomeAt('[r1.test], [r3.test]')).toBe('bounced');
    expect(await outcomeAt('[r2.test], [r1.test]')).toBe('deferred');
    expect(await outcomeAt('[r1.test], [r2.test]')).toBe('deferred');
    expect(await outcomeAt('[r1.test], [r2.test], [r3.test]')).toBe('deferred');
  });

  it('waits if a host of an earlier next hop could not be asked, though those of the last one were', async () => {
    mxHosts(2);
    zone['mx1.x.test A'] = 'SERVFAIL';
    zone['r1.test A'] = ['192.0.2.3'];
    expect(await outcomeAt('x.test, [r1.test]')).toBe('deferred');
    expect(await outcomeAt('[r1.test], x.test')).toBe('deferred');
  });
});
