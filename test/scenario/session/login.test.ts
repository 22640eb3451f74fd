import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Login, LoginRules } from '../../../src/core/sasl/login.ts';
import { makeCertificate } from '../../support/test-ca.ts';
import { call, offer, transactionOf, type Call } from './session-kit.ts';
import { policyAt } from '../../support/delivery-kit.ts';
import { credentials, serverFixture, type Act, type Script } from './scripted-server.ts';

const serve = serverFixture();
const tls = credentials(makeCertificate({ names: ['mx.test'] }));
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const rules: LoginRules = {
  filter: [],
  clear: ['noplaintext', 'noanonymous'],
  tls: ['noplaintext', 'noanonymous'],
  verified: ['noanonymous'],
  softBounce: true,
};

function loginOf(part: Partial<LoginRules> = {}): Login {
  return { user: 'relay', password: 'open sesame', id: '1', rules: { ...rules, ...part } };
}

const plain = `AUTH PLAIN ${base64('\0relay\0open sesame')}`;
const offered = (...mechanisms: readonly string[]): string[] => [
  'PIPELINING',
  'STARTTLS',
  `AUTH ${mechanisms.join(' ')}`,
];

/** The judge of the kit says "Verified" of everybody. */
async function logIn(script: Script, login = loginOf(), level: 'secure' | 'encrypt' | 'none' = 'secure') {
  const server = await serve({ tls, ...script });
  const judge = { judge: () => ({ word: level === 'secure' ? 'Verified' : 'Untrusted', ok: true }) as const };
  const called = await call(server, policyAt(level, { login }), judge);
  expect(everything(called)).not.toContain('sesame');
  return { ...called, commands: server.seen[0]?.commands ?? [] };
}

function everything({ lines, connected }: Call): string {
  return JSON.stringify([lines, connected.kind === 'trouble' ? connected : connected.session.relay]);
}

function reasonOf({ connected }: Call): string {
  return connected.kind === 'trouble'
    ? `${connected.step}: ${connected.status.outcome} ${connected.status.dsn} ${connected.status.reason}`
    : 'open';
}

test('a verified host is told the password, after TLS and before the mail', async () => {
  const { connected, commands } = await logIn({
    ehlo: offered('LOGIN', 'PLAIN'),
    on: { AUTH: '235 2.7.0 Authentication successful' },
  });
  if (connected.kind === 'trouble') throw new Error(connected.status.reason);
  expect(commands).toEqual(['EHLO relay.test', 'STARTTLS', 'TLS EHLO relay.test', `TLS ${plain}`]);
  expect(await offer(connected.session, transactionOf('hello\r\n'))).toMatchObject({
    statuses: [{ outcome: 'sent' }],
  });
  expect(commands).toContain('TLS MAIL FROM:<a@example.org> AUTH=<>');
});

test('LOGIN answers two questions', async () => {
  const asked: Act[] = ['334 UGFzc3dvcmQ6', '235 2.7.0 Ok'];
  const { connected, commands } = await logIn({
    ehlo: offered('LOGIN'),
    on: { AUTH: '334 VXNlcm5hbWU6' },
    otherwise: () => asked.shift(),
  });
  expect(connected.kind).toBe('open');
  expect(commands.slice(3)).toEqual([
    'TLS AUTH LOGIN',
    `TLS ${base64('relay')}`,
    `TLS ${base64('open sesame')}`,
  ]);
});

test('a host that nobody verified gets a digest, not the password', async () => {
  const challenge = '<1.2@mx.test>';
  const digest = createHmac('md5', 'open sesame').update(challenge).digest('hex');
  const { connected, commands } = await logIn(
    {
      ehlo: offered('PLAIN', 'CRAM-MD5'),
      on: { AUTH: `334 ${base64(challenge)}` },
      otherwise: () => '235 2.7.0 Ok',
    },
    loginOf(),
    'encrypt',
  );
  expect(connected.kind).toBe('open');
  expect(commands.slice(3)).toEqual(['TLS AUTH CRAM-MD5', `TLS ${base64(`relay ${digest}`)}`]);
});

describe('no password', () => {
  test.each([
    ['to a host that nobody verified', 'encrypt', {}],
    ['in clear', 'none', {}],
    ['where the filter leaves nothing', 'secure', { filter: ['cram-md5'] }],
  ] as const)('%s', async (_, level, part) => {
    const called = await logIn({ ehlo: offered('PLAIN', 'LOGIN') }, loginOf(part), level);
    expect(reasonOf(called)).toBe(
      'AUTH: deferred 4.7.0 SASL authentication failed; cannot authenticate to server mx.test[127.0.0.1]: no mechanism available',
    );
    expect(called.commands.join()).not.toMatch(/AUTH|MAIL/);
  });

  test('the operator may wish otherwise', async () => {
    const { connected } = await logIn(
      { ehlo: offered('PLAIN'), on: { AUTH: '235 2.7.0 Ok' } },
      loginOf({ clear: [] }),
      'none',
    );
    expect(connected.kind).toBe('open');
  });

  test('what to do is said where only the certificate is missing', async () => {
    const { lines } = await logIn({ ehlo: offered('PLAIN') }, loginOf(), 'encrypt');
    expect(lines).toContainEqual(expect.stringMatching(/warning: .*is not verified and gets no password/));
  });
});

// peers.md: Haraka sends without a login where the server has stopped offering one.
test('AUTH that is not offered: the mail waits, and nobody sends it without', async () => {
  const called = await logIn({ ehlo: ['PIPELINING', 'STARTTLS'] });
  expect(reasonOf(called)).toBe(
    'AUTH: deferred 4.7.0 SASL authentication failed: server mx.test[127.0.0.1] offered no compatible authentication mechanisms for this type of connection security',
  );
  expect(called.commands.at(-1)).toBe('TLS EHLO relay.test');
});

test('an offer made in clear counts for nothing after TLS', async () => {
  let asked = 0;
  const called = await logIn({
    on: { EHLO: () => (asked++ === 0 ? '250-mx.test\r\n250-STARTTLS\r\n250 AUTH PLAIN' : '250 mx.test') },
  });
  expect(reasonOf(called)).toMatch(/offered no compatible/);
});

test.each([
  ['535 5.7.8 Error: authentication failed', true, 'deferred 4.7.8'],
  ['535 5.7.8 Error: authentication failed', false, 'bounced 5.7.8'],
  ['454 4.7.0 Temporary authentication failure', true, 'deferred 4.7.0'],
] as const)('refused: %s, softly %s', async (reply, softBounce, verdict) => {
  const called = await logIn({ ehlo: offered('PLAIN'), on: { AUTH: reply } }, loginOf({ softBounce }));
  expect(reasonOf(called)).toBe(
    `AUTH: ${verdict} SASL authentication failed; server mx.test[127.0.0.1] said: ${reply}`,
  );
});

test('a server that quotes the password', async () => {
  const called = await logIn({
    ehlo: offered('PLAIN'),
    on: { AUTH: (line) => `535 5.7.8 bad: ${line} open sesame` },
  });
  expect(reasonOf(called)).toMatch(/said: 535 5\.7\.8 bad: AUTH PLAIN \*\*\* \*\*\*$/);
});

test.each([
  ['questions without end', '334 '],
  ['no base64', '334 !!'],
])('%s', async (_, challenge) => {
  const called = await logIn({
    ehlo: offered('CRAM-MD5'),
    on: { AUTH: challenge },
    otherwise: (line) => (line === '*' ? '501 5.7.0 cancelled' : challenge),
  });
  expect(reasonOf(called)).toMatch(/cannot authenticate to server .*: bad protocol \/ cancel$/);
  await expect.poll(() => called.commands.includes('TLS *')).toBe(true);
});

test('a server that goes away', async () => {
  const called = await logIn({ ehlo: offered('PLAIN'), on: { AUTH: { drop: '' } } });
  expect(reasonOf(called)).toMatch(/AUTH: deferred 4\.4\.2 lost connection/);
});

test('a login that does not fit into one command', async () => {
  const user = 'u'.repeat(400);
  const { connected, commands } = await logIn(
    { ehlo: offered('PLAIN'), on: { AUTH: '334 ' }, otherwise: () => '235 2.7.0 Ok' },
    { ...loginOf(), user },
  );
  expect(connected.kind).toBe('open');
  expect(commands.slice(3)).toEqual(['TLS AUTH PLAIN', `TLS ${base64(`\0${user}\0open sesame`)}`]);
});
