import { expect, test } from 'vitest';
import { parseAddressTable } from './address-table.ts';
import { expandRecipient } from './virtual.ts';

const read = (text: string): ReturnType<typeof parseAddressTable> =>
  parseAddressTable(text, 'map', { single: false });

const table = read(
  [
    'root               admins@example.org',
    'admins@example.org anna@example.org, bob@example.net, Anna@example.org',
    'anna@example.org   anna@example.org, copy@example.org',
    'here@example.org   there@example.org',
    'there@example.org  here@example.org',
    '@old.example       @new.example',
  ].join('\n'),
);

test.each([
  ['root@relay.example', ['anna@example.org', 'copy@example.org', 'bob@example.net']],
  ['anna@example.org', ['anna@example.org', 'copy@example.org']],
  ['x@old.example', ['x@new.example']],
  ['nobody@example.net', ['nobody@example.net']],
  ['here@example.org', ['here@example.org']],
])('%s stands for %j', (address, expanded) => {
  expect(expandRecipient(table, address, 'relay.example')).toEqual(expanded);
});

test('a list that is too long is endless', () => {
  const many = Array.from({ length: 1001 }, (_, index) => `u${index}@example.net`).join(', ');
  expect(expandRecipient(read(`all@example.org ${many}`), 'all@example.org', 'relay.example')).toBe(
    'endless',
  );
});

test('lists in lists are endless once they have too many members', () => {
  const list = (name: string, of: (index: number) => string): string =>
    `${name}@example.org ${Array.from({ length: 900 }, (_, index) => of(index)).join(', ')}`;
  const nested = read(
    [
      list('all', (index) => (index === 0 ? 'more@example.org' : `a${index}@example.net`)),
      list('more', (index) => `b${index}@example.net`),
    ].join('\n'),
  );
  expect(expandRecipient(nested, 'all@example.org', 'relay.example')).toBe('endless');
});

test('a chain that is too long is endless', () => {
  const chain = read(
    Array.from({ length: 1100 }, (_, index) => `u${index}@example.org u${index + 1}@example.org`).join('\n'),
  );
  expect(expandRecipient(chain, 'u0@example.org', 'relay.example')).toBe('endless');
});
