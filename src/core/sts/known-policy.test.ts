import { expect, test } from 'vitest';
import { readRefreshFailure, readStoredPolicy, storedPolicyText } from './known-policy.ts';

const stored = {
  domain: 'example.org',
  policy: {
    mode: 'enforce',
    maxAge: 86_400,
    mx: ['mx.example.org', '*.example.net'],
    lines: ['version: STSv1', 'mode: enforce', 'mx: mx.example.org', 'mx: *.example.net', 'max_age: 86400'],
  },
  id: '20260101',
  fetchedAt: 1,
  expiresAt: 86_400_001,
} as const;

test('a policy is read as it was written', () => {
  expect(readStoredPolicy('example.org', storedPolicyText(stored))).toEqual(stored);
});

test('a policy that lists nobody, of a domain that has switched MTA-STS off', () => {
  const off = { ...stored, policy: { mode: 'none', maxAge: 60, mx: [], lines: [] } } as const;
  expect(readStoredPolicy('example.org', storedPolicyText(off))).toEqual(off);
});

const whole = JSON.parse(storedPolicyText(stored)) as Readonly<Record<string, unknown>>;

test.each<[string, string]>([
  ['no JSON', '{'],
  ['no object', '[]'],
  ['null', 'null'],
  ['a newer form', JSON.stringify({ ...whole, v: 2 })],
  ['an unknown mode', JSON.stringify({ ...whole, mode: 'all' })],
  ['a pattern that is none', JSON.stringify({ ...whole, mx: ['*'] })],
  ['a pattern with more in it', JSON.stringify({ ...whole, mx: ['mx.test\nmode: none'] })],
  ['no patterns', JSON.stringify({ ...whole, mx: [] })],
  ['no id', JSON.stringify({ ...whole, id: 5 })],
  ['no time', JSON.stringify({ ...whole, expiresAt: 'soon' })],
  ['no lines', JSON.stringify({ ...whole, lines: 'x' })],
])('what cannot be read is no policy: %s', (_, text) => {
  expect(readStoredPolicy('example.org', text)).toBeUndefined();
});

test('a failure is read as it was written', () => {
  const failure = { times: 2, at: 5, detail: 'HTTP status 404' };
  expect(readRefreshFailure(JSON.stringify(failure))).toEqual(failure);
  expect(readRefreshFailure('{"times":"2"}')).toBeUndefined();
});
