import { expect, test } from 'vitest';
import { referenceNames } from './reference-names.ts';
import type { NameFacts } from './reference-names.ts';

const facts = (mx: NameFacts['mx'], nextHop: string, expandedNextHop = nextHop): NameFacts => ({
  mx,
  nextHop,
  expandedNextHop,
});

test.each<[string, string, NameFacts, string[]]>([
  ['signed MX', 'mx.test', facts('secure', 'a.test'), ['mx.test', 'a.test']],
  [
    'signed MX, the next hop is an alias',
    'mx.test',
    facts('secure', 'a.test', 'b.test'),
    ['mx.test', 'a.test', 'b.test'],
  ],
  ['signed MX, the domain is its own host', 'a.test', facts('secure', 'a.test'), ['a.test']],
  [
    'signed MX, the host is what the next hop expands to',
    'b.test',
    facts('secure', 'a.test', 'b.test'),
    ['b.test', 'a.test'],
  ],
  ['a base domain that no certificate is for', '*.b.test', facts('secure', 'a.test'), ['a.test']],
  ['the same, and unsigned MX', 'b\\046.test', facts('insecure', 'a.test'), []],
  [
    'an expansion that no certificate is for',
    'mx.test',
    facts('secure', 'a.test', '*.b.test'),
    ['mx.test', 'a.test'],
  ],
  ['unsigned MX', 'mx.test', facts('insecure', 'a.test', 'b.test'), ['mx.test']],
  ['no MX', 'a.test', facts('none', 'a.test'), ['a.test']],
  ['no MX, the next hop is an alias', 'b.test', facts('none', 'a.test', 'b.test'), ['b.test', 'a.test']],
])('referenceNames(): %s', (_, baseDomain, given, names) => {
  expect(referenceNames(baseDomain, given)).toEqual(names);
});
