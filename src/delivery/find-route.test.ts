import { describe, expect, it } from 'vitest';
import { usualSettings } from '../../test/support/tls-settings.ts';
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
  policy: () => ({ kind: 'level', level: 'dane' }),
  tls: () => usualSettings,
  insecureMxPolicy: 'dane',
  port: 25,
  relayhost: '',
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
    const { route } = await routeIn(
      { 'x.test A': ['192.0.2.1'] },
      { policy: () => ({ kind: 'level', level: 'may' }) },
      () => {
        throw new Error('asked');
      },
    );
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

describe('findRoute(): a next hop that the operator has named', () => {
  const tlsaAt = (port: number): Zone => ({
    '!mail.r.test A': ['192.0.2.1'],
    [`!_${port}._tcp.mail.r.test TLSA`]: [ee],
  });

  async function policyOf(route: Route) {
    if (route.kind !== 'route') throw new Error('no route');
    return route.candidates[0]?.policy();
  }

  it('[host]:port: no MX lookup, DANE at its port', async () => {
    const { route, asked } = await routeIn(tlsaAt(587), {}, () => true, '[mail.r.test]:587');
    expect(route).toMatchObject({
      nextHop: '[mail.r.test]:587',
      candidates: [{ host: 'mail.r.test', address: '192.0.2.1', port: 587 }],
    });
    expect(await policyOf(route)).toMatchObject({
      level: 'dane',
      serverName: 'mail.r.test',
      referenceNames: ['mail.r.test'],
    });
    expect(asked).toEqual(['mail.r.test A', 'mail.r.test AAAA', '_587._tcp.mail.r.test TLSA']);
  });

  it('[host]: the port of all destinations', async () => {
    const { route } = await routeIn(tlsaAt(25), {}, () => true, '[mail.r.test]');
    expect(route).toMatchObject({ candidates: [{ port: 25 }] });
    expect(await policyOf(route)).toMatchObject({ level: 'dane' });
  });

  it('domain:port: MX lookup, then that port', async () => {
    const zone = { '!r.test MX': mx([10, 'mail.r.test']), ...tlsaAt(587) };
    const { route } = await routeIn(zone, {}, () => true, 'r.test:587');
    expect(route).toMatchObject({ candidates: [{ host: 'mail.r.test', port: 587 }] });
    expect(await policyOf(route)).toMatchObject({ level: 'dane', referenceNames: ['mail.r.test', 'r.test'] });
  });

  it('waits for a resolver that validates', async () => {
    const { route, asked } = await routeIn(tlsaAt(587), {}, () => false, '[mail.r.test]:587');
    expect(route.kind).toBe('wait');
    expect(asked).toEqual([]);
  });

  it('has its policy looked up with brackets and port', async () => {
    const looked: string[] = [];
    const policy: RouteRules['policy'] = (nextHop) => {
      looked.push(nextHop);
      return { kind: 'level', level: 'secure' };
    };
    const { route } = await routeIn(tlsaAt(587), { policy }, () => true, '[Mail.r.test]:587');
    expect(looked).toEqual(['[mail.r.test]:587']);
    expect(await policyOf(route)).toMatchObject({
      referenceNames: ['mail.r.test', { below: 'mail.r.test' }],
    });
  });

  it.each([
    ['that does not exist', {}],
    ['that takes no mail', { 'r.test MX': mx([0, '.']) }],
  ])('a relayhost %s makes mail wait, where a domain would have it returned', async (_, zone) => {
    const relayhost = 'r.test';
    const { route } = await routeIn(zone, { relayhost }, () => true, relayhost);
    expect(route).toMatchObject({ status: { outcome: 'deferred', dsn: '4.3.5' } });
    expect((await routeIn(zone, {}, () => true, relayhost)).route).toMatchObject({
      status: { outcome: 'bounced' },
    });
  });

  it('a relayhost is never the best host: should it be ourselves, the mail waits', async () => {
    const relayhost = '[mail.r.test]:587';
    const { route } = await routeIn(tlsaAt(587), { relayhost }, () => true, relayhost);
    expect(route).toMatchObject({ candidates: [{ best: false }] });
  });
});
