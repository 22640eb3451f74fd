import { afterAll, beforeAll, expect, test } from 'vitest';
import { labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startPolicyLab, type PolicyLab } from './policy-world.ts';

interface Case {
  /** Of hosts.test. */
  readonly host: string;
  /** Entry of the policy map. */
  readonly asked: (lab: PolicyLab) => string;
  /** What the log says of the TLS connection; absent: there was none. */
  readonly tls?: RegExp;
  readonly verdict: RegExp;
  /** SNI as the host saw it. */
  readonly serverName?: string;
  /** A further line, `X` standing for the relay. */
  readonly also?: string;
}

const sent = /dsn=2\.0\.0, status=sent/;
const unverified = /dsn=4\.7\.5, status=deferred \(Server certificate not verified\)/;
const noHandshake = /dsn=4\.7\.5, status=deferred \(Cannot start TLS: handshake failure\)/;
const wrong = 'ab'.repeat(32);

/** By destination below cases.test. */
const cases: Readonly<Record<string, Case>> = {
  'fp-certificate': {
    host: 'self',
    asked: ({ fingerprints }) => `fingerprint match=${fingerprints.certificate}`,
    tls: /^Verified/,
    verdict: sent,
  },
  'fp-key': {
    host: 'self',
    asked: ({ fingerprints }) =>
      `fingerprint match=${wrong}|${fingerprints.key.toUpperCase().replaceAll(/..(?!$)/g, '$&:')}`,
    tls: /^Verified/,
    verdict: sent,
  },
  'fp-wrong': {
    host: 'self',
    asked: () => `fingerprint match=${wrong} match=${wrong}`,
    tls: /^Untrusted/,
    verdict: unverified,
    also: 'server certificate verification failed for X: num=65:no matching DANE TLSA records',
  },
  verify: { host: 'named', asked: () => 'verify', tls: /^Verified/, verdict: sent },
  'verify-other-name': {
    host: 'named',
    asked: () => 'verify match=other.test:.other.test',
    tls: /^Trusted/,
    verdict: unverified,
    also: 'server certificate verification failed for X: num=62:hostname mismatch',
  },
  'verify-self-signed': {
    host: 'self',
    asked: () => 'verify',
    tls: /^Untrusted/,
    verdict: unverified,
    also: 'certificate verification failed for X: self-signed certificate',
  },
  'verify-clear': {
    host: 'clear',
    asked: () => 'verify',
    verdict: /dsn=4\.7\.4, status=deferred \(TLS is required, but was not offered by host clear\.hosts\.test/,
  },
  secure: { host: 'domain', asked: () => 'secure', tls: /^Verified/, verdict: sent },
  below: { host: 'domain', asked: () => 'secure', tls: /^Verified/, verdict: sent },
  'secure-other-name': { host: 'named', asked: () => 'secure', tls: /^Trusted/, verdict: unverified },
  'anchor-server': {
    host: 'self',
    asked: ({ files }) => `verify tafile=${files.stranger} tafile=${files.self}`,
    tls: /^Verified/,
    verdict: sent,
  },
  'anchor-authority': {
    host: 'named',
    asked: ({ files }) => `secure match=.hosts.test tafile=${files.authority}`,
    // The root is not sent: it comes from the file.
    tls: /^Verified/,
    verdict: sent,
  },
  'anchor-stranger': {
    host: 'named',
    asked: ({ files }) => `verify tafile=${files.stranger}`,
    tls: /^Untrusted/,
    verdict: unverified,
    also: 'server certificate verification failed for X: num=65:no matching DANE TLSA records',
  },
  encrypt: { host: 'named', asked: () => 'encrypt', tls: /^Trusted/, verdict: sent },
  'encrypt-self-signed': { host: 'self', asked: () => 'encrypt', tls: /^Untrusted/, verdict: sent },
  may: { host: 'named', asked: () => 'may', tls: /^Trusted/, verdict: sent },
  'new-version': { host: 'self', asked: () => 'encrypt', tls: /: TLSv1\.3 with/, verdict: sent },
  'old-version': {
    host: 'self',
    asked: () => 'encrypt protocols=<=TLSv1.2',
    tls: /: TLSv1\.2 with/,
    verdict: sent,
  },
  'version-too-new': { host: 'old', asked: () => 'encrypt protocols=>=TLSv1.3', verdict: noHandshake },
  'version-hole': { host: 'old', asked: () => 'encrypt protocols=!TLSv1.2', verdict: noHandshake },
  sni: {
    host: 'self',
    asked: () => 'encrypt servername=hostname',
    tls: /^Untrusted/,
    verdict: sent,
    serverName: 'self.hosts.test',
  },
  'no-aes': {
    host: 'self',
    asked: () => 'encrypt protocols=TLSv1.2 ciphers=high exclude=AES',
    tls: /with cipher ECDHE-ECDSA-(?!AES)/,
    verdict: sent,
  },
  'no-cipher': {
    host: 'self',
    asked: () => 'secure protocols=TLSv1.2 exclude=ALL',
    verdict: noHandshake,
  },
  'bad-entry': {
    host: 'self',
    asked: () => 'may match=nexthop',
    verdict: /relay=none, .*dsn=4\.7\.5, status=deferred \(client TLS configuration problem\)/,
  },
  'bad-file': {
    host: 'self',
    asked: () => 'secure tafile=/nowhere/ca.pem',
    verdict: /relay=none, .*dsn=4\.7\.5, status=deferred \(client TLS configuration problem\)/,
  },
};

let world: PolicyLab;
let relay: RunningRelay;

beforeAll(async () => {
  world = await startPolicyLab(new Map(Object.entries(cases).map(([name, { host }]) => [name, host])));
  relay = await startRelay({
    set: { ...labSettings(world.lab), 'tls.CAfile': world.files.authority },
    policies: Object.entries(cases).map(([name, { asked }]) => `${name}.cases.test ${asked(world)}`),
  });
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await world?.lab.stop();
});

test.each(Object.entries(cases))('%s', async (name, { host, tls, verdict, also, serverName }) => {
  const server = world.lab.host(`${host}.hosts.test`);
  const before = { lines: relay.lines.length, messages: server.messages.length };
  const id = await sendMail(relay.port, { to: `user@${name}.cases.test` });
  expect(await relay.line(new RegExp(`${id}: to=`))).toMatch(verdict);
  const lines = relay.lines.slice(before.lines).map((line) => line.replace(/^[^:]*: /, ''));
  const summaries = lines.filter((line) => / TLS connection (?:established|reused) to /.test(line));
  if (tls === undefined) expect(summaries).toEqual([]);
  else expect(summaries).toEqual([expect.stringMatching(tls)]);
  if (also !== undefined) {
    expect(lines).toContain(also.replace('X', `${host}.hosts.test[${server.address}]:${world.lab.port}`));
  }
  const delivered = server.messages.slice(before.messages);
  expect(delivered.map((message) => message.tls)).toEqual(verdict === sent ? [true] : []);
  if (tls !== undefined) expect(server.sessions.at(-1)?.serverName).toBe(serverName);
  // Not one octet of the mail, nor anything else, goes to a host that is not who it should be.
  if (verdict === unverified) expect(server.sessions.at(-1)).toMatchObject({ tlsBytes: 0, tlsCommands: [] });
});

test('an entry that makes no sense is reported with file and line', () => {
  const at = Object.keys(cases).indexOf('bad-entry') + 1;
  const file = `${relay.dataDir}/tls_policy`;
  expect(
    relay.matching(/warning: .*tls_policy:/).map((line) => line.replace(/^[^:]*: warning: /, '')),
  ).toEqual([
    `${file}:${at}: next-hop destination "bad-entry.cases.test": attribute "match" invalid at security level "may"`,
    expect.stringContaining(
      `${file}:${at + 1}: next-hop destination "bad-file.cases.test": error opening trust anchor file: /nowhere/ca.pem: no such file`,
    ),
  ]);
});
