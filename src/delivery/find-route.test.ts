import { describe, expect, it } from 'vitest';
import type { Answer, Lookup } from '../core/dns/answer.ts';
import type { RecordOf, RecordType } from '../core/dns/record.ts';
import { findRoute, type RouteRules } from './find-route.ts';
import type { Route } from './ports.ts';

/** `name TYPE` -> records; `!`: signed. A string that is no list is a failure. */
type Zone = Record<string, readonly unknown[] | 'SERVFAIL' | 'timeout'>;

function fakeDns(zone: Zone) {
  const asked: string[] = [];
  const lookup = (async <T extends RecordType>(name: string, type: T): Promise<Answer<RecordOf[T]>> => {
    const question = `${name} ${type}`;
    asked.push(question);
    const signed = zone[`!${question}`];
    const entry = signed ?? zone[question];
    if (typeof entry === 'string') return { kind: 'failed', cause: entry, detail: entry };
    const common = { secure: signed !== undefined, name, aliases: [], ttl: 30 };
    if (entry === undefined) return { kind: 'absent', denial: 'NODATA', ...common };
    return { kind: 'found', records: entry as RecordOf[T][], ...common };
  }) as Lookup;
  return { lookup, asked };
}

const rules: RouteRules = {
  level: () => 'dane',
  insecureMxPolicy: 'dane',
  port: 25,
  families: [4, 6],
  prefer: 'any',
  addressLimit: 5,
};

async function routeIn(
  zone: Zone,
  overrides: Partial<RouteRules> = {},
  validating: () => boolean = () => true,
  nextHop = 'x.test',
) {
  const { lookup, asked } = fakeDns(zone);
  const ports = {
    lookup,
    isValidating: async () => validating(),
    log: () => {},
    now: () => 1_000_000,
    dice: () => 0.5,
  };
  const route = await findRoute(nextHop, { ...rules, ...overrides }, ports, new AbortController().signal);
  return { route, asked };
}

function hosts(route: Route): readonly string[] {
  return route.kind === 'route' ? route.candidates.map(({ host, address }) => `${host}[${address}]`) : [];
}

const ee = { usage: 3, selector: 1, matching: 1, data: new Uint8Array(32) };
const mx = (...records: [number, string][]) =>
  records.map(([preference, exchange]) => ({ preference, exchange }));

describe('findRoute()', () => {
  it('lists the addresses of MX hosts by preference', async () => {
    const { route } = await routeIn({
      '!x.test MX': mx([20, 'b.x.test'], [10, 'a.x.test']),
      '!a.x.test A': ['192.0.2.1'],
      '!b.x.test AAAA': ['2001:db8::2'],
    });
    expect(hosts(route)).toEqual(['a.x.test[192.0.2.1]', 'b.x.test[2001:db8::2]']);
    expect(route).toMatchObject({ expiresAt: 1_030_000 });
  });

  it('takes the domain itself when it has no MX, RFC 5321 §5.1', async () => {
    const { route } = await routeIn({ 'x.test A': ['192.0.2.1'] });
    expect(hosts(route)).toEqual(['x.test[192.0.2.1]']);
  });

  it('asks for no address when the MX lookup failed', async () => {
    const { route, asked } = await routeIn({ 'x.test MX': 'SERVFAIL' });
    expect(route).toMatchObject({ kind: 'trouble', status: { outcome: 'deferred', dsn: '4.4.3' } });
    expect(asked).toEqual(['x.test MX']);
  });

  it('waits when one of two hosts may have an address tomorrow', async () => {
    const { route } = await routeIn({
      'x.test MX': mx([10, 'a.x.test'], [20, 'b.x.test']),
      'b.x.test A': 'timeout',
    });
    expect(route).toMatchObject({ status: { outcome: 'deferred', dsn: '4.4.3' } });
  });

  it('bounces when no host has an address and every lookup says so', async () => {
    const { route } = await routeIn({ 'x.test MX': mx([10, 'a.x.test']) });
    expect(route).toMatchObject({ status: { outcome: 'bounced', dsn: '5.4.4' } });
  });

  it('uses the family that answers when the other fails (maddy#292)', async () => {
    const { route } = await routeIn({
      '!x.test MX': mx([10, 'a.x.test']),
      '!a.x.test A': ['192.0.2.1'],
      'a.x.test AAAA': 'SERVFAIL',
      '!_25._tcp.a.x.test TLSA': [ee],
    });
    expect(hosts(route)).toEqual(['a.x.test[192.0.2.1]']);
    if (route.kind !== 'route') throw new Error('no route');
    expect(await route.candidates[0]?.policy()).toMatchObject({
      kind: 'use',
      level: 'dane',
      serverName: 'a.x.test',
    });
  });

  it('delivers to an address literal without a lookup', async () => {
    const { route, asked } = await routeIn({}, {}, () => true, '[192.0.2.7]');
    expect(hosts(route)).toEqual(['192.0.2.7[192.0.2.7]']);
    expect(asked).toEqual([]);
    if (route.kind !== 'route') throw new Error('no route');
    expect(await route.candidates[0]?.policy()).toMatchObject({ kind: 'use', level: 'may' });
  });

  it('delivers to an address literal while the resolver is in trouble', async () => {
    const { route } = await routeIn({}, {}, () => false, '[192.0.2.7]');
    if (route.kind !== 'route') throw new Error('no route');
    expect(await route.candidates[0]?.policy()).toMatchObject({ kind: 'use', level: 'may' });
  });

  it('waits, and asks nothing, while the resolver does not validate', async () => {
    const { route, asked } = await routeIn({ '!x.test MX': mx([10, 'a.x.test']) }, {}, () => false);
    expect(route.kind).toBe('wait');
    expect(asked).toEqual([]);
  });

  it('does not believe answers of a resolver that has just lost its DNSSEC', async () => {
    let probes = 0;
    const { route } = await routeIn({ 'x.test A': ['192.0.2.1'] }, {}, () => (probes += 1) <= 1);
    expect(route.kind).toBe('wait');
  });

  it('does not fall back from dane when validation is lost before the TLSA answer is used', async () => {
    let probes = 0;
    const { route } = await routeIn(
      { '!x.test MX': mx([10, 'a.x.test']), '!a.x.test A': ['192.0.2.1'], '_25._tcp.a.x.test TLSA': [ee] },
      {},
      () => (probes += 1) <= 2,
    );
    if (route.kind !== 'route') throw new Error('no route');
    expect(await route.candidates[0]?.policy()).toMatchObject({ kind: 'skip', dsn: '4.7.5' });
  });

  it('does not ask whether the resolver validates where DANE is not wanted', async () => {
    const { route } = await routeIn({ 'x.test A': ['192.0.2.1'] }, { level: () => 'may' }, () => {
      throw new Error('asked');
    });
    expect(route.kind).toBe('route');
  });

  it('asks again for TLSA records that could not be had', async () => {
    const zone: Zone = {
      '!x.test MX': mx([10, 'a.x.test']),
      '!a.x.test A': ['192.0.2.1'],
      '_25._tcp.a.x.test TLSA': 'SERVFAIL',
    };
    const { route, asked } = await routeIn(zone);
    if (route.kind !== 'route') throw new Error('no route');
    expect(await route.candidates[0]?.policy()).toMatchObject({
      kind: 'skip',
      reason: 'TLSA lookup error for a.x.test:25',
    });
    await route.candidates[0]?.policy();
    expect(asked.filter((question) => question.endsWith('TLSA'))).toHaveLength(2);
  });

  it('keeps one policy for the life of the route', async () => {
    const zone: Zone = {
      '!x.test MX': mx([10, 'a.x.test']),
      '!a.x.test A': ['192.0.2.1'],
      '!_25._tcp.a.x.test TLSA': [ee],
    };
    const { route, asked } = await routeIn(zone);
    if (route.kind !== 'route') throw new Error('no route');
    const policies = [await route.candidates[0]?.policy(), await route.candidates[0]?.policy()];
    expect(policies[0]).toBe(policies[1]);
    expect(asked.filter((question) => question.endsWith('TLSA'))).toHaveLength(1);
  });
});
