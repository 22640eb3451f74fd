import { describe, expect, it } from 'vitest';
import { usualRules } from '../../test/support/route-rules.ts';
import { usualSettings } from '../../test/support/tls-settings.ts';
import type { Answer, Lookup } from '../core/dns/answer.ts';
import type { LogEvent } from '../core/log/log-event.ts';
import type { StickyWish, StoredLoss } from '../core/sticky/sticky-memory.ts';
import { provesDane } from '../core/tls-policy/sticky.ts';
import { findRoute } from './find-route.ts';
import { createSticky, type StickyStore } from './sticky.ts';

/** What is remembered of destinations, and what comes of it for their hosts. */

const ee = { usage: 3, selector: 1, matching: 1, data: new Uint8Array(32) };
const hour = 3_600_000;
const day = 24 * hour;

function world(wish: StickyWish, own?: StickyWish) {
  const it = {
    now: Date.UTC(2026, 10, 30),
    mx: true,
    address: true,
    /** Its MX records, or none: then the domain is said to have no mail host. */
    hosts: 'one' as 'one' | 'two' | 'evil' | 'null MX' | 'NXDOMAIN' | 'ours',
    /** What is said of the addresses of the first of two hosts; those of the second have never been signed. */
    first: 'there' as 'there' | 'absent' | 'failed',
    /** The host is an alias of a name in another zone, where its TLSA records are. */
    isAlias: false,
    tlsa: 'signed' as 'signed' | 'unsigned' | 'none' | 'unsigned denial',
    evil: 0,
    isValidating: true as boolean | (() => Promise<boolean>),
    /** Answers about TLSA records wait for it. */
    tlsaBegins: undefined as Promise<void> | undefined,
    /** For how long a domain is known to have no MTA-STS policy; absent: nobody asks for one. */
    stsMs: undefined as number | undefined,
    version: 1,
    broken: false,
    stored: new Map<string, Map<string, number>>(),
    losses: [] as StoredLoss[],
    log: [] as LogEvent[],
    counted: [] as string[],
    writes: 0,
    mailed: [] as string[],
  };
  const lookup = (async (name: string, type: string): Promise<Answer<unknown>> => {
    const secure = type === 'MX' ? it.mx : type === 'A' ? it.address : !it.tlsa.startsWith('unsigned');
    const common = { secure, name, aliases: [], ttl: 600 };
    if (type === 'TLSA') await it.tlsaBegins;
    if (it.hosts === 'NXDOMAIN' && type !== 'TLSA') return { kind: 'absent', denial: 'NXDOMAIN', ...common };
    if (type === 'MX' && it.hosts === 'two') {
      const records = ['a.x.test', 'b.y.test'].map((exchange, at) => ({ preference: at, exchange }));
      return { kind: 'found', records, ...common };
    }
    if (type === 'MX' && it.hosts === 'evil')
      return {
        kind: 'found',
        records: [{ preference: 0, exchange: `${(it.evil += 1)}.evil.test` }],
        ...common,
      };
    if (name === 'b.y.test') return { kind: 'found', records: ['192.0.2.2'], ...common, secure: false };
    if (type === 'A' && it.first === 'failed')
      return { kind: 'failed', cause: 'timeout', detail: 'no reply' };
    if (type === 'A' && it.first === 'absent') return { kind: 'absent', denial: 'NXDOMAIN', ...common };
    if (it.isAlias && type === 'A')
      return { kind: 'found', records: ['192.0.2.1'], ...common, name: 'a.z.test', aliases: [name] };
    if (it.isAlias && type === 'CNAME')
      return { kind: 'found', records: ['a.z.test'], ...common, secure: true };
    // The zone of the alias has no TLSA records, and says so.
    if (it.isAlias && name === '_25._tcp.a.x.test')
      return { kind: 'absent', denial: 'NODATA', ...common, secure: true };
    if (type === 'MX' && it.hosts !== 'one') {
      const exchange = it.hosts === 'ours' ? 'relay.test' : '.';
      return { kind: 'found', records: [{ preference: 0, exchange }], ...common };
    }
    if (type === 'MX')
      return { kind: 'found', records: [{ preference: 10, exchange: 'a.x.test' }], ...common };
    if (type === 'A') return { kind: 'found', records: ['192.0.2.1'], ...common };
    return type === 'TLSA' && (it.tlsa === 'signed' || it.tlsa === 'unsigned')
      ? { kind: 'found', records: [ee], ...common }
      : { kind: 'absent', denial: 'NODATA', ...common };
  }) as unknown as Lookup;
  const check = (): void => {
    if (it.broken) throw new Error('Redis is away');
  };
  const store: StickyStore = {
    async hosts(destination) {
      check();
      return it.stored.get(destination) ?? new Map<string, number>();
    },
    async proved(destination, host, at) {
      check();
      it.writes += 1;
      it.stored.set(destination, new Map(it.stored.get(destination)).set(host, at));
    },
    async left(destination, host) {
      it.stored.get(destination)?.delete(host);
    },
    async lost(_, loss) {
      it.losses.push(loss);
    },
  };
  const log = (event: LogEvent): unknown => it.log.push(event);
  const now = (): number => it.now;
  const keeper = createSticky({ store, log, now, count: (word) => it.counted.push(word) });
  const tls = () =>
    ({ ...usualSettings, sticky: wish, mtaSts: it.stsMs === undefined ? 'off' : 'enforce' }) as const;
  const asked = { ...usualRules.policy('x.test'), ...(own !== undefined && { sticky: own }) };
  const rules = {
    ...usualRules,
    families: [4] as const,
    tls,
    version: () => it.version,
    policy: () => asked,
  };
  const ports = {
    lookup,
    isValidating: async () => (typeof it.isValidating === 'boolean' ? it.isValidating : it.isValidating()),
    findSts: async (domain: string) => ({
      kind: 'found' as const,
      domain,
      until: it.now + (it.stsMs ?? 0),
    }),
    log,
    now,
    dice: () => 0.5,
    sticky: keeper,
    mailed: (nextHop: string) => it.mailed.push(nextHop),
  };
  const route = () => findRoute('x.test', rules, ports, new AbortController().signal);
  /** What becomes of mail that has no host to go to. */
  async function trouble() {
    const found = await route();
    return found.kind === 'trouble' ? found.status : undefined;
  }
  async function candidate() {
    const found = await route();
    const [first] = found.kind === 'route' ? found.candidates : [];
    if (first === undefined) throw new Error('no candidate');
    return first;
  }
  /** The level that each host has, or why it has none. */
  async function policies(): Promise<readonly string[]> {
    const found = await route();
    const all = found.kind === 'route' ? found.candidates : [];
    const decided = await Promise.all(all.map((one) => one.policy()));
    return decided.map((one) => (one.kind === 'use' ? one.level : one.reason));
  }
  /** That of the first. */
  async function policy(): Promise<string> {
    const [first = 'no candidate'] = await policies();
    return first;
  }
  /** As a session does that was judged. */
  async function prove(): Promise<void> {
    const one = await candidate();
    if (provesDane(await one.policy())) one.proved?.();
    await Promise.resolve();
  }
  const lines = (): readonly string[] => it.log.map(({ event }) => event);
  return { it, candidate, trouble, policy, policies, prove, lines };
}

const held = /^this host was proved by signed TLSA records at 2026-11-30T00:00:00Z, and /;

describe('a destination that was proved', () => {
  it('is held when its MX records lose their signature, until it is proved again', async () => {
    const { it, policy, prove, lines } = world('enforce');
    await prove();
    it.now += day;
    it.mx = false;
    expect(await policy()).toMatch(held);
    expect(await policy()).toMatch(/stands in MX records that are not signed now$/);
    expect(lines()).toEqual(['DANE lost']);
    expect(it.counted).toEqual(['held', 'held']);
    expect(it.losses).toEqual([{ host: 'a.x.test', what: 'MX', since: it.now, waits: true }]);
    it.mx = true;
    expect(await policy()).toBe('dane');
  });

  it('is told of again after an hour, and gets its mail, where that is all that is wanted', async () => {
    const { it, policy, prove, lines } = world('warn');
    await prove();
    it.address = false;
    expect([await policy(), await policy()]).toEqual(['may', 'may']);
    expect(lines()).toEqual(['DANE lost']);
    it.now += hour;
    expect(await policy()).toBe('may');
    expect(lines()).toEqual(['DANE lost', 'DANE lost']);
    expect(it.log.at(-1)?.text).toMatch(/: its mail goes as if it had never had any$/);
  });

  it.each(['unsigned', 'unsigned denial'] as const)('is held when its TLSA records are: %s', async (tlsa) => {
    const { it, policy, prove } = world('enforce');
    await prove();
    it.tlsa = tlsa;
    expect(await policy()).toMatch(held);
  });

  it('may leave: its zone says with a signature that there are no records, and it is forgotten', async () => {
    const { it, policy, prove, lines } = world('enforce');
    await prove();
    it.tlsa = 'none';
    expect(await policy()).toBe('may');
    expect(lines()).toEqual(['DANE left']);
    expect(it.stored.get('x.test')?.size).toBe(0);
    it.mx = false;
    expect(await policy()).toBe('may');
  });

  it('is held no longer than the horizon, and no longer than an operator wishes', async () => {
    const { it, policy, prove } = world('enforce');
    await prove();
    it.mx = false;
    it.now += 14 * day - 1;
    expect(await policy()).toMatch(held);
    it.now += 1;
    expect(await policy()).toBe('half-dane');
    it.now -= day;
    expect(await policy()).toMatch(held);
    it.stored.clear();
    expect(await policy()).toBe('half-dane');
  });

  it('waits, and our own house is to blame, while nobody knows what was remembered', async () => {
    const { it, candidate, policy, prove } = world('enforce');
    await prove();
    it.mx = false;
    it.broken = true;
    const decided = await (await candidate()).policy();
    expect(decided).toMatchObject({ kind: 'skip', fault: 'memory unknown' });
    it.broken = false;
    expect(await policy()).toMatch(held);
  });

  it('does not wait for that where a warning is all that is wanted', async () => {
    const { it, policy } = world('warn');
    Object.assign(it, { mx: false, broken: true });
    expect(await policy()).toBe('half-dane');
    expect(it.counted).toEqual(['unknown']);
  });

  it('is not asked about where DANE decides, nor while the resolver does not validate', async () => {
    const { it, candidate, policy, prove } = world('enforce');
    await prove();
    it.broken = true;
    expect(await policy()).toBe('dane');
    const one = await candidate();
    it.mx = false;
    it.address = false;
    it.isValidating = false;
    await expect(one.policy()).resolves.toMatchObject({ kind: 'use', level: 'dane' });
    expect(it.counted).toEqual([]);
  });
});

describe('a decision about a destination that was proved', () => {
  it('goes by what it has found itself, whatever another one that overtakes it has asked anew', async () => {
    const { it, candidate, prove } = world('enforce');
    await prove();
    Object.assign(it, { tlsa: 'unsigned denial', stsMs: 1_000 });
    const one = await candidate();
    let probed: (isValidating: boolean) => void = () => {};
    const probing = new Promise<boolean>((resolve) => (probed = resolve));
    const begun = new Promise<void>((resolve) => {
      it.isValidating = () => {
        resolve();
        return probing;
      };
    });
    const first = one.policy();
    await begun;
    it.now += 1_000;
    let answered: () => void = () => {};
    it.tlsaBegins = new Promise((resolve) => (answered = resolve));
    const second = one.policy();
    probed(true);
    await expect(first).resolves.toMatchObject({ kind: 'skip', fault: 'DANE lost' });
    answered();
    await expect(second).resolves.toMatchObject({ kind: 'skip', fault: 'DANE lost' });
  });

  it('is forgotten with its evidence when the settings change', async () => {
    const { it, candidate, prove } = world('warn');
    await prove();
    it.tlsa = 'unsigned denial';
    const one = await candidate();
    await one.policy();
    expect(one.evidence?.().dns).toMatch(/; no TLSA records; this host was proved by /);
    it.version += 1;
    // Whoever asks first, by whichever way, has them read again.
    one.evidence?.('optional');
    expect(one.evidence?.().dns).toBe('MX signed; address signed');
  });
});

describe('a host beside one that was proved', () => {
  it.each(['there', 'absent'] as const)(
    'gets no mail when the signatures of both have gone: %s',
    async (first) => {
      const { it, policies, prove, lines } = world('enforce');
      it.hosts = 'two';
      await prove();
      expect(await policies()).toEqual(['dane', 'may']);
      Object.assign(it, { address: false, first });
      const all = await policies();
      expect(all.at(-1)).toBe(
        'a.x.test was proved by signed TLSA records at 2026-11-30T00:00:00Z, and has no signed address now',
      );
      expect(all.filter((one) => one === 'may')).toEqual([]);
      expect([lines(), it.losses.map(({ host }) => host)]).toEqual([
        expect.arrayContaining(['DANE lost']),
        ['a.x.test'],
      ]);
    },
  );

  it('gets none either while nobody knows of the other; that is nothing to warn of', async () => {
    for (const [wish, expected] of [
      ['enforce', 'a.x.test was proved by'],
      ['warn', 'may'],
    ] as const) {
      const { it, policies, prove, lines } = world(wish);
      it.hosts = 'two';
      await prove();
      it.first = 'failed';
      expect(await policies()).toEqual([expect.stringContaining(expected)]);
      expect(lines().includes('DANE lost')).toBe(wish === 'enforce');
    }
  });
});

describe('a host that is an alias', () => {
  it('is held when its target is not signed any more, though its own zone denies TLSA records', async () => {
    const { it, policy, prove, lines } = world('enforce');
    it.isAlias = true;
    await prove();
    expect(it.writes).toBe(1);
    it.address = false;
    expect(await policy()).toMatch(/^this host was proved .* and has no signed address now$/);
    it.address = true;
    it.tlsa = 'unsigned';
    expect(await policy()).toMatch(held);
    expect(lines()).toEqual(['DANE lost', 'DANE lost']);
    it.tlsa = 'none';
    expect(await policy()).toBe('may');
    expect(lines().at(-1)).toBe('DANE left');
  });
});

describe('hosts that unsigned MX records name', () => {
  it('are told of once for all, and nobody says that they were proved', async () => {
    const { it, policy, prove } = world('enforce');
    await prove();
    Object.assign(it, { hosts: 'evil', mx: false, address: false });
    for (let nth = 0; nth < 40; nth += 1) {
      expect(await policy()).toMatch(/^this domain was proved by .*, and has no signed MX records now$/);
    }
    expect(it.log.map(({ text }) => text)).toEqual([
      expect.stringMatching(
        /^x\.test was proved by .*, and has no signed MX records now: it gets no mail until/,
      ),
    ]);
  });
});

describe('a destination that was proved, and is said to have no mail host', () => {
  const gone = ['null MX', 'NXDOMAIN', 'ours'] as const;
  it.each(gone)('keeps its mail where nobody signs that: %s', async (hosts) => {
    const { it, trouble, prove, lines } = world('enforce');
    await prove();
    Object.assign(it, { hosts, mx: false, address: false });
    expect(await trouble()).toMatchObject({
      outcome: 'deferred',
      dsn: '4.7.5',
      tlsFault: { kind: 'DANE lost', host: 'x.test' },
      reason:
        'this domain was proved by signed TLSA records at 2026-11-30T00:00:00Z, and has no mail host now, and that is not signed',
    });
    expect(lines()).toEqual(['DANE lost']);
    it.broken = true;
    expect(await trouble()).toMatchObject({ outcome: 'deferred', ours: true });
  });

  it.each(gone)('gives it back where its zone says so, or where none was proved: %s', async (hosts) => {
    const { it, trouble, prove } = world('enforce');
    await prove();
    Object.assign(it, { hosts });
    expect(await trouble()).toMatchObject({ outcome: 'bounced' });
    Object.assign(it, { mx: false, address: false, stored: new Map() });
    expect(await trouble()).toMatchObject({ outcome: 'bounced' });
  });

  it('gives it back with a warning where a warning is all that is wanted', async () => {
    const { it, trouble, prove } = world('warn');
    await prove();
    Object.assign(it, { hosts: 'NXDOMAIN', mx: false, address: false });
    expect(await trouble()).toMatchObject({ outcome: 'bounced' });
    expect(it.log.at(-1)?.text).toMatch(/: its mail is handled as if it had never had any$/);
  });
});

describe('what is remembered', () => {
  it('is what a session has proved, once an hour', async () => {
    const { it, policy, prove } = world('warn');
    await policy();
    expect(it.stored.size).toBe(0);
    await prove();
    await prove();
    expect(it.writes).toBe(1);
    it.now += hour;
    await prove();
    expect(it.writes).toBe(2);
  });

  it('is what the entry of a destination says, whatever all others have', async () => {
    const one = world('off', 'enforce');
    await one.prove();
    one.it.mx = false;
    expect(await one.policy()).toMatch(held);
    const other = world('enforce', 'off');
    await other.prove();
    expect(other.it.writes).toBe(0);
  });

  it('is stored at once by the proof that ends a loss, whichever host was lost', async () => {
    const { it, policy, prove } = world('warn');
    await prove();
    Object.assign(it, { hosts: 'evil', mx: false });
    await policy();
    Object.assign(it, { hosts: 'one', mx: true });
    await prove();
    expect(it.writes).toBe(2);
  });

  it('is stored again when the clock was set back', async () => {
    const { it, prove } = world('warn');
    await prove();
    it.now -= hour;
    await prove();
    expect(it.writes).toBe(2);
  });

  it('is lost anew after the proof that ended a loss, and told of at once', async () => {
    const { it, policy, prove, lines } = world('warn');
    await prove();
    for (const mx of [false, true, false]) {
      it.mx = mx;
      await (mx ? prove() : policy());
    }
    expect(lines()).toEqual(['DANE lost', 'DANE lost']);
  });

  it('of a domain that names ever new hosts, and of very many domains, is noted for some', async () => {
    const written: string[] = [];
    const store = {
      proved: async (destination: string, host: string) => void written.push(`${destination} ${host}`),
    } as unknown as StickyStore;
    const { proved } = createSticky({ store, log: () => {}, now: () => 0 });
    for (let nth = 0; nth < 32; nth += 1) proved('x.test', `${nth}`, day);
    proved('x.test', '0', day);
    expect(written).toHaveLength(32);
    proved('x.test', '32', day);
    proved('x.test', '0', day);
    expect(written).toHaveLength(34);
    for (let nth = 1; nth < 10_000; nth += 1) proved(`${nth}.test`, 'mx', day);
    proved('x.test', '0', day);
    expect(written.slice(-2)).toEqual(['9998.test mx', '9999.test mx']);
    for (let nth = 10_000; nth < 20_000; nth += 1) proved(`${nth}.test`, 'mx', day);
    proved('x.test', '0', day);
    expect(written.at(-1)).toBe('x.test 0');
  });

  it('is stored at the next proof if it could not be', async () => {
    const { it, prove } = world('warn');
    it.broken = true;
    await prove();
    await new Promise(setImmediate);
    it.broken = false;
    await prove();
    expect(it.writes).toBe(1);
  });

  it('is nothing of a host behind MX records that are not signed, and nothing where it is off', async () => {
    const one = world('warn');
    one.it.mx = false;
    await one.prove();
    expect(one.it.stored.size).toBe(0);
    const off = world('off');
    await off.prove();
    expect(off.it.stored.size).toBe(0);
    off.it.stored.set('x.test', new Map([['a.x.test', off.it.now]]));
    off.it.mx = false;
    expect(await off.policy()).toBe('half-dane');
  });
});

describe('who checks destinations', () => {
  it.each(['off', 'warn', 'enforce'] as const)('is told of one that is proved, at %s', async (wish) => {
    const one = world(wish);
    await one.prove();
    expect(one.it.mailed).toEqual(['x.test']);
    one.it.mx = false;
    await one.prove();
    expect(one.it.mailed).toEqual(['x.test']);
  });
});
