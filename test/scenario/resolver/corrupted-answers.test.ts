import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { wrongDigit } from '../../lab/certificates.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import { standardWorld } from '../../lab/standard-world.ts';
import type { LabDomain } from '../../lab/world.ts';
import { labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sample } from '../../support/sample.ts';
import { sendMail } from '../../support/send-mail.ts';
import * as corrupt from './corrupting-proxy.ts';
import { startCorruptingProxy, type Corruption, type CorruptingProxy } from './corrupting-proxy.ts';
import { replyTo } from './scripted-dns.ts';

let lab: Lab;
let proxy: CorruptingProxy;
let relay: RunningRelay | undefined;

/** Its host is a signed alias of an unsigned one, and its TLSA record has one wrong digit (RFC 7672 §2.2.2). */
const aliasOut: LabDomain = {
  name: 'alias-out.test',
  dnssec: 'signed',
  records: (names) => [
    '@ MX 10 mx',
    'mx CNAME mx.unsigned.test.',
    `${names.tlsaOwner('mx')} ${wrongDigit(names.tlsa('mx.unsigned.test', '3 1 1'))}`,
  ],
};
/** A good one whose addresses do not validate. */
const addressBogus: LabDomain = {
  name: 'address-bogus.test',
  dnssec: 'signed',
  records: (names) => ['@ MX 10 mx', `mx ${names.address('mx.good.test')}`],
  bogusRrsets: () => ['mx A'],
};

beforeAll(async () => {
  const wanted = ['good.test', 'wrong-key.test', 'unsigned.test', 'bogus.test', 'tlsa-fails.test'];
  const { domains, hosts } = await standardWorld();
  lab = await startLab({
    domains: [...domains.filter(({ name }) => wanted.includes(name)), aliasOut, addressBogus],
    hosts: hosts.filter(({ name }) => wanted.some((domain) => name.endsWith(`.${domain}`))),
  });
  proxy = await startCorruptingProxy(lab.resolver);
});
afterAll(async () => {
  await proxy?.close();
  await lab?.stop();
});
afterEach(async () => {
  await relay?.[Symbol.asyncDispose]();
  proxy.rule = undefined;
});

async function startCorrupted(set: Readonly<Record<string, string>> = {}): Promise<RunningRelay> {
  relay = await startRelay({
    set: {
      ...labSettings(lab),
      'dns.servers': proxy.server,
      'dns.timeout': '1s',
      'dns.attempts': '3',
      ...set,
    },
  });
  return relay;
}

/** How often a host was told of a mail. */
function mailCommands(host: string): number {
  return lab
    .host(host)
    .sessions.flatMap(({ plaintextCommands, tlsCommands }) => [...plaintextCommands, ...tlsCommands])
    .filter((command) => /^MAIL/i.test(command)).length;
}

const isTlsa = { type: 'TLSA' };
const isMx = { type: 'MX' };
const isA = { type: 'A' };

type Case = readonly [
  name: string,
  query: { readonly type?: string },
  corruption: Corruption | undefined,
  expected: string,
];
const cases: readonly Case[] = [
  ['nothing', {}, undefined, 'Verified'],
  ['TLSA truncated, and no TCP', isTlsa, corrupt.truncateWithoutTcp, 'TLSA lookup error'],
  ['TLSA dropped', isTlsa, corrupt.silence, 'TLSA lookup error'],
  ['TLSA with flipped bits', isTlsa, corrupt.flipTlsa, 'Server certificate not verified'],
  ['TLSA garbled', isTlsa, corrupt.garble, 'TLSA lookup error'],
  ['everything garbled by UDP', {}, corrupt.garbleUdp, 'Verified'],
  ['everything garbled', {}, corrupt.garble, 'waits'],
  ['AD stripped from everything', {}, corrupt.stripAd, 'waits'],
  ['signatures stripped from everything', {}, corrupt.stripSignatures, 'waits'],
  ['AD stripped from TLSA', isTlsa, corrupt.stripAd, 'TLSA lookup error'],
  ['signatures stripped from TLSA', isTlsa, corrupt.stripSignatures, 'TLSA lookup error'],
  ['AD stripped from MX', isMx, corrupt.stripAd, 'Trusted'],
  ['REFUSED for TLSA', isTlsa, corrupt.answerRcode(5), 'TLSA lookup error'],
  ['NOTIMP for TLSA', isTlsa, corrupt.answerRcode(4), 'TLSA lookup error'],
  ['FORMERR for TLSA', isTlsa, corrupt.answerRcode(1), 'TLSA lookup error'],
  ['SERVFAIL for TLSA', isTlsa, corrupt.answerRcode(2), 'TLSA lookup error'],
  ['REFUSED for A', isA, corrupt.answerRcode(5), 'type=A'],
  ['REFUSED for MX', isMx, corrupt.answerRcode(5), 'type=MX'],
  ['SERVFAIL for AAAA', { type: 'AAAA' }, corrupt.answerRcode(2), 'Verified'],
  ['MX with bad labels', isMx, corrupt.badLabels, 'Malformed or unexpected name server reply'],
  ['only the signatures of TLSA', isTlsa, corrupt.onlySignatures, 'TLSA lookup error'],
  ['TLSA of another name', isTlsa, corrupt.anotherOwner, 'TLSA lookup error'],
  ['TLSA emptied', isTlsa, corrupt.emptied, 'TLSA lookup error'],
  ['a referral for TLSA', isTlsa, corrupt.referral, 'TLSA lookup error'],
  ['TLSA denied by another zone', isTlsa, corrupt.deniedBy('other.test'), 'TLSA lookup error'],
  ['a denial of TLSA that is bogus', isTlsa, corrupt.deniedBy('test', 6), 'TLSA lookup error'],
  ['a denial of TLSA that is a block', isTlsa, corrupt.deniedBy('test', 0, 15), 'TLSA lookup error'],
  ['only the signatures of MX', isMx, corrupt.onlySignatures, 'type=MX'],
  ['MX of another name', isMx, corrupt.anotherOwner, 'type=MX'],
  ['MX emptied', isMx, corrupt.emptied, 'type=MX'],
  ['a referral for MX', isMx, corrupt.referral, 'type=MX'],
  ['MX denied by another zone', isMx, corrupt.deniedBy('other.test'), 'type=MX'],
  ['a denial of MX that is bogus', isMx, corrupt.deniedBy('test', 6), 'type=MX'],
  ['only the signatures of A', isA, corrupt.onlySignatures, 'type=A'],
  ['A of another name', isA, corrupt.anotherOwner, 'type=A'],
  ['A emptied', isA, corrupt.emptied, 'type=A'],
  ['A denied by another zone', isA, corrupt.deniedBy('other.test'), 'type=A'],
  ['a denial of A that is bogus', isA, corrupt.deniedBy('test', 6), 'type=A'],
  ['AAAA emptied', { type: 'AAAA' }, corrupt.emptied, 'Verified'],
  ['everything a little late', {}, corrupt.delay(100), 'Verified'],
  ['TLSA too late', isTlsa, corrupt.delay(20_000), 'TLSA lookup error'],
  ['everything after forgeries', {}, corrupt.forgedFirst, 'Verified'],
  ['64 KiB of TLSA', isTlsa, corrupt.manyTlsa, 'Verified'],
];

describe('a corrupted answer never downgrades', () => {
  it.each(sample('corrupted answers', cases, { count: 9, always: ([name]) => name === 'nothing' }))(
    '%s',
    async (_, { type }, corruption, expected) => {
      proxy.rule = (query) => (type === undefined || query.type === type ? corruption : undefined);
      const { port, line, matching } = await startCorrupted();
      const had = {
        good: lab.host('mx.good.test').messages.length,
        wrong: mailCommands('mx.wrong-key.test'),
      };
      const [good, wrong] = await Promise.all(
        ['good.test', 'wrong-key.test'].map((domain) => sendMail(port, { to: `user@${domain}` })),
      );
      if (expected === 'waits') {
        await line(/dns\[\d+\]: error: .* is unavailable/);
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        expect(matching(/: to=/)).toEqual([]);
      } else if (expected === 'Verified' || expected === 'Trusted') {
        await line(new RegExp(`${good}: to=<user@good.test>.*status=sent`));
        const made = matching(/TLS connection established to mx\.good\.test/);
        expect(made.map((text) => / (\w+) TLS connection/.exec(text)?.[1])).toEqual([expected]);
        await line(new RegExp(`${wrong}: to=.*status=deferred`));
      } else {
        expect(await line(new RegExp(`${good}: to=<user@good.test>.*status=`))).toMatch(
          new RegExp(`status=deferred.*${expected}`),
        );
        await line(new RegExp(`${wrong}: to=.*status=deferred`));
      }
      const isDelivered = expected === 'Verified' || expected === 'Trusted';
      expect(lab.host('mx.good.test').messages).toHaveLength(had.good + (isDelivered ? 1 : 0));
      expect(mailCommands('mx.wrong-key.test')).toBe(had.wrong);
      expect(matching(/status=bounced/)).toEqual([]);
    },
  );

  const answers: readonly (readonly [string, Corruption | undefined, string])[] = [
    ['nothing', undefined, 'Server certificate not verified'],
    ['SERVFAIL', corrupt.answerRcode(2), 'TLSA lookup error'],
    ['silence', corrupt.silence, 'TLSA lookup error'],
    ['garbage', corrupt.garble, 'TLSA lookup error'],
  ];
  it.each(sample('corrupted answers on aliases', answers, { count: 1 }))(
    'whether an alias is signed: %s',
    async (_, corruption, reason) => {
      proxy.rule = ({ type }) => (type === 'CNAME' ? corruption : undefined);
      const { port, line } = await startCorrupted();
      const had = mailCommands('mx.unsigned.test');
      const queueId = await sendMail(port, { to: 'user@alias-out.test' });
      expect(await line(new RegExp(`${queueId}: to=.*status=`))).toMatch(new RegExp(`deferred.*${reason}`));
      expect(mailCommands('mx.unsigned.test')).toBe(had);
    },
  );
});

describe('a resolver that flaps', () => {
  it('lets no mail through in between', async () => {
    let queries = 0;
    // Of ten queries in a row five lose their AD.
    proxy.rule = () => (queries++ % 10 < 5 ? undefined : corrupt.stripAd);
    const { port, matching } = await startCorrupted({ 'dns.probe_interval': '100ms' });
    const had = mailCommands('mx.wrong-key.test');
    for (let mail = 0; mail < 20; mail++) {
      await sendMail(port, { to: `user${mail}@wrong-key.test` });
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(mailCommands('mx.wrong-key.test')).toBe(had);
    expect(matching(/status=(sent|bounced)/)).toEqual([]);
    expect(matching(/dns\[\d+\]: .*DNSSEC validation is/).length).toBeLessThanOrEqual(10);
  });
});

describe('a resolver that does not validate for a moment', () => {
  it('misleads no mail, though it is good whenever the relay asks before and after its lookups', async () => {
    let lostAt = -Infinity;
    proxy.rule = ({ type }) => {
      if (type === 'A') lostAt = Date.now();
      // Keeps the route from being done before the moment is over.
      if (type === 'AAAA') return corrupt.delay(200);
      return Date.now() - lostAt < 100 ? corrupt.stripAd : undefined;
    };
    const { port, line, matching } = await startCorrupted();
    const had = mailCommands('mx.wrong-key.test');
    await sendMail(port, { to: 'user@wrong-key.test' });
    await line(/DNSSEC validation is unavailable/);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(mailCommands('mx.wrong-key.test')).toBe(had);
    expect(matching(/status=(sent|bounced)/)).toEqual([]);
  });
});

describe('the other probes', () => {
  it('a resolver that sets AD on everything is not believed', async () => {
    proxy.rule = () => corrupt.setAd;
    const { port, line, matching, health } = await startCorrupted({
      'dns.unsigned_probe': 'mx:unsigned.test',
    });
    await sendMail(port, { to: 'user@good.test' });
    await line(
      /error: DNSSEC validation is unavailable: unsigned_probe 'mx:unsigned\.test' .* not signed; .*waits/,
    );
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(matching(/: to=/)).toEqual([]);
    expect((await health()).body.problems['resolver']).toContain('unsigned_probe');
  });

  it('nor one that hands out what is bogus', async () => {
    const permissive = await lab.startResolver({ validating: false });
    const lax = await startCorruptingProxy(permissive);
    try {
      // Good in everything else.
      lax.rule = ({ type }) => (type === 'NS' ? corrupt.setAd : undefined);
      const { line, health } = await startCorrupted({
        'dns.servers': lax.server,
        'dns.bogus_probe': 'mx:bogus.test',
      });
      await line(/error: DNSSEC validation is unavailable: bogus_probe 'mx:bogus\.test' .* broken; .*waits/);
      expect((await health()).status).toBe(503);
    } finally {
      await lax.close();
      await permissive.stop();
    }
  });

  it.each([
    [
      'calls everything validated',
      'SOA',
      true,
      /unsigned_probe 'soa:google\.com' .* not signed, and 2 others/,
    ],
    ['rejects nothing', 'A', false, /bogus_probe 'a:dnssec-failed\.org' .* broken, and 2 others/],
  ] as const)('without a setting, one that %s', async (_, type, ad, trouble) => {
    const data = {
      mname: 'a.example',
      rname: 'b.example',
      serial: 1,
      refresh: 1,
      retry: 1,
      expire: 1,
      minimum: 1,
    };
    proxy.rule = ({ name, type: asked }) => {
      if (asked !== type || name.endsWith('.test') || name === '.') return undefined;
      const answer = type === 'A' ? { type, name, ttl: 9, data: '192.0.2.1' } : { type, name, ttl: 9, data };
      return (_reply, { packet }) => [replyTo(packet, { answers: [answer], ad })];
    };
    const { port, line, matching } = await startCorrupted();
    await sendMail(port, { to: 'user@good.test' });
    expect(await line(/error: DNSSEC validation is unavailable: .*waits, nothing is bounced/)).toMatch(
      trouble,
    );
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(matching(/: to=/)).toEqual([]);
  });

  it('one that is right in all three is, and says so', async () => {
    const { port, line } = await startCorrupted({
      'dns.unsigned_probe': 'mx:unsigned.test',
      'dns.bogus_probe': 'mx:bogus.test',
    });
    await line(
      /info.*|DNSSEC validation is available: dnssec_probe .*, unsigned_probe .*, bogus_probe .* rejected/,
    );
    const queueId = await sendMail(port, { to: 'user@good.test' });
    await line(new RegExp(`${queueId}: to=.*status=sent`));
  });
});

describe('several resolvers', () => {
  it('one that does not validate is left out while another does, and comes back', async () => {
    proxy.rule = () => corrupt.stripAd;
    const { port, line, matching } = await startCorrupted({
      'dns.servers': `${proxy.server},${lab.dnsServer}`,
      'dns.probe_interval': '500ms',
    });
    const had = mailCommands('mx.wrong-key.test');
    // In a line of its own, or in the first one, as it happens.
    await line(/warning: DNS.* 127\.0\.0\.1:\d+ is left out: dnssec_probe/);
    const good = await sendMail(port, { to: 'user@good.test' });
    const unsigned = await sendMail(port, { to: 'user@unsigned.test' });
    const wrong = await sendMail(port, { to: 'user@wrong-key.test' });
    await line(new RegExp(`${good}: to=.*status=sent`));
    await line(new RegExp(`${unsigned}: to=.*status=sent`));
    await line(new RegExp(`${wrong}: to=.*status=deferred`));
    expect(matching(/Verified TLS connection established to mx\.good\.test/)).toHaveLength(1);
    expect(mailCommands('mx.wrong-key.test')).toBe(had);
    proxy.rule = undefined;
    await line(/DNS resolver 127\.0\.0\.1:\d+ is in use again/);
  });

  it('one that loses it misleads no mail under way', async () => {
    const { port, line } = await startCorrupted({ 'dns.servers': `${proxy.server},${lab.dnsServer}` });
    const had = mailCommands('mx.wrong-key.test');
    await line(/DNSSEC validation is available/);
    // Not even the first answer after the last good probe: it is asked for again of the other.
    proxy.rule = () => corrupt.stripAd;
    const queueId = await sendMail(port, { to: 'user@wrong-key.test' });
    await line(new RegExp(`${queueId}: to=.*status=deferred`));
    expect(mailCommands('mx.wrong-key.test')).toBe(had);
  });

  it('without one that validates mail waits', async () => {
    proxy.rule = () => corrupt.stripAd;
    const lost = await lab.startResolver({ validating: false });
    const { port, line, matching } = await startCorrupted({
      'dns.servers': `${proxy.server},${lost.server}`,
    });
    await sendMail(port, { to: 'user@good.test' });
    await line(/error: DNSSEC validation is unavailable: 127\.0\.0\.1:\d+: .*; 127\.\d+\.\d+\.\d+:\d+: /);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(matching(/: to=/)).toEqual([]);
  });
});

describe('what the resolver says about a failure (RFC 8914) is in the log', () => {
  it.each([
    ['bogus.test', /lookup problem: .*name=bogus\.test type=MX: SERVFAIL: .+/],
    ['address-bogus.test', /lookup problem: .*name=mx\.address-bogus\.test type=A: SERVFAIL: DNSSEC Bogus/],
    [
      'tlsa-fails.test',
      /TLSA lookup problem: .*name=_\d+\._tcp\.mx\.tlsa-fails\.test type=TLSA: SERVFAIL: DNSSEC Bogus/,
    ],
  ])('%s', async (domain, expected) => {
    const { port, line } = await startCorrupted();
    await sendMail(port, { to: `user@${domain}` });
    await line(expected);
  });

  it('and in the health of the relay', async () => {
    const { line, health } = await startCorrupted({ 'dns.dnssec_probe': 'mx:bogus.test' });
    await line(/error: DNS resolver is unavailable: .*SERVFAIL/);
    expect((await health()).body.problems['resolver']).toMatch(/SERVFAIL: DNS/);
  });
});
