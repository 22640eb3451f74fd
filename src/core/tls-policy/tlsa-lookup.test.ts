import { describe, expect, test } from 'vitest';
import type { Answer, Lookup } from '../dns/answer.ts';
import { lookupTlsa } from './tlsa-lookup.ts';
import type { TlsaQuestion } from './tlsa-lookup.ts';

const record = { usage: 3, selector: 1, matching: 1, data: Buffer.alloc(32) };
type Reply = 'secure' | 'insecure' | 'NODATA' | 'NXDOMAIN' | 'unsigned NODATA' | 'SERVFAIL' | 'timeout';

/** A resolver that knows these names, each as `TYPE name`, and keeps a list of what it was asked. */
function resolver(replies: Readonly<Record<string, Reply>>): { lookup: Lookup; asked: string[] } {
  const asked: string[] = [];
  const lookup = (name: string, type: string): Promise<Answer<unknown>> => {
    asked.push(`${type} ${name}`);
    const reply = replies[`${type} ${name}`];
    if (reply === undefined) throw new Error(`not to be asked: ${type} ${name}`);
    return Promise.resolve(answer(name, type, reply));
  };
  return { lookup: lookup as Lookup, asked };
}

function answer(name: string, type: string, reply: Reply): Answer<unknown> {
  const settled = { name, aliases: [], ttl: 60 };
  switch (reply) {
    case 'secure':
    case 'insecure':
      return {
        kind: 'found',
        records: [type === 'TLSA' ? record : 'target.test'],
        secure: reply === 'secure',
        ...settled,
      };
    case 'NODATA':
    case 'NXDOMAIN':
      return { kind: 'absent', denial: reply, secure: true, ...settled };
    case 'unsigned NODATA':
      return { kind: 'absent', denial: 'NODATA', secure: false, ...settled };
    case 'SERVFAIL':
    case 'timeout':
      return { kind: 'failed', cause: reply, detail: `${reply}: details` };
  }
}

const plain = (secure: boolean): TlsaQuestion => ({
  host: 'mx.test',
  port: 25,
  address: { secure, name: 'mx.test', aliases: [] },
});
const alias = (secure: boolean): TlsaQuestion => ({
  host: 'mx.test',
  port: 25,
  address: { secure, name: 'target.test', aliases: ['mx.test', 'between.test'] },
});
const [atHost, atTarget] = ['TLSA _25._tcp.mx.test', 'TLSA _25._tcp.target.test'];

const found = (baseDomain: string) => ({
  kind: 'records',
  baseDomain,
  owner: `_25._tcp.${baseDomain}`,
  records: [record],
  ttl: 60,
});
const none = (reason: string) => ({ kind: 'none', reason });
const signedNone = { ...none('no TLSA records'), signed: true };
const failed = (name: string, cause: string, type = 'TLSA') => ({
  kind: 'failed',
  name,
  type,
  cause,
  detail: `${cause}: details`,
});

/** Title; host; what the resolver knows, which is also all it may be asked, in this order; finding. */
type Row = readonly [string, TlsaQuestion, Readonly<Record<string, Reply>>, object];

describe('lookupTlsa(): RFC 7672 §2.2.2, §2.2.3', () => {
  test.each<Row>([
    ['secure host with records', plain(true), { [atHost]: 'secure' }, found('mx.test')],
    ['secure host without', plain(true), { [atHost]: 'NXDOMAIN' }, signedNone],
    ['a denial counts unsigned too', plain(true), { [atHost]: 'unsigned NODATA' }, none('no TLSA records')],
    ['secure host, unsigned records', plain(true), { [atHost]: 'insecure' }, none('TLSA records not signed')],
    ['secure host, failure', plain(true), { [atHost]: 'SERVFAIL' }, failed('_25._tcp.mx.test', 'SERVFAIL')],
    ['secure host, no answer', plain(true), { [atHost]: 'timeout' }, failed('_25._tcp.mx.test', 'timeout')],
    ['unsigned host is not asked for', plain(false), {}, none('address not signed')],

    ['secure alias: records at the target', alias(true), { [atTarget]: 'secure' }, found('target.test')],
    [
      'secure alias: none there, records at the alias',
      alias(true),
      { [atTarget]: 'NODATA', [atHost]: 'secure' },
      found('mx.test'),
    ],
    [
      'secure alias: unsigned there, records at the alias',
      alias(true),
      { [atTarget]: 'insecure', [atHost]: 'secure' },
      found('mx.test'),
    ],
    ['secure alias: none anywhere', alias(true), { [atTarget]: 'NXDOMAIN', [atHost]: 'NODATA' }, signedNone],
    [
      'secure alias: a failure at the target ends it',
      alias(true),
      { [atTarget]: 'SERVFAIL' },
      failed('_25._tcp.target.test', 'SERVFAIL'),
    ],
    [
      'secure alias: none there, failure at the alias',
      alias(true),
      { [atTarget]: 'NODATA', [atHost]: 'SERVFAIL' },
      failed('_25._tcp.mx.test', 'SERVFAIL'),
    ],

    [
      'secure alias of an unsigned host: only the alias is asked for',
      alias(false),
      { 'CNAME mx.test': 'secure', [atHost]: 'secure' },
      found('mx.test'),
    ],
    [
      'secure alias of an unsigned host: none',
      alias(false),
      { 'CNAME mx.test': 'secure', [atHost]: 'NODATA' },
      signedNone,
    ],
    [
      'secure alias of an unsigned host: failure',
      alias(false),
      { 'CNAME mx.test': 'secure', [atHost]: 'SERVFAIL' },
      failed('_25._tcp.mx.test', 'SERVFAIL'),
    ],
    ['unsigned alias', alias(false), { 'CNAME mx.test': 'insecure' }, none('alias not signed')],
    [
      'alias of unknown standing',
      alias(false),
      { 'CNAME mx.test': 'SERVFAIL' },
      failed('mx.test', 'SERVFAIL', 'CNAME'),
    ],
    [
      'alias that is gone',
      alias(false),
      { 'CNAME mx.test': 'NODATA' },
      { ...failed('mx.test', 'malformed', 'CNAME'), detail: 'no longer an alias' },
    ],
  ])('%s', async (_, question, replies, finding) => {
    const { lookup, asked } = resolver(replies);
    expect(await lookupTlsa(question, lookup)).toEqual(finding);
    expect(asked).toEqual(Object.keys(replies));
  });

  test.each([
    [244, 1],
    [245, 0],
    [253, 0],
  ])('a host name of %i characters: %i questions', async (length, questions) => {
    const host = `${'a.'.repeat(120)}${'b'.repeat(length - 240)}`;
    const { asked, lookup } = resolver({ [`TLSA _25._tcp.${host}`]: 'secure' });
    const finding = await lookupTlsa(
      { host, port: 25, address: { secure: true, name: host, aliases: [] } },
      lookup,
    );
    expect(host).toHaveLength(length);
    expect(asked).toHaveLength(questions);
    expect(finding).toMatchObject(
      questions === 1 ? { kind: 'records' } : { kind: 'none', reason: 'no TLSA records' },
    );
  });

  test('asks at the port in use', async () => {
    const { lookup } = resolver({ 'TLSA _2525._tcp.mx.test': 'secure' });
    const finding = await lookupTlsa({ ...plain(true), port: 2525 }, lookup);
    expect(finding).toMatchObject({ kind: 'records', baseDomain: 'mx.test', owner: '_2525._tcp.mx.test' });
  });

  test.each(['mx.test1', '1mx.test', '1.2.3.4x', 'mx.1.2'])('%s is a name', async (host) => {
    const question = { host, port: 25, address: { secure: true, name: host, aliases: [] } };
    const { asked, lookup } = resolver({ [`TLSA _25._tcp.${host}`]: 'secure' });
    expect(await lookupTlsa(question, lookup)).toMatchObject({ kind: 'records' });
    expect(asked).toEqual([`TLSA _25._tcp.${host}`]);
  });

  test.each(['192.0.2.1', '2001:db8::1', '[192.0.2.1]', '[IPv6:2001:db8::1]', '1.2.3.4.5'])(
    'asks nothing about %s',
    async (host) => {
      const { lookup, asked } = resolver({});
      const address = { secure: true, name: host, aliases: [] };
      expect(await lookupTlsa({ host, port: 25, address }, lookup)).toEqual(none('numeric host'));
      expect(asked).toEqual([]);
    },
  );

  test('an alias of the TLSA name itself does not change the base domain', async () => {
    const lookup = (): Promise<Answer<unknown>> =>
      Promise.resolve({
        kind: 'found',
        records: [record],
        secure: true,
        name: 'tlsa.other.test',
        aliases: ['_25._tcp.mx.test'],
        ttl: 60,
      });
    expect(await lookupTlsa(plain(true), lookup as Lookup)).toEqual({
      ...found('mx.test'),
      owner: '_25._tcp.mx.test -> tlsa.other.test',
    });
  });

  test('hands the signal on and is rejected with the lookup', async () => {
    const { signal } =
      AbortSignal.abort() === undefined ? new AbortController() : { signal: AbortSignal.abort() };
    const lookup = (_name: string, _type: string, given?: AbortSignal): Promise<Answer<unknown>> =>
      Promise.reject(given === signal ? new Error('aborted') : new Error('no signal'));
    await expect(lookupTlsa(plain(true), lookup as Lookup, signal)).rejects.toThrow('aborted');
  });
});
