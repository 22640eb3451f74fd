import { describe, expect, it } from 'vitest';
import { usualRules } from '../../test/support/route-rules.ts';
import { usualSettings } from '../../test/support/tls-settings.ts';
import type { Answer, Lookup } from '../core/dns/answer.ts';
import type { LogEvent } from '../core/log/log-event.ts';
import type { StickyWish } from '../core/sticky/sticky-memory.ts';
import type { AskedPolicy } from '../core/tls-policy/policy-entry.ts';
import { findRoute } from './find-route.ts';
import { createSticky } from './sticky.ts';
import type { TriedOut } from './tried-out.ts';

/** The policy of a host that is only tried out. */

const ee = { usage: 3, selector: 1, matching: 1, data: new Uint8Array(32) };
const start = Date.UTC(2026, 10, 30);

/** Never resolves. */
function giveUp(signal: AbortSignal | undefined): Promise<never> {
  return new Promise<never>((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

async function world(asked: AskedPolicy, tried: AskedPolicy | undefined, sticky: StickyWish = 'off') {
  const it = {
    mx: true,
    tlsa: true,
    isValidating: true,
    version: 1,
    tried,
    broken: false,
    /** Nobody answers about TLSA records. */
    isSilent: false,
    /** MTA-STS policies come when the relay stops, or not at all. */
    stopping: new AbortController(),
    asked: [] as string[],
    stored: new Map<string, number>(),
    written: [] as string[],
    log: [] as LogEvent[],
  };
  const lookup = (async (name: string, type: string, signal?: AbortSignal): Promise<Answer<unknown>> => {
    it.asked.push(`${name} ${type}`);
    if (type === 'TLSA' && it.isSilent) return giveUp(signal);
    const common = { secure: type === 'MX' ? it.mx : true, name, aliases: [], ttl: 600 };
    if (type === 'MX')
      return { kind: 'found', records: [{ preference: 10, exchange: 'a.x.test' }], ...common };
    if (type === 'A') return { kind: 'found', records: ['192.0.2.1'], ...common };
    return type === 'TLSA' && it.tlsa
      ? { kind: 'found', records: [ee], ...common }
      : { kind: 'absent', denial: 'NODATA', ...common };
  }) as unknown as Lookup;
  const log = (event: LogEvent): unknown => it.log.push(event);
  const write = async (what: string): Promise<void> => void it.written.push(what);
  const store = {
    async hosts() {
      if (it.broken) throw new Error('Redis is away');
      return it.stored;
    },
    async proved(_: string, host: string, at: number) {
      it.stored.set(host, at);
    },
    async left(_: string, host: string) {
      it.stored.delete(host);
      await write('left');
    },
    lost: () => write('lost'),
  };
  const settings = { ...usualSettings, mtaSts: 'off' as const, sticky };
  const rules = {
    ...usualRules,
    families: [4] as const,
    version: () => it.version,
    policy: () => asked,
    whatIf: () => it.tried,
    tls: () => settings,
  };
  const ports = {
    lookup,
    isValidating: async () => it.isValidating,
    log,
    now: () => start,
    dice: () => 0.5,
    sticky: createSticky({ store, log, now: () => start }),
    findSts: (_: string, __: Lookup, signal?: AbortSignal) => giveUp(signal),
  };
  async function candidate() {
    const route = await findRoute('x.test', rules, ports, it.stopping.signal);
    const [first] = route.kind === 'route' ? route.candidates : [];
    if (first === undefined) throw new Error('no candidate');
    return first;
  }
  return { it, candidate };
}

function word(tried: TriedOut | undefined): string {
  if (tried === undefined) return 'nothing';
  const { level, policy } = tried;
  if (policy === undefined) return `${level}: unknown`;
  return `${level}: ${policy.kind === 'use' ? policy.level : policy.reason}`;
}

const may: AskedPolicy = { kind: 'level', level: 'may' };
const dane: AskedPolicy = { kind: 'level', level: 'dane' };
const daneOnly: AskedPolicy = { kind: 'level', level: 'dane-only' };
const enforcing: AskedPolicy = { ...dane, sticky: 'enforce' };

describe('a policy that is tried out', () => {
  it('goes by what the decision about the host has found', async () => {
    const { it, candidate } = await world(dane, daneOnly);
    const one = await candidate();
    await one.policy();
    const before = it.asked.length;
    expect(word(await one.whatIf?.())).toBe('dane-only: dane-only');
    expect(it.asked).toHaveLength(before);
  });

  it('looks up what nobody has needed yet, once', async () => {
    const { it, candidate } = await world(may, daneOnly);
    it.tlsa = false;
    const one = await candidate();
    await one.policy();
    expect(it.asked).not.toContain('_25._tcp.a.x.test TLSA');
    const both = await Promise.all([one.whatIf?.(), one.whatIf?.()]);
    expect(both.map(word)).toEqual(Array(2).fill('dane-only: no TLSA records found'));
    expect(it.asked.filter((name) => name.endsWith('TLSA'))).toHaveLength(1);
  });

  it('is another one after the settings have changed, or none', async () => {
    const { it, candidate } = await world(may, daneOnly);
    const one = await candidate();
    expect(word(await one.whatIf?.())).toBe('dane-only: dane-only');
    Object.assign(it, { tried: { kind: 'level', level: 'encrypt' }, version: 2 });
    expect(word(await one.whatIf?.())).toBe('encrypt: encrypt');
    Object.assign(it, { tried: undefined, version: 3 });
    expect(word(await one.whatIf?.())).toBe('nothing');
  });

  it('is unknown while the resolver does not validate', async () => {
    const { it, candidate } = await world(may, daneOnly);
    const one = await candidate();
    it.isValidating = false;
    expect(word(await one.whatIf?.())).toBe('dane-only: unknown');
  });

  it.each<[string, AskedPolicy]>([
    ['MTA-STS policies', { ...may, mtaSts: 'enforce' }],
    ['TLSA records', daneOnly],
  ])('is nothing to tell of once the relay stops, whatever is waited for: %s', async (_, asked) => {
    const { it, candidate } = await world(may, asked);
    it.isSilent = true;
    const tried = (await candidate()).whatIf?.();
    await new Promise(setImmediate);
    it.stopping.abort();
    const later = new Promise<'later'>((resolve) => setImmediate(() => resolve('later')));
    expect(await Promise.race([Promise.resolve(tried).then(word), later])).toBe('nothing');
  });
});

describe('a memory that is tried out', () => {
  it('holds the host that has lost DANE; nothing is said or stored of that', async () => {
    const { it, candidate } = await world(dane, enforcing);
    const proving = await candidate();
    await proving.policy();
    proving.proved?.();
    // Though nothing in force would need it.
    expect([...it.stored.keys()]).toEqual(['a.x.test']);
    expect(word(await proving.whatIf?.())).toBe('dane: dane');
    it.mx = false;
    const one = await candidate();
    await expect(one.policy()).resolves.toMatchObject({ kind: 'use', level: 'half-dane' });
    expect(word(await one.whatIf?.())).toMatch(/^dane: this host was proved by .* not signed now$/);
    expect([it.log, it.written]).toEqual([[], []]);
  });

  it('is forgotten when the zone says so, where nothing else would go by it', async () => {
    for (const [sticky, written] of [
      ['off', ['left']],
      ['warn', []],
    ] as const) {
      const { it, candidate } = await world(may, enforcing, sticky);
      it.stored.set('a.x.test', start);
      it.tlsa = false;
      const one = await candidate();
      expect(word(await one.whatIf?.())).toBe('dane: may');
      expect(it.written).toEqual(written);
    }
  });

  it('is unknown where it cannot be read', async () => {
    const { it, candidate } = await world(dane, enforcing);
    Object.assign(it, { mx: false, broken: true });
    expect(word(await (await candidate()).whatIf?.())).toBe('dane: unknown');
  });

  it('is not asked where the policy would only warn, and nothing is remembered for one that has none', async () => {
    const { it, candidate } = await world(dane, { ...dane, sticky: 'warn' });
    Object.assign(it, { mx: false, broken: true });
    expect(word(await (await candidate()).whatIf?.())).toBe('dane: half-dane');
    const other = await world(dane, daneOnly);
    const one = await other.candidate();
    await one.policy();
    one.proved?.();
    expect(other.it.stored.size).toBe(0);
  });
});
