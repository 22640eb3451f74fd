import { describe, expect, it } from 'vitest';
import { usualRules } from '../../test/support/route-rules.ts';
import { usualSettings } from '../../test/support/tls-settings.ts';
import type { Answer, Lookup } from '../core/dns/answer.ts';
import type { LogEvent } from '../core/log/log-event.ts';
import type { StsFinding } from '../core/sts/sts-finding.ts';
import type { HostPolicy } from '../core/tls-policy/host-policy.ts';
import { findRoute, type RouteRules } from './find-route.ts';

/** When the MTA-STS policy of a destination is looked for, and what comes of it. */

const ee = { usage: 3, selector: 1, matching: 1, data: new Uint8Array(32) };

interface Zone {
  readonly mx: 'signed' | 'unsigned' | 'none';
  /** Hosts that have TLSA records. */
  readonly tlsa?: readonly string[];
  readonly hosts?: readonly string[];
}

function world({ mx, tlsa = [], hosts = ['a.x.test'] }: Zone, rules: Partial<RouteRules> = {}) {
  const it = { now: 1_000_000, asked: [] as string[], log: [] as LogEvent[], until: 60_000, listed: hosts };
  const lookup = (async (name: string, type: string): Promise<Answer<unknown>> => {
    it.asked.push(`${name} ${type}`);
    // The others get their turn, so that what is asked for at the same time is asked first.
    await Promise.resolve();
    const common = { secure: type !== 'MX' || mx === 'signed', name, aliases: [], ttl: 600 };
    const absent = { kind: 'absent', denial: 'NODATA', ...common } as const;
    if (type === 'MX') {
      const records = hosts.map((exchange, place) => ({ preference: 10 * (place + 1), exchange }));
      return mx === 'none' ? absent : { kind: 'found', records, ...common };
    }
    if (type === 'A') return { kind: 'found', records: ['192.0.2.1'], ...common };
    const isThere = tlsa.some((host) => name.endsWith(`._tcp.${host}`));
    return type === 'TLSA' && isThere ? { kind: 'found', records: [ee], ...common } : absent;
  }) as unknown as Lookup;
  async function findSts(domain: string): Promise<StsFinding> {
    it.asked.push(`${domain} STS`);
    const policy = { mode: 'enforce', maxAge: 600, mx: it.listed, lines: [] } as const;
    const known = { policy, id: 'i', fetchedAt: 0, expiresAt: 1 };
    return { kind: 'found', domain, known, until: it.now + it.until };
  }
  const ports = {
    lookup,
    findSts,
    isValidating: async () => true,
    log: (event: LogEvent) => void it.log.push(event),
    now: () => it.now,
    dice: () => 0.5,
  };
  const find = async (nextHop = 'x.test') => {
    const all = { ...usualRules, families: [4] as const, ...rules };
    const route = await findRoute(nextHop, all, ports, new AbortController().signal);
    if (route.kind !== 'route') throw new Error('no route');
    return route;
  };
  return { it, find };
}

function word(policy: HostPolicy | undefined): string | undefined {
  return policy?.kind === 'use' ? policy.level : policy?.reason;
}

describe('the policy of a destination', () => {
  it('is not looked for where DANE decides', async () => {
    const { it, find } = world({ mx: 'signed', tlsa: ['a.x.test'] });
    const { candidates } = await find();
    expect(word(await candidates[0]?.policy())).toBe('dane');
    expect(it.asked).toEqual(['x.test MX', 'a.x.test A', '_25._tcp.a.x.test TLSA']);
  });

  it('is looked for once a host has shown that it has no TLSA records', async () => {
    const { it, find } = world({ mx: 'signed' });
    const { candidates } = await find();
    expect(it.asked).not.toContain('x.test STS');
    expect(word(await candidates[0]?.policy())).toBe('sts');
    expect(it.asked.at(-1)).toBe('x.test STS');
  });

  it('is looked for beside the addresses where the MX records are not signed', async () => {
    const { it, find } = world({ mx: 'unsigned' });
    const { candidates } = await find();
    expect(it.asked.slice(0, 2)).toEqual(['x.test MX', 'x.test STS']);
    expect(word(await candidates[0]?.policy())).toBe('sts');
    expect(it.asked.filter((one) => one === 'x.test STS')).toHaveLength(1);
  });

  it('is that of the domain itself where there are no MX records', async () => {
    const { find } = world({ mx: 'none', hosts: ['x.test'] });
    const { candidates } = await find();
    expect(await candidates[0]?.policy()).toMatchObject({ level: 'sts', serverName: 'x.test' });
  });

  it('is that of a relayhost, and of one that is named with its host', async () => {
    const { it, find } = world({ mx: 'none', hosts: ['smart.test'] });
    const { candidates } = await find('[smart.test]:587');
    expect(word(await candidates[0]?.policy())).toBe('sts');
    expect(it.asked).toContain('smart.test STS');
  });

  it('is none for an address', async () => {
    const { it, find } = world({ mx: 'none' });
    const { candidates } = await find('[192.0.2.7]');
    expect(word(await candidates[0]?.policy())).toBe('may');
    expect(it.asked).toEqual([]);
  });

  it.each([
    ['the operator wants none', { tls: () => ({ ...usualSettings, mtaSts: 'off' as const }) }],
    ['an entry decides', { policy: () => ({ kind: 'level', level: 'encrypt' }) as const }],
  ])('is not looked for if %s', async (_, rules) => {
    const { it, find } = world({ mx: 'unsigned' }, rules);
    const { candidates } = await find();
    await candidates[0]?.policy();
    expect(it.asked).not.toContain('x.test STS');
  });

  it('is shared by the hosts, and rules some of them out', async () => {
    const { it, find } = world({ mx: 'unsigned', hosts: ['a.x.test', 'b.x.test'] });
    it.listed = ['b.x.test'];
    const { candidates } = await find();
    const words = await Promise.all(candidates.map(async (one) => word(await one.policy())));
    expect(words).toEqual(['MTA-STS policy of x.test does not list this host', 'sts']);
    expect(it.asked.filter((one) => one === 'x.test STS')).toHaveLength(1);
    expect(it.log.map(({ event, text }) => [event, text])).toEqual([
      ['not in STS policy', "MX name 'a.x.test' does not match STS MX pattern for 'x.test'"],
    ]);
  });

  it('is looked for again once its record has to be asked for', async () => {
    const { it, find } = world({ mx: 'signed' });
    const { candidates } = await find();
    const [first] = candidates;
    expect(word(await first?.policy())).toBe('sts');
    it.now += 59_999;
    expect(word(await first?.policy())).toBe('sts');
    expect(it.asked.filter((one) => one === 'x.test STS')).toHaveLength(1);
    it.now += 1;
    it.listed = ['other.test'];
    expect(word(await first?.policy())).toBe('MTA-STS policy of x.test does not list this host');
    expect(it.asked.filter((one) => one === 'x.test STS')).toHaveLength(2);
  });

  it('is among what is known of a host', async () => {
    const { find } = world({ mx: 'signed' });
    const { candidates } = await find();
    await candidates[0]?.policy();
    expect(candidates[0]?.evidence?.().dns).toBe(
      'MX signed; address signed; no TLSA records; MTA-STS enforce, id i, host listed',
    );
  });
});
