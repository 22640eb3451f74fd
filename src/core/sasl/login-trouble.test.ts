import { expect, test } from 'vitest';
import { authNotOffered, cannotAuthenticate, loginRefused } from './login-trouble.ts';

const peer = { host: 'mx.test', address: '192.0.2.1', port: 587 };

function reply(line: string) {
  const [, enhanced] = /^\d{3} ([245]\.\d+\.\d+)/.exec(line) ?? [];
  return { code: Number(line.slice(0, 3)), ...(enhanced !== undefined && { enhanced }), lines: [line] };
}

test.each([
  ['535 5.7.8 Error: authentication failed', true, 'deferred', '4.7.8'],
  ['535 5.7.8 Error: authentication failed', false, 'bounced', '5.7.8'],
  ['535 no', true, 'deferred', '4.0.0'],
  ['535 no', false, 'bounced', '5.0.0'],
  ['454 4.7.0 Temporary authentication failure', false, 'deferred', '4.7.0'],
] as const)('loginRefused(): %s, soft %s', (line, softBounce, outcome, dsn) => {
  expect(loginRefused(reply(line), peer, [], softBounce)).toMatchObject({
    outcome,
    dsn,
    reason: `SASL authentication failed; server mx.test[192.0.2.1] said: ${line}`,
    relay: 'mx.test[192.0.2.1]:587',
  });
});

test('loginRefused(): what the server quotes of our secrets is left out', () => {
  const refused = loginRefused(
    reply('535 5.7.8 AHUAcGVuY2ls: user u, password pencil'),
    peer,
    ['pencil', 'AHUAcGVuY2ls', ''],
    true,
  );
  expect(JSON.stringify(refused)).not.toMatch(/pencil|AHUAc/);
  expect(refused.reason).toContain('***: user u, password ***');
});

test('the others wait', () => {
  expect(authNotOffered(peer)).toMatchObject({
    outcome: 'deferred',
    dsn: '4.7.0',
    reason:
      'SASL authentication failed: server mx.test[192.0.2.1] offered no compatible authentication mechanisms for this type of connection security',
  });
  expect(cannotAuthenticate('no mechanism available', peer)).toMatchObject({
    outcome: 'deferred',
    dsn: '4.7.0',
    reason:
      'SASL authentication failed; cannot authenticate to server mx.test[192.0.2.1]: no mechanism available',
  });
});
