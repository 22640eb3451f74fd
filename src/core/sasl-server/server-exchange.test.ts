import { createHmac, pbkdf2Sync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { beginExchange } from '../sasl/exchange.ts';
import { scramVerifier, type ScramCredentials } from '../users/scram-verifier.ts';
import { ServerExchange } from './server-exchange.ts';
import type { ServerMechanism } from './server-mechanism.ts';
import type { ServerStep } from './server-step.ts';

const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
const salted = pbkdf2Sync('pencil', salt, 4096, 32, 'sha256');
const known: ScramCredentials = { user: 'user', verifier: scramVerifier(salted, salt, 4096) };
const decoy: ScramCredentials = { verifier: known.verifier };
const serverNonce = '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';

function begin(mechanism: ServerMechanism): ServerExchange {
  return new ServerExchange(mechanism, serverNonce, (user) => (user === 'user' ? known : decoy));
}

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');
const asked = (text: string): ServerStep => ({ kind: 'challenge', challenge: base64(text) });

describe('PLAIN', () => {
  test.each<[string, ServerStep]>([
    ['\0tim\0tanstaaftanstaaf', { kind: 'password', user: 'tim', password: 'tanstaaftanstaaf' }],
    ['tim\0tim\0secret', { kind: 'password', user: 'tim', password: 'secret' }],
    ['tim\0\0secret', { kind: 'password', user: 'tim', password: 'secret' }],
    ['Ursel\0Kurt\0xipj3plmq', { kind: 'wrong', user: 'Kurt' }],
    ['\0\0', { kind: 'password', user: '', password: '' }],
    ['\0tim\0a\0b', { kind: 'malformed' }],
    ['\0tim', { kind: 'malformed' }],
    ['', { kind: 'malformed' }],
    ['\0tim\0\xff', { kind: 'malformed' }],
  ])('%j', (response, step) => {
    expect(begin('PLAIN').begin(base64(response) || '=')).toEqual(step);
    const later = begin('PLAIN');
    expect(later.begin(undefined)).toEqual({ kind: 'challenge', challenge: '' });
    expect(later.next(base64(response))).toEqual(step);
  });
});

describe('LOGIN', () => {
  test('two questions', () => {
    const exchange = begin('LOGIN');
    expect(exchange.begin(undefined)).toEqual({ kind: 'challenge', challenge: 'VXNlcm5hbWU6' });
    expect(exchange.next(base64('tim'))).toEqual({ kind: 'challenge', challenge: 'UGFzc3dvcmQ6' });
    expect(exchange.next(base64('secret'))).toEqual({ kind: 'password', user: 'tim', password: 'secret' });
  });
  test('the user comes with the command', () => {
    const exchange = begin('LOGIN');
    expect(exchange.begin(base64('tim'))).toEqual({ kind: 'challenge', challenge: 'UGFzc3dvcmQ6' });
    expect(exchange.next(base64('secret'))).toMatchObject({ user: 'tim', password: 'secret' });
  });
});

test.each(['PLAIN', 'LOGIN', 'SCRAM-SHA-256'] as const)('%s: giving up, and no base64', (mechanism) => {
  const exchange = begin(mechanism);
  exchange.begin(undefined);
  expect(exchange.next('*')).toEqual({ kind: 'aborted' });
  expect(begin(mechanism).begin('no base64')).toEqual({ kind: 'malformed' });
});

describe('SCRAM-SHA-256', () => {
  // The example of RFC 7677 §3.
  const first = 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO';
  const serverFirst = `r=rOprNGfwEbeRWgbNEkqO${serverNonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;
  const nonce = `rOprNGfwEbeRWgbNEkqO${serverNonce}`;
  const final = `c=biws,r=${nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`;
  const serverFinal = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';

  test('the example of RFC 7677', () => {
    const exchange = begin('SCRAM-SHA-256');
    expect(exchange.begin(base64(first))).toEqual(asked(serverFirst));
    expect(exchange.next(base64(final))).toEqual(asked(serverFinal));
    expect(exchange.next('')).toEqual({ kind: 'proven', user: 'user' });
  });

  test('an unknown user gets as far as a wrong password', () => {
    const exchange = begin('SCRAM-SHA-256');
    expect(exchange.begin(base64(first.replace('n=user', 'n=nobody')))).toEqual(asked(serverFirst));
    expect(exchange.next(base64(final))).toEqual({ kind: 'wrong', user: 'nobody' });
  });

  test('who meets the verifier of nobody is not in', async () => {
    const exchange = begin('SCRAM-SHA-256');
    const client = beginExchange('SCRAM-SHA-256', { user: 'nobody', password: 'pencil' }, 'abc');
    const step = exchange.begin(client.initial);
    const answer = await client.next(step.kind === 'challenge' ? step.challenge : '?');
    expect(exchange.next('response' in answer ? answer.response : '?')).toEqual({
      kind: 'wrong',
      user: 'nobody',
    });
  });

  test.each([
    ['a wrong proof', final.replace('p=dH', 'p=eH'), 'wrong'],
    ['a short proof', `c=biws,r=${nonce},p=dHzb`, 'wrong'],
    ['another nonce', final.replace('r=r', 'r=s'), 'wrong'],
    ['another header', final.replace('c=biws', 'c=eSws'), 'wrong'],
    ['no proof', `c=biws,r=${nonce}`, 'malformed'],
    ['no base64', final.replace('VQ=', 'VQ'), 'malformed'],
    ['nothing', '', 'malformed'],
  ])('%s', (_, text, kind) => {
    const exchange = begin('SCRAM-SHA-256');
    exchange.begin(base64(first));
    expect(exchange.next(base64(text)).kind).toBe(kind);
  });

  test('a header that was changed, with the proof that fits it', () => {
    // A man in the middle who knows the stored key alone cannot be tested for; a client that lies about its header can.
    const exchange = begin('SCRAM-SHA-256');
    exchange.begin(base64(first));
    const withoutProof = `c=eSws,r=${nonce}`;
    const message = `n=user,r=rOprNGfwEbeRWgbNEkqO,${serverFirst},${withoutProof}`;
    const clientKey = createHmac('sha256', salted).update('Client Key').digest();
    const signature = createHmac('sha256', known.verifier.storedKey).update(message).digest();
    const proof = Buffer.from(clientKey.map((octet, index) => octet ^ (signature[index] ?? 0)));
    expect(exchange.next(base64(`${withoutProof},p=${proof.toString('base64')}`)).kind).toBe('wrong');
  });

  test.each([
    'p=tls-unique,,n=user,r=abc',
    'n,,m=x,n=user,r=abc',
    'n,,n=,r=abc',
    'n,,n=a=b,r=abc',
    'n,,n=user,r=',
    'n,,n=user',
    'n=user,r=abc',
    '',
  ])('%j is no beginning', (text) => {
    expect(begin('SCRAM-SHA-256').begin(base64(text) || '=').kind).toBe('malformed');
  });

  test('identities', () => {
    expect(begin('SCRAM-SHA-256').begin(base64('y,a=user,n=user,r=x')).kind).toBe('challenge');
    expect(begin('SCRAM-SHA-256').begin(base64('n,a=root,n=user,r=x'))).toEqual({
      kind: 'wrong',
      user: 'user',
    });
    const names: string[] = [];
    const exchange = new ServerExchange('SCRAM-SHA-256', 'n', (user) => {
      names.push(user);
      return decoy;
    });
    exchange.begin(base64('n,,n=a=2Cb=3D2C,r=x'));
    expect(names).toEqual(['a,b=2C']);
  });

  test('a giant response takes no time to refuse', () => {
    const text = `n,,n=user,r=abc${',a='.repeat(3000)}`;
    expect(begin('SCRAM-SHA-256').begin(base64(text)).kind).toBe('malformed');
  });
});
