import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import type { WorldNames } from '../../lab/world.ts';
import { loadRows } from '../../vectors/load.ts';
import { playableRow, type PlayableRow } from './playable-row.ts';

const rows = loadRows();
const now = Date.UTC(2031, 4, 5);

function madeOf(id: string): ReturnType<typeof playableRow> {
  const row = rows.find((one) => one.id === id);
  if (row === undefined) throw new Error(`no row ${id}`);
  return playableRow(row, now);
}

function playable(id: string): PlayableRow {
  const made = madeOf(id);
  if ('why' in made) throw new Error(`${id} is not played: ${made.why}`);
  return made;
}

const names: WorldNames = {
  port: 10025,
  address: (host) => `A address of ${host}`,
  tlsa: () => '',
  tlsaOwner: () => '',
};

const linesOf = ({ domains }: PlayableRow) =>
  Object.fromEntries(domains.map(({ name, records }) => [name, records?.(names)]));

test('a row becomes a domain with a host, and its records are those of the port of the lab', () => {
  const made = playable('ee-01');
  expect(made.kitCase).toEqual({
    domain: 'example.ee-01.test',
    what: '3 1 1: SHA2-256 of the public key',
    host: 'at-192-0-2-1.ee-01.test',
    others: [],
    outcome: 'delivered',
    mails: 1,
    mayBeInClear: false,
  });
  expect(linesOf(made)).toEqual({
    'ee-01.test': [
      expect.stringMatching(/^_10025\._tcp\.mx\.example\.ee-01\.test\. TLSA 3 1 1 [0-9a-f]{64}$/),
      'example.ee-01.test. MX 10 mx.example.ee-01.test.',
      'mx.example.ee-01.test. A address of at-192-0-2-1.ee-01.test',
    ],
  });
});

test('certificates have the names of the lab, and are valid when the mail is sent', () => {
  const [host] = playable('name-01').hosts;
  const leaf = new X509Certificate(host?.certificates?.[0]?.pem ?? '');
  expect(leaf.subjectAltName).toBe('DNS:mx.example.name-01.test');
  expect(Date.parse(leaf.validFrom)).toBeLessThan(now);
  expect(Date.parse(leaf.validTo)).toBeGreaterThan(now);
});

test('a host without a certificate speaks TLS all the same', () => {
  expect(playable('usable-35').hosts).toMatchObject([
    { certificates: [], tls: { ciphers: expect.stringContaining('AECDH') } },
  ]);
});

test('where nothing matches the mail must not come, and waits', () => {
  expect(playable('ee-08').kitCase).toMatchObject({
    others: ['at-192-0-2-1.ee-08.test'],
    outcome: 'waits',
    mails: 0,
  });
  expect(playable('ee-08').kitCase.host).toBeUndefined();
});

test('what Postfix does otherwise is known', () => {
  expect(playable('ta-74').kitCase.knownDifference).toBe('OpenSSL looks at the keys of certificates alone');
  expect(playable('ee-08').kitCase.knownDifference).toBeUndefined();
});

test('of two hosts the one with the right certificate gets it', () => {
  expect(playable('policy-30').kitCase).toMatchObject({
    host: 'at-192-0-2-2.policy-30.test',
    others: ['at-192-0-2-1.policy-30.test'],
    outcome: 'delivered',
  });
});

test('a lookup that fails is a record with a broken signature', () => {
  const made = playable('policy-13');
  const [domain] = made.domains;
  expect(domain?.bogusRrsets?.(names)).toEqual(['_10025._tcp.mx.example.policy-13.test. TLSA']);
  expect(linesOf(made)['policy-13.test']).toContainEqual(
    expect.stringMatching(/^_10025\._tcp\.mx\.example\.policy-13\.test\. TLSA 3 1 1 0{64}$/),
  );
  expect(made.kitCase.outcome).toBe('waits');
});

test('what is not signed has a zone of its own, and mail there may go in clear', () => {
  const made = playable('base-11');
  expect(made.domains.map(({ name, dnssec }) => [name, dnssec])).toEqual([
    ['base-11.test', 'signed'],
    ['hoster.base-11.test', 'unsigned'],
  ]);
  expect(linesOf(made)['hoster.base-11.test']).toEqual([
    'mx.hoster.base-11.test. A address of at-192-0-2-1.base-11.test',
  ]);
  expect(made.kitCase).toMatchObject({ outcome: 'delivered', mayBeInClear: true });
});

test('a domain without a host: the mail comes back', () => {
  const made = playable('route-09');
  expect(made.hosts).toEqual([]);
  expect(made.kitCase).toMatchObject({ others: [], outcome: 'returned', mails: 0 });
  expect(linesOf(made)['route-09.test']).toEqual([
    'example.route-09.test. TXT "here"',
    'example.route-09.test. TXT "here"',
  ]);
});

test('an alias stands alone in its zone, whatever the row says that its name has not', () => {
  for (const row of rows) {
    const made = playableRow(row, now);
    if ('why' in made) continue;
    for (const [zone, lines] of Object.entries(linesOf(made))) {
      const owners = (lines ?? []).map((line) => line.split(' ')[0]);
      for (const alias of (lines ?? []).filter((line) => line.includes(' CNAME '))) {
        const [owner] = alias.split(' ');
        expect(
          owners.filter((one) => one === owner),
          `${row.id}: ${alias}`,
        ).toHaveLength(1);
        // The SOA record is there.
        expect(owner, row.id).not.toBe(`${zone}.`);
      }
    }
  }
});

test.each([
  ['resolver-02', 'what the resolver is'],
  ['insecure-mx-01', 'a choice that RFC 7672 leaves open'],
  ['usable-22', 'records that a name server does not take'],
  ['route-58', 'a name outside the lab'],
  ['base-41', 'a name at the limit'],
  ['route-60', 'addresses that are the point of the row'],
])('%s is not played: %s', (id, why) => {
  expect(madeOf(id)).toEqual({ why });
});

test('most rows that are not about settings or the resolver are played', () => {
  const made = rows.map((row) => ({ theme: row.theme, isPlayed: !('why' in playableRow(row, now)) }));
  const played = (start: string) =>
    made.filter(({ theme, isPlayed }) => theme.startsWith(start) && isPlayed).length;
  expect(made.filter(({ isPlayed }) => isPlayed).length).toBeGreaterThanOrEqual(245);
  expect(['DANE-EE', 'DANE-TA', 'Reference', 'Which records', 'Digest', 'TLSA base'].map(played)).toEqual([
    32, 75, 35, 36, 18, 26,
  ]);
});
