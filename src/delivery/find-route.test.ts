import { describe, expect, it } from 'vitest';
import { usualRules } from '../../test/support/route-rules.ts';
import type { Answer, Lookup } from '../core/dns/answer.ts';
import type { RecordOf, RecordType } from '../core/dns/record.ts';
import type { Candidate, Route } from './route.ts';
import { findRoute, type RouteRules } from './find-route.ts';

/** `name TYPE` -> records; `!`: signed. A string is a failure, or a denial without SOA record. */
type Zone = Record<string, readonly unknown[] | 'SERVFAIL' | 'timeout' | 'empty'>;

function fakeDns(zone: Zone) {
  const asked: string[] = [];
  const lookup = (async <T extends RecordType>(name: string, type: T): Promise<Answer<RecordOf[T]>> => {
    const question = `${name} ${type}`;
    asked.push(question);
    const signed = zone[`!${question}`];
    const entry = signed ?? zone[question];
    if (entry === 'SERVFAIL' || entry === 'timeout') return { kind: 'failed', cause: entry, detail: entry };
    const common = { secure: signed !== undefined, name, aliases: [], ttl: 30 };
    if (entry === undefined) return { kind: 'absent', denial: 'NODATA', ...common };
    if (entry === 'empty') return { kind: 'absent', denial: entry, ...common };
    return { kind: 'found', records: entry as RecordOf[T][], ...common };
  }) as Lookup;
  return { lookup, asked };
}

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
  const route = await findRoute(
    nextHop,
    { ...usualRules, ...overrides },
    ports,
    new AbortController().signal,
  );
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
    const namedIn = (): string => 'relayhost';
    const { route } = await routeIn(zone, { namedIn }, () => true, relayhost);
    expect(route).toMatchObject({ status: { outcome: 'deferred', dsn: '4.3.5' } });
    expect((await routeIn(zone, {}, () => true, relayhost)).route).toMatchObject({
      status: { outcome: 'bounced' },
    });
  });

  it('a relayhost is never the best host: should it be ourselves, the mail waits', async () => {
    const relayhost = '[mail.r.test]:587';
    const { route } = await routeIn(tlsaAt(587), { namedIn: () => 'relayhost' }, () => true, relayhost);
    expect(route).toMatchObject({ candidates: [{ best: false }] });
  });
});

describe('findRoute(): several destinations', () => {
  const zone: Zone = {
    'a.test A': ['192.0.2.1'],
    'b.test A': ['192.0.2.2'],
    'fallback.test A': ['192.0.2.3'],
  };

  /** Hosts of each leg, and what ends it. */
  async function legs(route: Route): Promise<string[]> {
    if (route.kind !== 'route') return [route.kind === 'trouble' ? route.status.dsn : route.kind];
    const next = route.next === undefined ? [] : await legs(await route.next());
    return [`${route.nextHop}: ${hosts(route).join()}`, ...next];
  }

  it('in this order, each looked up when its turn comes', async () => {
    const { route, asked } = await routeIn(zone, {}, () => true, '[a.test]:587, b.test');
    expect(asked).toEqual(['a.test A', 'a.test AAAA']);
    expect(await legs(route)).toEqual(['[a.test]:587: a.test[192.0.2.1]', 'b.test: b.test[192.0.2.2]']);
  });

  it('each with a policy of its own', async () => {
    const looked: string[] = [];
    const policy: RouteRules['policy'] = (nextHop) => {
      looked.push(nextHop);
      return { kind: 'level', level: 'may' };
    };
    await routeIn(
      zone,
      { policy, fallbackRelay: 'smtps:[fallback.test]' },
      () => true,
      '[a.test]:587, b.test',
    );
    expect(looked).toEqual(['[a.test]:587', 'b.test', '[fallback.test]']);
  });

  it('one that cannot be found is passed over', async () => {
    const { route } = await routeIn(zone, {}, () => true, 'none.test, b.test');
    expect(await legs(route)).toEqual(['b.test: b.test[192.0.2.2]']);
  });

  it('none can be found: it waits if one of them may be found tomorrow', async () => {
    const failing: Zone = { 'b.test MX': 'SERVFAIL' };
    for (const list of ['none.test, b.test', 'b.test, none.test']) {
      expect(await legs((await routeIn(failing, {}, () => true, list)).route)).toEqual(['4.4.3']);
    }
    expect(await legs((await routeIn({}, {}, () => true, 'none.test, other.test')).route)).toEqual(['5.4.4']);
  });

  it('the fallback relay comes last, also for a domain that cannot be found', async () => {
    const fallback = { fallbackRelay: '[fallback.test]:587' };
    const { route } = await routeIn(zone, fallback, () => true, 'a.test');
    expect(await legs(route)).toEqual([
      'a.test: a.test[192.0.2.1]',
      '[fallback.test]:587: fallback.test[192.0.2.3]',
    ]);
    expect(await legs((await routeIn(zone, fallback, () => true, 'none.test')).route)).toEqual([
      '[fallback.test]:587: fallback.test[192.0.2.3]',
    ]);
  });

  it('a fallback relay that does not exist is the slip of an operator', async () => {
    const { route } = await routeIn({}, { fallbackRelay: '[nobody.test]' }, () => true, 'none.test');
    expect(route).toMatchObject({ status: { outcome: 'deferred', dsn: '4.3.5' } });
  });

  it('smtps: TLS from the first octet at port 465, with what TLSA records say of that port', async () => {
    const signed: Zone = { '!mail.r.test A': ['192.0.2.1'], '!_465._tcp.mail.r.test TLSA': [ee] };
    const { route } = await routeIn(signed, {}, () => true, 'smtps:[mail.r.test]');
    if (route.kind !== 'route') throw new Error('no route');
    expect(route.candidates).toMatchObject([{ port: 465 }]);
    expect(await route.candidates[0]?.policy()).toMatchObject({ level: 'dane', wrapper: true });
  });

  it.each(['none', 'may', 'dane'] as const)('wrapper mode at level %s: TLS all the same', async (level) => {
    const policy: RouteRules['policy'] = () => ({ kind: 'level', level });
    const { route } = await routeIn(zone, { policy, wrapper: true }, () => true, '[a.test]');
    if (route.kind !== 'route') throw new Error('no route');
    expect(await route.candidates[0]?.policy()).toMatchObject({ level: 'encrypt', wrapper: true });
  });

  it.each([
    ['error:5.1.6 they have moved', { outcome: 'bounced', dsn: '5.1.6', reason: 'they have moved' }],
    ['retry:closed for today', { outcome: 'deferred', dsn: '4.0.0', reason: 'closed for today' }],
  ])('%s', async (nextHop, status) => {
    const { route, asked } = await routeIn({}, {}, () => false, nextHop);
    expect(route).toMatchObject({ kind: 'trouble', status });
    expect(asked).toEqual([]);
  });
});

describe('findRoute(): we are a host of the domain ourselves', () => {
  const own = {
    name: 'relay.test',
    addresses: new Set(['192.0.2.9']),
    ports: new Set([25, 2525]),
    loopbackPorts: new Set([25, 2525]),
  };
  const us = { own: () => own };
  const records = (...preferences: readonly [number, string][]): Zone => ({
    'x.test MX': mx(...preferences),
    'a.test A': ['192.0.2.1'],
    'b.test A': ['192.0.2.2'],
    'c.test A': ['192.0.2.3'],
    'us.test A': ['192.0.2.9'],
    'relay.test A': ['192.0.2.4'],
  });

  it('at 20 of 10/20/20/30: only 10 is left', async () => {
    const zone = records([10, 'a.test'], [20, 'us.test'], [20, 'b.test'], [30, 'c.test']);
    expect(hosts((await routeIn(zone, us)).route)).toEqual(['a.test[192.0.2.1]']);
  });

  it('by name, whatever the address', async () => {
    const zone = records([10, 'a.test'], [20, 'relay.test']);
    expect(hosts((await routeIn(zone, us)).route)).toEqual(['a.test[192.0.2.1]']);
  });

  it('the best: a loop, and no other destination makes it better', async () => {
    const zone = records([10, 'us.test'], [20, 'a.test']);
    const rules = { ...us, fallbackRelay: '[a.test]' };
    for (const nextHop of ['x.test', 'x.test, a.test']) {
      expect((await routeIn(zone, rules, () => true, nextHop)).route).toMatchObject({
        status: { outcome: 'bounced', dsn: '5.4.6', reason: 'mail for x.test loops back to myself' },
      });
    }
  });

  it('without MX', async () => {
    const zone: Zone = { 'x.test A': ['192.0.2.9'] };
    expect((await routeIn(zone, us)).route).toMatchObject({ status: { dsn: '5.4.6' } });
  });

  it('a better one has no address now', async () => {
    const zone = records([10, 'gone.test'], [20, 'us.test']);
    expect((await routeIn(zone, us)).route).toMatchObject({
      status: { outcome: 'deferred', dsn: '4.4.4', reason: 'unable to find primary relay for x.test' },
    });
  });

  it('then the fallback relay is not used', async () => {
    const zone = records([10, 'a.test'], [20, 'us.test']);
    const { route } = await routeIn(zone, { ...us, fallbackRelay: '[c.test]' });
    expect(route).toMatchObject({ kind: 'route' });
    expect('next' in route).toBe(false);
  });

  it('the slip of an operator bounces nothing', async () => {
    const zone = records([10, 'us.test']);
    const { route } = await routeIn(zone, { ...us, namedIn: () => 'transport_maps' });
    expect(route).toMatchObject({ status: { outcome: 'deferred', dsn: '4.3.5' } });
  });

  it.each(['x.test:587', '[us.test]', '[192.0.2.9]', '[127.0.0.1]', '[127.0.0.1]:10025', '[::1]:25'])(
    'not at another port, and not where the operator says so: %s',
    async (nextHop) => {
      const zone = records([10, 'us.test']);
      const rules = { ...us, namedIn: () => 'relayhost' };
      expect(hosts((await routeIn(zone, rules, () => true, nextHop)).route)).toHaveLength(1);
    },
  );

  it.each([
    '[192.0.2.9]',
    '[127.0.0.1]',
    '[127.3.2.1]',
    '[IPv6:::1]',
    '[IPv6:::ffff:127.0.0.1]',
    '[0.0.0.0]',
  ])('a literal that only the mail names: %s', async (nextHop) => {
    expect((await routeIn({}, us, () => true, nextHop)).route).toMatchObject({
      status: {
        outcome: 'bounced',
        dsn: '5.4.6',
        reason: expect.stringMatching(/^mail for \[.*\] loops back/),
      },
    });
  });

  it.each([
    ['an address of the loopback interface', { 'x.test MX': mx([10, 'a.test']), 'a.test A': ['127.0.0.2'] }],
    ['the same by IPv6', { 'x.test MX': mx([10, 'a.test']), 'a.test AAAA': ['::1'] }],
    ['in other clothes', { 'x.test MX': mx([10, 'a.test']), 'a.test AAAA': ['::ffff:7f00:1'] }],
    ['as a number in the MX record', { 'x.test MX': mx([10, '127.0.0.1']) }],
    ['of the domain itself', { 'x.test A': ['127.0.0.1'] }],
  ] satisfies [string, Zone][])('%s', async (_, zone) => {
    expect((await routeIn(zone, us)).route).toMatchObject({ status: { outcome: 'bounced', dsn: '5.4.6' } });
    const network = { port: 10_025, own: () => ({ ...own, ports: new Set([2525, 10_025]) }) };
    expect(hosts((await routeIn(zone, network)).route)).toHaveLength(1);
  });

  it('on the loopback interface at 20: mail goes to 10, and never to 20', async () => {
    const zone = { ...records([10, 'a.test'], [20, 'local.test']), 'local.test A': ['127.0.0.1'] };
    expect(hosts((await routeIn(zone, us)).route)).toEqual(['a.test[192.0.2.1]']);
  });
});

describe('findRoute(): what is no host', () => {
  const lines = async (zone: Zone): Promise<readonly [Route, readonly string[]]> => {
    const said: string[] = [];
    const ports = {
      lookup: fakeDns(zone).lookup,
      isValidating: async () => true,
      log: ({ severity, text }: { severity: string; text: string }) => void said.push(`${severity}: ${text}`),
      now: () => 0,
      dice: () => 0.5,
    };
    return [await findRoute('x.test', usualRules, ports, new AbortController().signal), said];
  };

  it("is passed over with a warning, in Postfix's words", async () => {
    const [route, said] = await lines({
      'x.test MX': mx([5, '127.0.0.01'], [10, '192.0.2.7'], [10, '*.test'], [20, 'a.test']),
      'a.test A': ['192.0.2.1'],
    });
    expect(hosts(route)).toEqual(['192.0.2.7[192.0.2.7]', 'a.test[192.0.2.1]']);
    expect(said).toEqual([
      'warning: numeric domain name in resource data of MX record for x.test: 192.0.2.7',
      'warning: malformed domain name in resource data of MX record for x.test: 127.0.0.01',
      'warning: malformed domain name in resource data of MX record for x.test: *.test',
    ]);
  });

  it('and where there is nothing else the mail waits', async () => {
    const [route] = await lines({ 'x.test MX': mx([5, '0x7f.1']) });
    expect(route).toMatchObject({
      status: {
        outcome: 'deferred',
        dsn: '4.4.3',
        reason: 'Name service error for name=x.test type=MX: Malformed or unexpected name server reply',
      },
    });
  });

  it('thousands of them do not fill the log', async () => {
    const names = Array.from({ length: 3000 }, (_, nth): [number, string] => [nth, `${nth}.1`]);
    const [, said] = await lines({ 'x.test MX': mx(...names) });
    expect(said).toHaveLength(10);
  });

  it('a number without an MX record is a name like any other, and no address', async () => {
    for (const nextHop of ['[127.0.0.01]', '[0x7f.1]', '[2130706433]']) {
      const { route } = await routeIn({}, {}, () => true, nextHop);
      expect(route).toMatchObject({ status: { outcome: 'bounced', dsn: '5.4.4' } });
    }
  });
});

describe('findRoute(): a denial that nobody vouches for', () => {
  const empty = 'empty';

  it('is enough to go on without what it denies', async () => {
    const { route } = await routeIn({ 'x.test MX': empty, 'x.test A': ['10.0.0.1'], 'x.test AAAA': empty });
    expect(hosts(route)).toEqual(['x.test[10.0.0.1]']);
  });

  it.each([
    ['of the MX records', { 'x.test MX': empty }, 'MX'],
    ['of one family', { 'x.test A': empty }, 'A'],
    ['of the other', { 'x.test AAAA': empty }, 'AAAA'],
  ] satisfies [string, Zone, string][])('is not enough to return mail: %s', async (_, zone, type) => {
    const { route } = await routeIn(zone);
    expect(route).toMatchObject({
      status: {
        outcome: 'deferred',
        dsn: '4.4.3',
        reason: expect.stringContaining(`type=${type}: Malformed`),
      },
    });
  });
});

describe('findRoute(): settings that are read anew', () => {
  const zone: Zone = { 'a.test A': ['192.0.2.1'] };

  it('hold for the next host that is asked for its policy, all of them together', async () => {
    let level: 'may' | 'encrypt' = 'may';
    let settings = usualRules.tls();
    let version = 1;
    const { route } = await routeIn(
      zone,
      { version: () => version, policy: () => ({ kind: 'level', level }), tls: () => settings },
      () => true,
      'a.test',
    );
    if (route.kind !== 'route') throw new Error('no route');
    const [candidate] = route.candidates;
    expect(await candidate?.policy()).toMatchObject({ level: 'may', tls: { ciphers: 'medium' } });
    level = 'encrypt';
    settings = { ...settings, mandatory: { ...settings.mandatory, ciphers: 'high' } };
    version = 2;
    expect(await candidate?.policy()).toMatchObject({ level: 'encrypt', tls: { ciphers: 'high' } });
  });

  it('hold for a host whose policy is just being found out', async () => {
    let version = 1;
    const level = () => (version === 1 ? 'may' : 'encrypt');
    const { route } = await routeIn(
      zone,
      { version: () => version, policy: () => ({ kind: 'level', level: level() }) },
      () => true,
      'a.test',
    );
    if (route.kind !== 'route') throw new Error('no route');
    const asked = route.candidates[0]?.policy();
    version = 2;
    expect(await asked).toMatchObject({ level: 'encrypt' });
  });

  it.each([
    ['asks for its policy', (one: Candidate) => void one.policy('optional')],
    ['asks what it is made from', (one: Candidate) => void one.evidence?.('optional')],
  ])('hold for usual mail too if mail with a lowered policy %s first', async (_, askFirst) => {
    let version = 1;
    const policies = [
      { kind: 'level', level: 'dane', general: true },
      { kind: 'level', level: 'secure' },
    ] as const;
    const policy = () => (version === 1 ? policies[0] : policies[1]);
    const { route } = await routeIn(zone, { version: () => version, policy }, () => true, 'a.test');
    const [candidate] = route.kind === 'route' ? route.candidates : [];
    if (candidate === undefined) throw new Error('no route');
    expect(await candidate.policy()).toMatchObject({ level: 'may' });
    candidate.evidence?.();
    version = 2;
    askFirst(candidate);
    expect(candidate.evidence?.().policy.level).toBe('secure');
    expect(await candidate.policy()).toMatchObject({ level: 'secure' });

    version = 1;
    const underWay = candidate.policy();
    version = 2;
    askFirst(candidate);
    expect(await underWay).toMatchObject({ level: 'secure' });
  });

  it('that ask for DANE find no host without it that nobody proved to be without it', async () => {
    let version = 1;
    const { route } = await routeIn(
      zone,
      {
        version: () => version,
        policy: () => ({ kind: 'level', level: version === 1 ? 'may' : 'dane' }),
      },
      () => false,
      'a.test',
    );
    if (route.kind !== 'route') throw new Error('no route');
    version = 2;
    expect(await route.candidates[0]?.policy()).toMatchObject({ kind: 'skip', fault: 'resolver' });
  });

  it('do not make an unsigned host of one that was found while the resolver did not validate', async () => {
    let version = 1;
    let isValidating = false;
    const { route } = await routeIn(
      zone,
      {
        version: () => version,
        policy: () => ({ kind: 'level', level: version === 1 ? 'may' : 'dane' }),
      },
      () => isValidating,
      'a.test',
    );
    if (route.kind !== 'route') throw new Error('no route');
    version = 2;
    isValidating = true;
    expect(await route.candidates[0]?.policy()).toMatchObject({ kind: 'skip', fault: 'resolver' });
  });
});

describe('findRoute(): the way on', () => {
  it('is remembered for as long as it holds itself', async () => {
    const zone: Record<string, unknown> = {
      'a.test A': { ttl: 90, records: ['192.0.2.1'] },
      'b.test A': { ttl: 5, records: ['192.0.2.2'] },
    };
    let nowMs = 1_000_000;
    const lookup = (async (name: string, type: string) => {
      const entry = zone[`${name} ${type}`] as { ttl: number; records: string[] } | undefined;
      const common = { secure: false, name, aliases: [], ttl: entry?.ttl ?? 90 };
      return entry === undefined
        ? { kind: 'absent', denial: 'NODATA', ...common }
        : { kind: 'found', records: entry.records, ...common };
    }) as Lookup;
    const ports = {
      lookup,
      isValidating: async () => true,
      log: () => {},
      now: () => nowMs,
      dice: () => 0.5,
    };
    const route = await findRoute('[a.test], [b.test]', usualRules, ports, new AbortController().signal);
    if (route.kind !== 'route') throw new Error('no route');
    const nextHosts = async () => hosts((await route.next?.()) ?? route);
    expect(await nextHosts()).toEqual(['b.test[192.0.2.2]']);
    zone['b.test A'] = { ttl: 5, records: ['192.0.2.3'] };
    expect(await nextHosts()).toEqual(['b.test[192.0.2.2]']);
    nowMs += 5_000;
    expect(route.expiresAt).toBeGreaterThan(nowMs);
    expect(await nextHosts()).toEqual(['b.test[192.0.2.3]']);
  });

  it('is looked up again when it was found while the resolver did not validate', async () => {
    let validating = false;
    const zone: Zone = { 'b.test A': ['192.0.2.2'] };
    const { route } = await routeIn(zone, {}, () => validating, '[192.0.2.1], [b.test]');
    if (route.kind !== 'route') throw new Error('no route');
    expect((await route.next?.())?.kind).toBe('wait');
    validating = true;
    expect((await route.next?.())?.kind).toBe('route');
  });
});

describe('findRoute(): many hosts', () => {
  it('looks at a hundred names and addresses, of the best hosts', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `m${index}.test`);
    const zone: Zone = {
      'x.test MX': mx(
        ...names.toReversed().map((name): [number, string] => [Number(name.slice(1, -5)), name]),
      ),
    };
    const silent = await routeIn(zone);
    expect(silent.asked.filter((question) => question.endsWith(' A'))).toHaveLength(100);

    const full: Zone = {
      ...zone,
      ...Object.fromEntries(
        names.map((name, index) => [
          `${name} A`,
          Array.from({ length: 60 }, (_, n) => `10.${index >> 8}.${index & 255}.${n}`),
        ]),
      ),
    };
    const { route, asked } = await routeIn(full, { order: { prefer: 'any', limit: 0, balance: true } });
    expect(hosts(route)).toHaveLength(100);
    expect(asked.filter((question) => question.endsWith(' A'))).toHaveLength(20);
    expect(hosts(route).every((host) => /^m[01]\.test/.test(host))).toBe(true);
  });
});

describe('findRoute(): a login', () => {
  const zone: Zone = { 'a.test A': ['192.0.2.1'] };
  const rules = { filter: [], clear: [], tls: [], verified: [], softBounce: true };
  const login = { user: 'u', password: 'p', id: 'secret id', rules };

  async function policyFor(found: ReturnType<RouteRules['login']>) {
    const asked: string[] = [];
    const { route } = await routeIn(
      zone,
      {
        login: (host, nextHop) => {
          asked.push(`${host} ${nextHop}`);
          return found;
        },
      },
      () => true,
      '[a.test]:587',
    );
    if (route.kind !== 'route') throw new Error('no route');
    return { policy: await route.candidates[0]?.policy(), asked };
  }

  it('is looked up by host and next hop, and no session without it serves its mail', async () => {
    const { policy, asked } = await policyFor(login);
    const { policy: strangers } = await policyFor(undefined);
    expect(asked).toEqual(['a.test [a.test]:587']);
    expect(policy).toMatchObject({ kind: 'use', login });
    expect(strangers).toMatchObject({ kind: 'use' });
    expect(policy?.kind === 'use' && strangers?.kind === 'use' && policy.key !== strangers.key).toBe(true);
  });

  it('that cannot be read keeps the host from hearing anything', async () => {
    expect((await policyFor('invalid')).policy).toMatchObject({
      kind: 'skip',
      reason: 'client SASL configuration problem',
    });
  });
});
