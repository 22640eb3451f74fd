import { describe, expect, test } from 'vitest';
import { lookupKeys, parseKeyTable } from './key-table.ts';

describe('a key table', () => {
  test('has keys of OpenDKIM by the domain of the author', () => {
    const text = `
# a comment
example.org   example.org:s1:/keys/1.private, example.org:s2:2.private
.Example.org  example.org:s1:/keys/1.private
m\u00fcller.example xn--mller-kva.example:s:k
*  sender.example:a.b:/keys/with:colon
`;
    const { entries, problems } = parseKeyTable(text, 'table');
    expect(problems).toEqual([]);
    expect([...entries.keys()]).toEqual(['example.org', '.example.org', 'xn--mller-kva.example', '*']);
    expect(entries.get('example.org')).toEqual([
      { domain: 'example.org', selector: 's1', file: '/keys/1.private', where: 'table:3' },
      { domain: 'example.org', selector: 's2', file: '2.private', where: 'table:3' },
    ]);
    expect(entries.get('*')?.[0]).toMatchObject({ selector: 'a.b', file: '/keys/with:colon' });
  });

  test.each([
    ['a@example.org x.test:s:f', 'table:1: "a@example.org" is no domain, no .domain and not *'],
    ['org x.test:s:f', 'table:1: "org" is no domain, no .domain and not *'],
    ['example.org', 'table:1: "example.org": no key where domain:selector:file was expected'],
    ['example.org x.test:s', 'table:1: "example.org": "x.test:s" where domain:selector:file was expected'],
    [
      'example.org x.test:-s:f',
      'table:1: "example.org": "x.test:-s:f" where domain:selector:file was expected',
    ],
    ['  example.org x.test:s:f', 'table:1: nothing before it that it could continue'],
    [
      'example.org x.test:s:f\nexample.ORG x.test:s:f',
      'table:2: "example.ORG": duplicate entry, the first one counts',
    ],
  ])('%j', (text, problem) => {
    expect(parseKeyTable(text, 'table').problems).toEqual([problem]);
  });
});

test('the nearest entry counts', () => {
  const entries = new Map([
    ['example.org', ['own']],
    ['.example.org', ['below']],
    ['.a.example.org', ['further below']],
    ['*', ['all']],
    ['broken.test', []],
  ]);
  const found = (domain: string): readonly string[] => lookupKeys(entries, domain);
  expect(found('example.org')).toEqual(['own']);
  expect(found('x.example.org')).toEqual(['below']);
  expect(found('x.a.example.org')).toEqual(['further below']);
  expect(found('a.example.org')).toEqual(['below']);
  expect(found('xexample.org')).toEqual(['all']);
  // Another key must not take the place of one that the operator named.
  expect(found('broken.test')).toEqual([]);
});
