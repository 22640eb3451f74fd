import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { hostNames, startStsLab, type Destination, type StsLab } from './sts-world.ts';

/** MTA-STS with real hosts: which of them get mail, and what is said of it (RFC 8461). */

interface Case extends Destination {
  /** Zone; default the signed one. */
  readonly zone?: 'open';
  /** The host that gets the mail, and the word of its TLS connection; absent: it waits. */
  readonly at?: string;
  readonly word?: 'Verified' | 'Trusted' | 'Untrusted';
  readonly verdict?: RegExp;
  /** Hosts of which none may have been connected to. */
  readonly untouched?: readonly string[];
  /** A line of the log, from its beginning. */
  readonly also?: string;
  /** Requests at the policy host; default 1. */
  readonly requests?: number;
}

const year = 'max_age: 31557600';
const enforce = (...mx: readonly string[]): string =>
  ['mode: enforce', ...mx.map((one) => `mx: ${one}.hosts.test`), year].join('\n');
const testing = (...mx: readonly string[]): string => enforce(...mx).replace('enforce', 'testing');

const unverified = /dsn=4\.7\.5, status=deferred \(Server certificate not verified\)/;
const notListed = /dsn=4\.7\.5, status=deferred \(MTA-STS policy of \S+ does not list this host\)/;
const noStartTls = /dsn=4\.7\.4, status=deferred \(TLS is required, but was not offered by host clear/;
const trouble = (words: string): string =>
  `warning: MTA-STS policy of <domain>: ${words}; mail goes as without a policy`;
const asWithout = { mx: ['m1'], at: 'm1', word: 'Untrusted' } as const;

/** By destination below cases.test or open.test. */
const cases: Readonly<Record<string, Case>> = {
  // The certificate.
  good: { mx: ['m1'], policy: enforce('m1'), at: 'm1', word: 'Verified' },
  'other-name': { mx: ['other'], policy: enforce('other'), verdict: unverified },
  'common-name': { mx: ['cn'], policy: enforce('cn'), verdict: unverified },
  wildcard: { mx: ['wild'], policy: enforce('wild'), at: 'wild', word: 'Verified' },
  'wildcard-deeper': { mx: ['a.wild'], policy: enforce('a.wild'), verdict: unverified },
  expired: {
    mx: ['expired'],
    policy: enforce('expired'),
    verdict: unverified,
    also: 'server certificate verification failed for <relay>: certificate has expired',
  },
  'stripped-then-good': { mx: ['clear', 'm1'], policy: enforce('clear', 'm1'), at: 'm1', word: 'Verified' },
  stripped: { mx: ['clear'], policy: enforce('clear'), verdict: noStartTls },
  // The list of hosts.
  'second-listed': {
    mx: ['m1', 'm2'],
    policy: enforce('m2'),
    at: 'm2',
    word: 'Verified',
    untouched: ['m1'],
    also: "warning: MX name 'm1.hosts.test' does not match STS MX pattern for '<domain>'",
  },
  'none-listed': { mx: ['m1', 'm2'], policy: enforce('other'), verdict: notListed, untouched: ['m1', 'm2'] },
  'listed-by-wildcard': { mx: ['m1'], policy: enforce('*'), at: 'm1', word: 'Verified' },
  'wildcard-is-one-label': {
    mx: ['a.wild'],
    policy: enforce('*'),
    verdict: notListed,
    untouched: ['a.wild'],
  },
  // The mode.
  'testing-expired': { mx: ['expired'], policy: testing('expired'), at: 'expired', word: 'Untrusted' },
  'testing-not-listed': { mx: ['m1'], policy: testing('m2'), at: 'm1', word: 'Untrusted' },
  'testing-stripped': { mx: ['clear'], policy: testing('clear'), at: 'clear' },
  'mode-none': { ...asWithout, policy: `mode: none\n${year}` },
  // The policy host, and nothing is known: as without a policy.
  'http-301': {
    ...asWithout,
    policy: { status: 301, headers: { location: 'https://mta-sts.good.cases.test/.well-known/mta-sts.txt' } },
    also: trouble('HTTP status 301'),
  },
  'http-404': { ...asWithout, also: trouble('HTTP status 404') },
  'http-204': { ...asWithout, policy: { status: 204 }, also: trouble('HTTP status 204') },
  'web-other-name': {
    ...asWithout,
    policy: enforce('m2'),
    web: 'other name',
    also: trouble('certificate of mta-sts.<domain>: num=62:hostname mismatch'),
    requests: 0,
  },
  'web-self-signed': {
    ...asWithout,
    policy: enforce('m2'),
    web: 'self-signed',
    also: trouble('certificate of mta-sts.<domain>: self-signed certificate'),
    requests: 0,
  },
  'web-expired': {
    ...asWithout,
    policy: enforce('m2'),
    web: 'expired',
    also: trouble('certificate of mta-sts.<domain>: certificate has expired'),
    requests: 0,
  },
  'too-large': {
    ...asWithout,
    policy: { body: `version: STSv1\n${enforce('m2')}\n${'x: y\n'.repeat(14_000)}` },
    also: trouble('more than 64 KiB'),
  },
  'a-page': {
    ...asWithout,
    policy: { headers: { 'content-type': 'text/html' }, body: `version: STSv1\n${enforce('m2')}\n` },
    also: trouble('content type text/html'),
  },
  compressed: {
    ...asWithout,
    policy: { headers: { 'content-encoding': 'gzip' }, body: 'x' },
    also: trouble('content encoding gzip'),
  },
  silent: { ...asWithout, policy: { silent: true }, also: trouble('no answer in time') },
  'no-mx-lines': {
    ...asWithout,
    policy: `mode: enforce\n${year}`,
    also: trouble('the policy file is invalid: missing mx'),
  },
  // Where the policy host is.
  'web-nowhere': {
    ...asWithout,
    webRecords: [],
    also: trouble('mta-sts.<domain> has no address'),
    requests: 0,
  },
  ...Object.fromEntries(
    [
      'A 127.0.0.1',
      'A 10.1.1.1',
      'A 169.254.169.254',
      'AAAA ::1',
      'AAAA ::ffff:127.0.0.1',
      'AAAA fd00::1',
    ].map((record, place): [string, Case] => [
      `private-${place}`,
      {
        ...asWithout,
        policy: enforce('m2'),
        webRecords: [record],
        also: trouble('mta-sts.<domain> has no address on the Internet'),
        requests: 0,
      },
    ]),
  ),
  'private-and-public': {
    mx: ['m1'],
    policy: enforce('m1'),
    webRecords: ['A 127.0.0.1', 'A 10.1.1.1', 'web', 'AAAA ::1'],
    at: 'm1',
    word: 'Verified',
  },
  provider: {
    mx: ['m1'],
    txt: ['CNAME _mta-sts.good.cases.test.'],
    webRecords: ['CNAME provider.hosts.test.'],
    policy: enforce('m1'),
    at: 'm1',
    word: 'Verified',
  },
  'provider-with-its-own-name': {
    ...asWithout,
    webRecords: ['CNAME provider.hosts.test.'],
    policy: enforce('m2'),
    web: 'provider',
    also: trouble('certificate of mta-sts.<domain>: num=62:hostname mismatch'),
    requests: 0,
  },
  // The record.
  'in-two-strings': {
    mx: ['m1'],
    txt: ['"v=STSv1; " "id=1;"'],
    policy: enforce('m1'),
    at: 'm1',
    word: 'Verified',
  },
  'beside-spf': {
    mx: ['m1'],
    txt: ['"v=spf1 -all"', '"v=STSv1; id=1;"'],
    policy: enforce('m1'),
    at: 'm1',
    word: 'Verified',
  },
  'record-cannot-be-looked-up': {
    ...asWithout,
    txt: ['CNAME sts.bogus.test.'],
    policy: enforce('m2'),
    requests: 0,
  },
  'no-record': { ...asWithout, txt: [], policy: enforce('m2'), requests: 0 },
  'no-id': { ...asWithout, txt: ['"v=STSv1;"'], policy: enforce('m2'), requests: 0 },
  'sub.good': { ...asWithout, txt: [], requests: 0 },
  // The host.
  'no-mx-records': {
    mx: [],
    policy: `mode: enforce\nmx: no-mx-records.cases.test\n${year}`,
    at: 'itself',
    word: 'Verified',
  },
  'alias-by-its-name': { mx: ['alias'], policy: enforce('alias'), at: 'aliased', word: 'Verified' },
  'alias-by-its-target': {
    mx: ['alias'],
    policy: enforce('aliased'),
    verdict: notListed,
    untouched: ['aliased'],
  },
  // With DANE.
  'dane-matches': { mx: ['self'], policy: enforce('other'), at: 'self', word: 'Verified', requests: 0 },
  'dane-does-not-match': { mx: ['wrong'], policy: enforce('wrong'), verdict: unverified, requests: 0 },
  'tlsa-bogus': {
    mx: ['bogus'],
    policy: enforce('bogus'),
    verdict: /dsn=4\.7\.5, status=deferred \(TLSA lookup error for bogus/,
    untouched: ['bogus'],
    requests: 0,
  },
  'tlsa-unusable': {
    mx: ['pkix'],
    policy: enforce('pkix'),
    at: 'pkix',
    word: 'Verified',
    also: 'warning: pkix.hosts.test:<port>: all TLSA records unusable, MTA-STS applies',
  },
  'tlsa-unusable-self-signed': { mx: ['pkix-self'], policy: enforce('pkix-self'), verdict: unverified },
  'half-not-listed': {
    zone: 'open',
    mx: ['self'],
    policy: enforce('m1'),
    verdict: notListed,
    untouched: ['self'],
  },
  'half-not-trusted': { zone: 'open', mx: ['self'], policy: enforce('self'), verdict: unverified },
  'half-testing': { zone: 'open', mx: ['self'], policy: testing('m1'), at: 'self', word: 'Trusted' },
  'half-without': { zone: 'open', mx: ['self'], txt: [], at: 'self', word: 'Trusted', requests: 0 },
  'open-good': { zone: 'open', mx: ['m1'], policy: enforce('m1'), at: 'm1', word: 'Verified' },
};

let world: StsLab;
let relay: RunningRelay;

function domainOf(name: string): string {
  return `${name}.${cases[name]?.zone ?? 'cases'}.test`;
}

beforeAll(async () => {
  world = await startStsLab(
    Object.fromEntries(Object.entries(cases).map(([name, one]) => [domainOf(name), one])),
  );
  relay = await startRelay({
    set: { ...world.settings, 'delivery.connection_reuse': 'false', 'queue.minimal_backoff': '5m' },
  });
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

test.each(Object.entries(cases))(
  '%s',
  async (name, { at, word, verdict, untouched = [], also, requests = 1 }) => {
    const domain = domainOf(name);
    const { lab, web } = world;
    const before = new Map(
      hostNames.map((host) => [host as string, lab.host(`${host}.hosts.test`).sessions.length]),
    );
    const start = relay.lines.length;
    const id = await sendMail(relay.port, { to: `user@${domain}` });
    const line = await relay.line(new RegExp(`${id}: to=`));
    const lines = relay.lines.slice(start).map((one) => one.replace(/^[^:]*: /, ''));
    if (at === undefined) expect(line).toMatch(verdict ?? /never/);
    else {
      expect(line).toMatch(/dsn=2\.0\.0, status=sent/);
      expect(line).toContain(`relay=${at === 'aliased' ? 'alias' : at === 'itself' ? name : at}.`);
    }
    const words = lines.flatMap((one) => /^(\w+) TLS connection established/.exec(one)?.[1] ?? []);
    if (at !== undefined) expect(words.at(-1)).toBe(word);
    for (const host of untouched)
      expect(lab.host(`${host}.hosts.test`).sessions).toHaveLength(before.get(host) ?? -1);
    if (also !== undefined) {
      const host = cases[name]?.mx[0];
      const expected = also
        .replaceAll('<domain>', domain)
        .replace('<relay>', host === undefined ? '' : world.relayOf(host))
        .replace('<port>', String(lab.port));
      expect(lines).toContain(expected);
    }
    const seen = web.requests(`mta-sts.${domain}`);
    expect(seen).toHaveLength(requests);
    for (const one of seen) {
      expect(one).toMatchObject({ path: '/.well-known/mta-sts.txt', protocol: 'TLSv1.3' });
      expect(one.headers).toMatchObject({ 'accept-encoding': 'identity' });
    }
    // Not one octet of the mail goes in clear, or to a host that was not judged to be the right one.
    if (verdict === unverified) {
      const host = cases[name]?.mx.at(-1) ?? '';
      expect(lab.host(`${host}.hosts.test`).sessions.at(-1)).toMatchObject({ tlsBytes: 0, tlsCommands: [] });
    }
    if (verdict === noStartTls) {
      expect(lab.host('clear.hosts.test').sessions.at(-1)?.plaintextCommands).toEqual([
        'EHLO relay.test',
        'QUIT',
      ]);
    }
  },
);

describe('afterwards', () => {
  test('a policy that could not be fetched is not asked for again within five minutes', async () => {
    await world.change('http-404.cases.test', { policy: enforce('m2') });
    const id = await sendMail(relay.port, { to: 'user@http-404.cases.test' });
    expect(await relay.line(new RegExp(`${id}: to=`))).toMatch(/status=sent/);
    expect(world.web.requests('mta-sts.http-404.cases.test')).toHaveLength(1);
  });

  test('the host under an enforced policy is called by its name', () => {
    const sessions = world.lab.host('m1.hosts.test').sessions.map(({ serverName }) => serverName);
    expect(sessions).toContain('m1.hosts.test');
  });

  test('what was judged is counted', async () => {
    const metrics = await relay.metrics();
    expect(metrics).toMatch(/dane_relay_sts_fetches_total\{result="policy"\} [1-9]/);
    expect(metrics).toMatch(/dane_relay_sts_fetches_total\{result="sts-webpki-invalid"\} [1-9]/);
    expect(metrics).toMatch(/dane_relay_sts_verdicts_total\{mode="enforce",verdict="success"\} [1-9]/);
    expect(metrics).toMatch(
      /dane_relay_sts_verdicts_total\{mode="testing",verdict="certificate-expired"\} 1/,
    );
  });
});
