import { describe, expect, test } from 'vitest';
import { credentials, serverFixture } from '../scenario/session/scripted-server.ts';
import { call } from '../scenario/session/session-kit.ts';
import { policyAt } from '../support/delivery-kit.ts';
import { makeAuthority, makeCertificate, tlsaFor } from '../support/test-ca.ts';

/**
 * What was found in mx-connect 2.0.0 (lib/dane.js, lib/get-connection.js), the only other DANE code for Node, where it
 * takes a session. What a route and a judgement show (M1 to M11, M13, M16) are rows of test/vectors, which name it
 * under `regression`, and of src/core/dane/verify-abuse.test.ts.
 *
 * Not here:
 * - M14, a connectHook may replace host or socket after the decision: there are no hooks; a candidate carries its address
 *   and its policy together, and `connect()` takes both from it.
 */

const authority = makeAuthority('Public CA');
const leaf = makeCertificate({ names: ['mx.x.test'] }, authority);
const anchor = tlsaFor(authority, '2 1 1');
const serve = serverFixture();

describe('mx-connect M12: the check hangs on a callback of Node', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'that sees no chain, and is passed over when a session is resumed (%s)',
    async (version) => {
      const tls = { ...credentials(leaf, authority), minVersion: version, maxVersion: version };
      const server = await serve({ tls });
      const judged: number[] = [];
      for (let time = 0; time < 2; time += 1) {
        const { connected } = await call(server, policyAt('dane', { tlsa: [anchor] }), {
          judge: (chain) => {
            judged.push(chain.length);
            return { word: 'Verified', ok: true };
          },
        });
        if (connected.kind === 'trouble') throw new Error(connected.status.reason);
        connected.session.close();
      }
      expect(judged).toEqual([2, 2]);
    },
  );
});

test.each(['encrypt', 'half-dane', 'dane', 'dane-only'] as const)(
  'mx-connect M15: requireTls is only a flag (%s)',
  async (level) => {
    const server = await serve({ ehlo: ['PIPELINING'] });
    const { connected } = await call(server, level);
    expect(connected).toMatchObject({
      kind: 'trouble',
      step: 'STARTTLS',
      status: { outcome: 'deferred', dsn: '4.7.4' },
    });
    expect(server.seen[0]?.commands.some((line) => line.startsWith('MAIL'))).toBe(false);
  },
);
