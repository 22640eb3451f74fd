import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { judge } from '../../../src/core/tls-policy/judge.ts';
import type { Judge } from '../../../src/session/target.ts';
import { ecKeys, makeCertificate } from '../../support/test-ca.ts';
import { call, offer, patient, transactionOf } from './session-kit.ts';
import { policyAt } from '../../support/delivery-kit.ts';
import { credentials, serverFixture } from './scripted-server.ts';

const leaf = makeCertificate({ names: ['mx.test'] });
const tls = credentials(leaf);
const serve = serverFixture({ tls, wrapped: true });
const serveInClear = serverFixture({ tls });
const byDane: Judge = (chain, policy) => judge(chain, policy, Date.now());

function policyFor(spki: Buffer) {
  const data = createHash('sha256').update(spki).digest();
  return policyAt('dane', { wrapper: true, tlsa: [{ usage: 3, selector: 1, matching: 1, data }] });
}

test('wrapper mode: TLS from the first octet, no STARTTLS', async () => {
  const server = await serve({});
  const { connected, lines } = await call(server, policyFor(leaf.spki), { judge: byDane });
  if (connected.kind === 'trouble') throw new Error(connected.status.reason);
  expect(lines).toEqual([expect.stringMatching(/^Verified TLS connection established to mx\.test/)]);
  expect(await offer(connected.session, transactionOf('hello\r\n'))).toMatchObject({
    statuses: [{ outcome: 'sent' }],
  });
  expect(server.seen[0]?.commands).toEqual([
    'TLS EHLO relay.test',
    'TLS MAIL FROM:<a@example.org> SIZE=7',
    'TLS RCPT TO:<b@example.net>',
    'TLS DATA',
  ]);
});

test('wrapper mode: a host that is not who it should be hears nothing', async () => {
  const server = await serve({});
  const stranger = ecKeys().publicKey.export({ type: 'spki', format: 'der' });
  const { connected } = await call(server, policyFor(stranger), { judge: byDane });
  expect(connected).toMatchObject({ kind: 'trouble', step: 'certificate', status: { dsn: '4.7.5' } });
  expect(server.seen[0]).toMatchObject({ tlsOctets: 0, commands: [] });
});

test('wrapper mode: a server that speaks first in clear', async () => {
  const server = await serveInClear({});
  const { connected } = await call(server, policyFor(leaf.spki), { judge: byDane });
  expect(connected).toMatchObject({
    kind: 'trouble',
    step: 'handshake',
    status: { outcome: 'deferred', dsn: '4.7.5', reason: 'Cannot start TLS: handshake failure' },
  });
  expect(server.seen.flatMap(({ commands }) => commands)).toEqual([]);
});

test('wrapper mode: a greeting that refuses, and one that does not come', async () => {
  const refusing = await serve({ greeting: '554 5.7.1 go away' });
  const { connected } = await call(refusing, policyFor(leaf.spki), { judge: byDane });
  expect(connected).toMatchObject({ kind: 'trouble', step: 'greeting', status: { dsn: '4.7.1' } });

  const silent = await serve({ greeting: { hang: true } });
  const { connected: late } = await call(silent, policyFor(leaf.spki), {
    judge: byDane,
    timeouts: { ...patient, heloMs: 1_500 },
  });
  expect(late).toMatchObject({
    status: {
      dsn: '4.4.2',
      reason: expect.stringMatching(/timed out while receiving the initial server greeting/) as string,
    },
  });
});
