import { expect, test } from 'vitest';
import { usualTls } from '../../test/support/tls-settings.ts';
import { secureContextFor } from './secure-contexts.ts';

const usual = secureContextFor('encrypt', usualTls, 'usual');

test('secureContextFor(): one for all levels and hosts with the same parameters', () => {
  expect(secureContextFor('dane', { ...usualTls, exclude: [] }, 'usual')).toBe(usual);
  expect(secureContextFor('secure', { ...usualTls }, 'usual')).toBe(usual);
});

test.each([
  ['where TLS is not required', () => secureContextFor('may', usualTls, 'usual')],
  ['for other versions', () => secureContextFor('encrypt', { ...usualTls, versions: ['TLSv1.3'] }, 'usual')],
  ['for another grade', () => secureContextFor('encrypt', { ...usualTls, ciphers: 'high' }, 'usual')],
  ['for other exclusions', () => secureContextFor('encrypt', { ...usualTls, exclude: ['AES'] }, 'usual')],
  ['for a small ClientHello', () => secureContextFor('encrypt', usualTls, 'small')],
])('secureContextFor(): another one %s, made once', (_, make) => {
  expect(make()).not.toBe(usual);
  expect(make()).toBe(make());
});

test('secureContextFor(): throws where nothing is left to offer', () => {
  expect(() => secureContextFor('may', { ...usualTls, exclude: ['ALL'] }, 'usual')).toThrow(/cipher/);
});
