import { describe, expect, test } from 'vitest';
import { readNetworks } from './networks.ts';
import type { ImportPorts } from './ports.ts';

const files: Readonly<Record<string, string>> = {
  '/nets': '192.0.2.0/24\n# comment\n198.51.100.1, 198.51.100.2\n',
  '/inner': '/nets\n10.0.0.0/8\n',
  '/self': '/self\n',
  '/table.cidr': '# office\n192.0.2.0/24 OK\n2001:db8::/32 OK\n',
  '/odd.cidr': '192.0.2.0/24 OK\n!10.0.0.0/8 OK\n198.51.100.0/24 OK\n',
  '/table': '192.0.2.7 OK\n198.51.100 REJECT\n',
};
const ports: ImportPorts = {
  readFile: (path) => {
    const text = files[path];
    return text === undefined ? { problem: 'no such file or directory' } : { text };
  },
  dumpTable: () => ({ problem: 'there is no postmap' }),
};
const networksOf = (value: string) => readNetworks(value, ports).networks;

test.each([
  ['127.0.0.0/8, [::1]/128', ['127.0.0.0/8', '::1/128']],
  ['127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128', ['127.0.0.0/8', '::ffff:127.0.0.0/104', '::1/128']],
  ['192.0.2.7', ['192.0.2.7/32']],
  ['[2001:db8::/32] [2001:DB8:0:0:0:0:0:1]', ['2001:db8::/32', '2001:db8::1/128']],
  ['0.0.0.0/0', ['0.0.0.0/0']],
  ['/nets', ['192.0.2.0/24', '198.51.100.1/32', '198.51.100.2/32']],
  ['/inner', ['192.0.2.0/24', '198.51.100.1/32', '198.51.100.2/32', '10.0.0.0/8']],
  ['cidr:/table.cidr', ['192.0.2.0/24', '2001:db8::/32']],
  ['hash:/table', ['192.0.2.7/32']],
  ['inline:{192.0.2.7=OK}', ['192.0.2.7/32']],
  ['!192.0.2.128/25, 192.0.2.0/24', ['192.0.2.0/25']],
  ['!192.0.2.1 192.0.2.0/30', ['192.0.2.2/31', '192.0.2.0/32']],
  ['!192.0.2.0/24 192.0.2.7 10.0.0.1', ['10.0.0.1/32']],
  ['10.0.0.1 !10.0.0.1', ['10.0.0.1/32']],
  ['!!10.0.0.1', ['10.0.0.1/32']],
  ['!/nets 192.0.2.0/23', ['192.0.3.0/24']],
  ['![2001:db8::1] [2001:db8::]/127', ['2001:db8::/128']],
])('readNetworks(): %s', (value, wanted) => {
  expect(networksOf(value)).toEqual(wanted);
});

describe('readNetworks()', () => {
  test.each([
    ['.example.org', 'neither an address nor a network'],
    ['192.0.2.1/24', 'neither an address nor a network'],
    ['/none', 'no such file or directory'],
    ['hash:/none', '/none: no such file or directory; postmap -s: there is no postmap'],
    ['mysql:/x.cf', 'there are no mysql: tables here, only text files with an entry in each line'],
    ['static:all', 'it stands for every address'],
    ['# office', 'from here on a comment, which must not stand behind a value'],
  ])('says why %s is not among them', (value, why) => {
    const { networks, unread } = readNetworks(value, ports);
    expect(networks).toEqual([]);
    expect(unread).toEqual([expect.objectContaining({ why })]);
  });

  test('takes in nothing behind somebody who is to be left out, and is not known', () => {
    const { networks, unread } = readNetworks('10.0.0.1 !.example.org 192.0.2.0/24 [::1]', ports);
    expect(networks).toEqual(['10.0.0.1/32']);
    expect(unread[0]?.why).toContain('no network behind it is taken over');
  });

  test('reads a table of networks up to where it cannot be followed', () => {
    expect(networksOf('cidr:/odd.cidr')).toEqual(['192.0.2.0/24']);
  });

  test('ends at a file within itself', () => {
    expect(readNetworks('/self', ports)).toMatchObject({ networks: [], unread: [{ about: '/self' }] });
  });

  test('ends where exclusions make too much work', () => {
    const excluded = Array.from({ length: 20_000 }, (_, at) => `!10.${at >> 8}.${at & 255}.1`);
    const many = Array.from({ length: 20_000 }, (_, at) => `11.${at >> 8}.${at & 255}.1`);
    const { networks, unread } = readNetworks([...excluded, '10.0.0.0/8', ...many].join(' '), ports);
    expect(networks.length).toBeLessThan(100);
    expect(networks).not.toContainEqual(expect.stringMatching(/^10\./));
    expect(unread[0]?.why).toContain('too many');
  });
});
