import { expect, test } from 'vitest';
import { parseAddressTable } from './address-table.ts';
import { canonicalAddress } from './canonical.ts';

const table = parseAddressTable(
  [
    'root          it@example.org',
    '@internal.example  @example.org',
    'first@example.org  second@internal.example',
    'self@example.org   Self@example.org',
    'left@example.org   right@example.org',
    'right@example.org  left@example.org',
  ].join('\n'),
  'map',
  { single: true },
);

test.each([
  ['root@relay.example', 'it@example.org'],
  ['anna@internal.example', 'anna@example.org'],
  ['first@example.org', 'second@example.org'],
  ['self@example.org', 'Self@example.org'],
  ['nobody@example.net', 'nobody@example.net'],
  ['', ''],
])('%s becomes %s', (address, canonical) => {
  expect(canonicalAddress(table, address, 'relay.example')).toBe(canonical);
});

test('a circle ends', () => {
  expect(canonicalAddress(table, 'left@example.org', 'relay.example')).toMatch(/^(left|right)@example\.org$/);
});
