import { describe, expect, test } from 'vitest';
import { candidateAt, claimOf, routeOf } from '../../test/support/delivery-kit.ts';
import { dialling } from '../../test/support/dialling.ts';
import { usualRules } from '../../test/support/route-rules.ts';
import type { Lookup } from '../core/dns/answer.ts';
import type { SecurityLevel } from '../core/levels/levels.ts';
import type { TlsNeed } from '../core/mail/tls-need.ts';
import type { HostPolicy, UsableHost } from '../core/tls-policy/host-policy.ts';
import type { PolicyEntry } from '../core/tls-policy/policy-entry.ts';
import { deliver } from './deliver.ts';
import { findRoute } from './find-route.ts';
import type { DeliverPorts } from './ports.ts';
import type { FoundRoute } from './route.ts';
import { sessionPool } from './session-pool.ts';
import { untoldRoute } from './untold-route.ts';

/** Reports about TLS reach hosts whose own policy they are about; what the operator demands keeps them away as ever. */

const asked: string[] = [];
/** A signed domain whose host has a TLSA record. */
const lookup = (async (name: string, type: string) => {
  asked.push(type);
  const common = { secure: true, name, aliases: [], ttl: 30 };
  const record = { usage: 3, selector: 1, matching: 1, data: Buffer.alloc(32) };
  const records = { A: ['192.0.2.1'], MX: [{ preference: 1, exchange: 'mx.x.test' }], TLSA: [record] }[type];
  return records === undefined
    ? { kind: 'absent', denial: 'NODATA', ...common }
    : { kind: 'found', records, ...common };
}) as unknown as Lookup;

const ports = { lookup, isValidating: async () => true, log: () => {}, now: () => 5, dice: () => 0.5 };

async function routeAt(level: SecurityLevel, named?: string): Promise<FoundRoute> {
  const route = await findRoute(
    'x.test',
    { ...usualRules, policy: () => ({ kind: 'level', level }), namedIn: () => named },
    ports,
    new AbortController().signal,
  );
  if (route.kind !== 'route') throw new Error('no route');
  return route;
}

const policyOf = async ({ candidates }: FoundRoute, need?: TlsNeed): Promise<HostPolicy | undefined> =>
  candidates[0]?.policy(need);

describe('a report about TLS', () => {
  test('does without the TLSA records of the domain, and asks for none', async () => {
    const route = await routeAt('dane');
    const before = asked.length;
    const relaxed = await policyOf(route, 'relaxed');
    expect(relaxed).toMatchObject({ kind: 'use', level: 'may', tlsa: [] });
    expect(asked.slice(before)).toEqual([]);
    expect(await policyOf(route)).toMatchObject({ level: 'dane' });
  });

  test('has sessions that serve no other mail', async () => {
    const [report, other] = [
      await policyOf(await routeAt('dane'), 'relaxed'),
      await policyOf(await routeAt('may')),
    ];
    if (report?.kind !== 'use' || other?.kind !== 'use') throw new Error('no policy');
    expect(report.key).toBe(`${other.key} for reports`);
    expect(report.relaxed).toBe(true);
  });

  test.each(['encrypt', 'dane-only', 'may'] as const)(
    'keeps %s, which the operator asks for',
    async (level) => {
      const route = await routeAt(level);
      expect(await policyOf(route, 'relaxed')).toEqual(await policyOf(route));
    },
  );

  test('has evidence of its own, and that of other mail stays', async () => {
    const [candidate] = (await routeAt('dane')).candidates;
    await candidate?.policy('usual');
    const { policy: report, dns } = candidate?.evidence?.('relaxed') ?? {};
    expect([report, dns]).toEqual([
      { level: 'may', rule: 'report about TLS' },
      expect.not.stringContaining('TLSA'),
    ]);
    expect(candidate?.evidence?.('usual')).toMatchObject({
      policy: { level: 'dane' },
      dns: expect.stringContaining('TLSA') as string,
    });
  });

  test('heeds settings that were read again, and an exception that the operator has made', async () => {
    let asked: PolicyEntry = { kind: 'level', level: 'encrypt' };
    let version = 0;
    const rules = { ...usualRules, policy: () => asked, version: () => version };
    const route = await findRoute('x.test', rules, ports, new AbortController().signal);
    if (route.kind !== 'route') throw new Error('no route');
    expect(await policyOf(route, 'relaxed')).toMatchObject({ level: 'encrypt' });
    asked = { kind: 'level', level: 'dane', exception: { name: 'x.test', until: 9e15 } } as PolicyEntry;
    version = 1;
    expect(await policyOf(route, 'relaxed')).toMatchObject({
      level: 'may',
      relaxed: true,
      exception: 'x.test',
      key: expect.stringMatching(/ for reports by exception x\.test$/) as string,
    });
    expect(route.candidates[0]?.evidence?.('usual')).toMatchObject({ policy: { level: 'dane' } });
  });

  test('has nothing to be reported, on further legs neither', async () => {
    const first = await routeAt('dane');
    const route = { ...first, next: async () => first };
    expect(route.candidates.map(({ domain }) => domain)).toEqual(['x.test']);
    const next = await untoldRoute(route).next?.();
    for (const one of [untoldRoute(route), next])
      expect(one?.kind === 'route' && one.candidates.map((each) => 'domain' in each)).toEqual([false]);
  });

  test('and a host that a setting names is nothing to be reported of in any case', async () => {
    expect((await routeAt('dane', 'relayhost')).candidates.map((each) => 'domain' in each)).toEqual([false]);
  });
});

test.each([
  [true, ['may', 'none']],
  [undefined, ['may']],
])(
  'deliver(): in clear at once where TLS does not work, if the mail is such a report: %s',
  async (tlsReport, wanted) => {
    const levels: string[] = [];
    const may = { kind: 'use', level: 'may', tlsa: [], warnings: [], key: 'may' } as unknown as UsableHost;
    const status = { outcome: 'deferred', dsn: '4.7.5', reason: '', scope: 'message' } as const;
    const ports = {
      ...dialling(async (_, { level }) => {
        levels.push(level);
        return { kind: 'trouble', step: 'handshake', status, tlsBroke: true };
      }),
      log: () => {},
      now: () => 5,
      limits: { recipients: 2, sessions: 2, clearAfterMs: 300_000 },
      ambiguous: 'resend',
    } satisfies DeliverPorts;
    const claim = claimOf({ envelope: { sender: 'a@y.test', recipients: [{ address: 'u@x.test' }] } });
    const mail = { ...claim, message: { ...claim.message, ...(tlsReport && { tlsReport }) } };
    const pool = sessionPool({ reuse: true, idleMs: 1, ageMs: 1, count: 0 }, () => 0);
    const host = candidateAt('mx1', { policy: async () => may });
    await deliver(mail, routeOf([host]), { pool, ports, signal: new AbortController().signal });
    expect(levels).toEqual(wanted);
  },
);
