import { describe, expect, test } from 'vitest';
import { sessionPool } from '../../src/delivery/session-pool.ts';
import { deliverTo } from '../dialogues/deliver-to.ts';
import { credentials, serverFixture, type Script } from '../scenario/session/scripted-server.ts';
import { openSession } from '../scenario/session/session-kit.ts';
import { policyAt } from '../support/delivery-kit.ts';
import { makeCertificate } from '../support/test-ca.ts';

/**
 * What was found in ZoneMTA 3.10.18 as a client.
 *
 * Not here: its lookups without DNSSEC and its database (findings 4, 6), which have tests of the resolver and of the queue.
 */

const serve = serverFixture({ tls: credentials(makeCertificate({ names: ['mx.test'] })) });
const day = 86_400_000;

describe('ZoneMTA 1: any trouble with TLS sends the message in clear', () => {
  const troubles: [string, Script][] = [
    ['a connection that is reset', { on: { STARTTLS: { drop: '220 go', reset: true } } }],
    ['a connection that is closed', { on: { STARTTLS: { drop: '220 go' } } }],
    ['an answer in clear', { on: { STARTTLS: '220 go\r\n' } }],
    ['a STARTTLS that is refused', { on: { STARTTLS: '454 4.7.0 no' } }],
    ['a STARTTLS that was stripped', { ehlo: ['PIPELINING'] }],
  ];

  describe.each(['encrypt', 'half-dane', 'dane', 'dane-only', 'fingerprint', 'verify', 'secure'] as const)(
    'never at %s, however long it has waited',
    (level) => {
      test.each(troubles)('%s', async (_, host) => {
        const timeouts = { starttlsMs: 2_000 };
        const { results, servers } = await deliverTo([host], { level, ageMs: 4 * day, timeouts });
        expect(results[0]).toMatch(/^deferred 4\.7\.\d host: /);
        const said = servers[0]?.seen.flatMap(({ commands }) => commands) ?? [];
        expect(said.filter((line) => /^(?:MAIL|RCPT|DATA|HELO)/.test(line))).toEqual([]);
      });
    },
  );

  test('where TLS is a wish, not at once, and then on a connection of its own', async () => {
    const [[, host]] = troubles as [[string, Script]];
    expect((await deliverTo([host], { level: 'may' })).results[0]).toMatch(/^deferred 4\.7\.5 message: /);
    expect((await deliverTo([host], { level: 'may', ageMs: day })).results[0]).toMatch(/^sent /);
  });
});

test('ZoneMTA 3: a certificate that has expired bounces the mail', async () => {
  const { results } = await deliverTo([{ tls: credentials(makeCertificate({ names: ['mx.test'] })) }], {
    level: 'secure',
    genuine: [false],
  });
  expect(results).toEqual(['deferred 4.7.5 host: Server certificate not verified']);
});

describe('ZoneMTA 5: an open connection is known by address and port only', () => {
  const rules = { reuse: true, idleMs: 60_000, ageMs: 60_000, count: 0 };

  test.each([
    ['in clear, TLS is asked for now', 'none', 'encrypt', 'encrypt'],
    ['encrypted, a match is asked for now', 'encrypt', 'dane', 'dane'],
    ['verified by other records', 'dane', 'dane', 'dane with another TLSA set'],
  ] as const)('%s', async (_, before, after, key) => {
    const server = await serve({});
    const session = await openSession(server, before);
    const pool = sessionPool(rules, Date.now);
    pool.give(session);
    const candidate = {
      host: session.host,
      address: session.address,
      port: server.port,
      family: 4,
      preference: 0,
      best: true,
      policy: async () => policyAt(after, { key }),
    } as const;
    const route = { kind: 'route', nextHop: 'x.test', candidates: [candidate], expiresAt: Infinity } as const;
    expect(await pool.take(route)).toBeUndefined();
    expect(session.usable()).toBe(false);
  });
});
