import { describe, expect, test } from 'vitest';
import { beginExchange } from './exchange.ts';
import type { Mechanism } from './mechanisms.ts';
import { badProtocol, fromBase64, toBase64, type Exchange } from './step.ts';

const credentials = { user: 'user', password: 'pencil' };

function begin(mechanism: Mechanism, nonce = 'rOprNGfwEbeRWgbNEkqO'): Exchange {
  return beginExchange(mechanism, credentials, nonce);
}

/** Takes and gives plain text. */
async function say(exchange: Exchange, challenge: string): Promise<string> {
  const step = await exchange.next(toBase64(challenge));
  return 'response' in step ? (fromBase64(step.response) ?? '?') : `problem: ${step.problem}`;
}

test('PLAIN: all at once, and nothing after it', async () => {
  const exchange = begin('PLAIN');
  expect(fromBase64(exchange.initial ?? '')).toBe('\0user\0pencil');
  expect(exchange.finish()).toBeUndefined();
  expect(await exchange.next('')).toEqual({ problem: badProtocol });
});

test('LOGIN: the user, then the password, then nothing', async () => {
  const exchange = begin('LOGIN');
  expect(exchange.initial).toBeUndefined();
  expect(await say(exchange, 'Username:')).toBe('user');
  expect(exchange.finish()).toBe(badProtocol);
  expect(await say(exchange, 'Password:')).toBe('pencil');
  expect(exchange.finish()).toBeUndefined();
  expect(await exchange.next('')).toEqual({ problem: badProtocol });
});

describe('CRAM-MD5', () => {
  test('the example of RFC 2195 §2', async () => {
    const exchange = beginExchange('CRAM-MD5', { user: 'tim', password: 'tanstaaftanstaaf' }, '');
    expect(await say(exchange, '<1896.697170952@postoffice.reston.mci.net>')).toBe(
      'tim b913a602c7eda7a495b4e6e7334d3890',
    );
  });
  test.each(['', 'no base64!'])('a challenge that is none: %j', async (challenge) => {
    expect(await begin('CRAM-MD5').next(challenge)).toEqual({ problem: badProtocol });
  });
  test('no second challenge, and none is not enough', async () => {
    const exchange = begin('CRAM-MD5');
    expect(exchange.finish()).toBe(badProtocol);
    await say(exchange, '<1@x>');
    expect(await say(exchange, '<2@x>')).toBe(`problem: ${badProtocol}`);
  });
});

describe('SCRAM-SHA-256', () => {
  const first = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096';
  const final = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';

  test('the example of RFC 7677 §3', async () => {
    const exchange = begin('SCRAM-SHA-256');
    expect(fromBase64(exchange.initial ?? '')).toBe('n,,n=user,r=rOprNGfwEbeRWgbNEkqO');
    expect(await say(exchange, first)).toBe(
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    );
    expect(exchange.finish()).toMatch(/did not show/);
    expect(await say(exchange, final)).toBe('');
    expect(exchange.finish()).toBeUndefined();
  });

  test.each([
    ['a nonce that is not ours', first.replace('r=r', 'r=x')],
    ['our nonce alone', first.replace('%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0', '')],
    ['nonsense', 'hello'],
    ['an extension that is mandatory', `m=x,${first}`],
  ])('%s', async (_, text) => {
    expect(await say(begin('SCRAM-SHA-256'), text)).toBe(`problem: ${badProtocol}`);
  });

  test.each(['1', '4095', '200001', '999999999'])('%s iterations', async (count) => {
    expect(await say(begin('SCRAM-SHA-256'), first.replace('i=4096', `i=${count}`))).toMatch(/iterations/);
  });

  test('a server that does not know the password', async () => {
    const exchange = begin('SCRAM-SHA-256');
    await say(exchange, first);
    expect(await say(exchange, final.replace('6', '7'))).toMatch(/^problem: .*does not know the password/);
    expect(exchange.finish()).toMatch(/did not show/);
  });

  test('a user name with the characters of the syntax', () => {
    const exchange = beginExchange('SCRAM-SHA-256', { user: 'a=b,c', password: 'x' }, 'n');
    expect(fromBase64(exchange.initial ?? '')).toBe('n,,n=a=3Db=2Cc,r=n');
  });
});
