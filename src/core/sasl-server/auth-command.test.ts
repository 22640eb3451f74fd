import { expect, test } from 'vitest';
import { parseAuthCommand } from './auth-command.ts';

test.each([
  ['AUTH PLAIN', 'PLAIN', undefined],
  ['auth scram-sha-256 =', 'SCRAM-SHA-256', '='],
  ['AUTH  LOGIN  dGlt  ', 'LOGIN', 'dGlt'],
  ['AUTH PLAIN no:base64', 'PLAIN', 'no:base64'],
])('%s', (line, mechanism, initial) => {
  expect(parseAuthCommand(line)).toEqual({ mechanism, initial });
});

test.each(['AUTH', 'AUTH ', 'AUTHPLAIN', 'AUTH PLAIN a b', 'AUTH PLAIN!', `AUTH ${'A'.repeat(21)}`])(
  '%j',
  (line) => {
    expect(parseAuthCommand(line)).toBeUndefined();
  },
);
