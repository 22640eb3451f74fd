import { describe, expect, it } from 'vitest';
import type { Adapter, DnsReply, JudgeOutcome, RouteInput, UsedHost } from './adapter.ts';
import { sample } from '../support/sample.ts';
import { makeCertificates } from './certificates.ts';
import { daneRelay } from './dane-relay-adapter.ts';
import { runVectors } from './run.ts';

const certificates = makeCertificates();

/** Ids of the rows that an implementation gets wrong. */
async function wrongRows(adapter: Partial<Adapter>, texts = true): Promise<readonly string[]> {
  const results = await runVectors({ ...daneRelay, ...adapter }, { texts, certificates });
  return results.filter(({ faults }) => faults.length > 0).map(({ row }) => row.id);
}

/** dane-relay behind a resolver that says something else. */
function hearing(change: (reply: DnsReply) => DnsReply): Partial<Adapter> {
  return {
    route: (input) =>
      daneRelay.route({ ...input, ask: async (name, type) => change(await input.ask(name, type)) }),
  };
}

function asking(change: (input: RouteInput) => Partial<RouteInput>): Partial<Adapter> {
  return { route: (input) => daneRelay.route({ ...input, ...change(input) }) };
}

/** dane-relay with other ideas of the hosts it may use. */
function using(change: (host: UsedHost) => UsedHost): Partial<Adapter> {
  return {
    async route(input) {
      const route = await daneRelay.route(input);
      if (route.kind !== 'hosts') return route;
      return { ...route, hosts: route.hosts.map((host) => (host.connect ? change(host) : host)) };
    },
  };
}

function judging(change: (judged: JudgeOutcome) => JudgeOutcome): Partial<Adapter> {
  return { judge: async (input) => change(await daneRelay.judge(input)) };
}

const nothing: DnsReply = {
  kind: 'message',
  rcode: 'NOERROR',
  ad: true,
  truncated: false,
  answers: [],
  soa: '.',
};

/** Neither records at the name nor the SOA record of a zone that denies them. */
function isOdd(reply: DnsReply): boolean {
  if (reply.kind !== 'message' || reply.rcode !== 'NOERROR' || reply.truncated) return false;
  const { answers, soa, extendedErrors } = reply;
  if (answers.some(({ owner, type }) => type === 'RRSIG' || owner === 'other.test')) return true;
  return (
    extendedErrors !== undefined || (answers.length === 0 && (soa === undefined || soa === 'other.test'))
  );
}

const verified: JudgeOutcome = { word: 'Verified', ok: true };

/** A mistake, and rows that are about it. */
type Mistake = readonly [mistake: string, adapter: Partial<Adapter>, rows: readonly string[]];

const mistakes: readonly Mistake[] = [
  [
    'believes every answer to be signed',
    hearing((reply) => (reply.kind === 'message' ? { ...reply, ad: true } : reply)),
    ['policy-10', 'policy-21', 'insecure-mx-01', 'base-13', 'base-23', 'resolver-03'],
  ],
  [
    'believes no answer to be signed, as in a world without DNSSEC',
    hearing((reply) => (reply.kind === 'message' ? { ...reply, ad: false } : reply)),
    ['ee-01', 'ta-01', 'usable-01'],
  ],
  [
    'takes a failure for a denial',
    hearing((reply) => (reply.kind === 'nothing' || reply.rcode !== 'NOERROR' ? nothing : reply)),
    ['policy-13', 'policy-14', 'policy-27', 'insecure-mx-10', 'base-08', 'route-12', 'route-23'],
  ],
  [
    'takes a cut reply for a whole one',
    hearing((reply) => (reply.kind === 'message' && reply.truncated ? nothing : reply)),
    ['policy-18', 'policy-28', 'route-17'],
  ],
  [
    'takes every reply without what it asked for as a denial',
    hearing((reply) => (isOdd(reply) ? nothing : reply)),
    ['resolver-27', 'resolver-28', 'resolver-29', 'resolver-30', 'resolver-31', 'resolver-32', 'resolver-33'],
  ],
  ['believes AD from anywhere', asking(() => ({ resolverAddress: '127.0.0.1' })), ['resolver-05']],
  ['knows port 25 only', asking(() => ({ port: 25 })), ['base-37', 'base-38', 'base-39', 'base-40']],
  [
    'has no mandatory DANE',
    asking(({ level }) => (level === 'dane-only' ? { level: 'dane' } : {})),
    ['policy-23', 'usable-40', 'insecure-mx-12', 'ee-33'],
  ],
  ['has no policy map', asking(() => ({ policyMap: '' })), ['policy-32', 'policy-41', 'resolver-09']],
  ['does not know of unsigned MX policies', asking(() => ({ insecureMxPolicy: 'dane' })), ['insecure-mx-16']],
  [
    'has an order of digests of its own',
    asking(() => ({ daneDigests: ['sha512', 'sha256'] })),
    ['agility-24', 'agility-25', 'agility-26'],
  ],
  [
    'judges by an order of digests of its own',
    { judge: (input) => daneRelay.judge({ ...input, daneDigests: ['sha512', 'sha256'] }) },
    ['agility-19', 'agility-20'],
  ],
  [
    'says the name of the MX host for SNI',
    using((host) => (host.serverName === undefined ? host : { ...host, serverName: host.host })),
    ['base-02', 'base-32', 'insecure-mx-26'],
  ],
  [
    'gives TLS up where there is no match to be had',
    using((host) => (host.level === 'encrypt' ? { ...host, level: 'may', cleartext: true } : host)),
    ['usable-01', 'usable-33', 'base-04'],
  ],
  [
    'knows the base domain as the only name',
    using((host) => ({ ...host, referenceNames: host.referenceNames.slice(0, 1) })),
    ['name-02', 'name-30', 'name-31', 'name-35'],
  ],
  [
    'accepts the next hop through unsigned MX records too',
    using((host) =>
      host.level === 'half-dane'
        ? { ...host, referenceNames: [...host.referenceNames, 'example.test'] }
        : host,
    ),
    ['insecure-mx-04'],
  ],
  ['accepts any certificate', judging(() => verified), ['ee-08', 'ta-06', 'name-03', 'agility-01']],
  [
    'does not look at names',
    judging((judged) => (judged.detail?.includes('hostname') === true ? verified : judged)),
    ['name-03', 'name-25', 'base-19'],
  ],
  [
    'does not look at dates',
    judging((judged) => (judged.detail?.startsWith('certificate ') === true ? verified : judged)),
    ['ta-20', 'ta-22', 'ta-24', 'ta-27', 'ta-59'],
  ],
  [
    'knows no end-entity records',
    {
      judge: (input) =>
        daneRelay.judge({
          ...input,
          tlsa: input.tlsa.filter((rdata) => rdata[0] !== 3),
        }),
    },
    ['ee-12', 'ee-13', 'ee-14', 'ee-16'],
  ],
  [
    'calls success through unsigned MX records Verified',
    judging((judged) => (judged.word === 'Trusted' ? verified : judged)),
    ['insecure-mx-01', 'insecure-mx-05', 'insecure-mx-28'],
  ],
  [
    'is content with the weakest digest',
    {
      async judge(input) {
        const each = await Promise.all(
          input.tlsa.map(async (record) => daneRelay.judge({ ...input, tlsa: [record] })),
        );
        return each.find(({ ok }) => ok) ?? daneRelay.judge(input);
      },
    },
    ['agility-01', 'agility-02', 'agility-12', 'agility-13', 'agility-18'],
  ],
  [
    'asks for TLSA records of the next hop',
    {
      async route(input) {
        const route = await daneRelay.route(input);
        await input.ask(`_25._tcp.${input.nextHop}`, 'TLSA');
        return route;
      },
    },
    ['base-36', 'policy-21'],
  ],
  [
    'asks for TLSA records first',
    {
      async route(input) {
        await input.ask('_25._tcp.mx.example.test', 'TLSA');
        return daneRelay.route(input);
      },
    },
    ['ee-01', 'policy-13'],
  ],
  ['waits for better days', { route: async () => ({ kind: 'wait' }) }, ['ee-01', 'route-10']],
  ['throws', { judge: () => Promise.reject(new Error('not today')) }, ['ee-01']],
];

describe('runVectors()', () => {
  it.each(sample('mistakes', mistakes, { count: 5 }))(
    'notices an implementation that %s',
    async (_, adapter, rows) => {
      const wrong = await wrongRows(adapter);
      expect(wrong).toEqual(expect.arrayContaining([...rows]));
    },
  );

  it('compares words only if asked to', async () => {
    const inOwnWords: Partial<Adapter> = {
      async route(input) {
        const route = await daneRelay.route(input);
        if (route.kind === 'trouble') return { ...route, reason: 'something' };
        if (route.kind === 'wait') return route;
        return {
          ...route,
          hosts: route.hosts.map((host) => (host.connect ? host : { ...host, reason: 'something' })),
        };
      },
      judge: async (input) => {
        const { word, ok } = await daneRelay.judge(input);
        return ok ? { word, ok } : { word, ok, detail: 'something', depth: 7 };
      },
    };
    expect(await wrongRows(inOwnWords)).not.toEqual([]);
    expect(await wrongRows(inOwnWords, false)).toEqual([]);
  });
});
