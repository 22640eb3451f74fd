import { expect, test } from 'vitest';
import { usualTls } from '../../test/support/tls-settings.ts';
import { secureContextFor } from './secure-contexts.ts';

const usual = secureContextFor('verify', usualTls, 'usual');

test('secureContextFor(): one for all levels and hosts with the same parameters', () => {
  expect(secureContextFor('dane', { ...usualTls, exclude: [] }, 'usual')).toBe(usual);
  expect(secureContextFor('secure', { ...usualTls }, 'usual')).toBe(usual);
});

test.each([
  ['where no certificate has to match', () => secureContextFor('encrypt', usualTls, 'usual')],
  ['for other versions', () => secureContextFor('verify', { ...usualTls, versions: ['TLSv1.3'] }, 'usual')],
  ['for another grade', () => secureContextFor('verify', { ...usualTls, ciphers: 'high' }, 'usual')],
  ['for other exclusions', () => secureContextFor('verify', { ...usualTls, exclude: ['AES'] }, 'usual')],
  ['for a small ClientHello', () => secureContextFor('verify', usualTls, 'small')],
])('secureContextFor(): another one %s, made once', (_, make) => {
  expect(make()).not.toBe(usual);
  expect(make()).toBe(make());
});

test('secureContextFor(): the same at may and at encrypt, where the settings for both are the same', () => {
  expect(secureContextFor('may', usualTls, 'usual')).toBe(secureContextFor('encrypt', usualTls, 'usual'));
});

test('secureContextFor(): throws where nothing is left to offer', () => {
  expect(() => secureContextFor('may', { ...usualTls, exclude: ['ALL'] }, 'usual')).toThrow(/cipher/);
});
