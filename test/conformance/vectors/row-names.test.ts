import { expect, test } from 'vitest';
import { organisationOf, renameFor } from './row-names.ts';

test.each([
  ['mx.example.test', 'mx.example.ee-01.test'],
  ['MX.Example.TEST', 'MX.Example.ee-01.test'],
  ['mx.example.test.', 'mx.example.ee-01.test.'],
  ['*.test', '*.test'],
  ['*.example.test', '*.example.ee-01.test'],
  ['mx.example.test\0.attacker.test', 'mx.example.ee-01.test\0.attacker.ee-01.test'],
  ['mx.example.testing', 'mx.example.testing'],
  ['Vector CA', 'Vector CA'],
  ['*', '*'],
])('renameFor(): %j', (text, renamed) => {
  expect(renameFor('ee-01')(text)).toBe(renamed);
});

test('organisationOf(): the name below test', () => {
  expect(organisationOf('_25._tcp.mx.example.test')).toBe('example.test');
  expect(organisationOf('example.test')).toBe('example.test');
});
