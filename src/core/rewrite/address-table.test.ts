import { describe, expect, test } from 'vitest';
import { lookupAddress, parseAddressTable } from './address-table.ts';

const read = (text: string, single = false): ReturnType<typeof parseAddressTable> =>
  parseAddressTable(text, 'map', { single });

describe('lookupAddress()', () => {
  const table = read(
    [
      '# a comment',
      'Info@Example.org  one@example.net, two@example.net',
      '  three@example.net',
      'root              admin',
      '@old.example      @new.example',
      '@bücher.example   buch@example.net',
    ].join('\n'),
  );

  test.each([
    ['info@example.org', ['one@example.net', 'two@example.net', 'three@example.net']],
    ['INFO@example.ORG', ['one@example.net', 'two@example.net', 'three@example.net']],
    ['root@relay.example', ['admin@relay.example']],
    ['root@elsewhere.example', undefined],
    ['Any.User@old.example', ['Any.User@new.example']],
    ['x@xn--bcher-kva.example', ['buch@example.net']],
    ['other@example.org', undefined],
  ])('%s', (address, results) => {
    expect(lookupAddress(table, address, 'relay.example')).toEqual(results);
  });

  test('prefers the whole address to the user, and the user to the domain', () => {
    const all = read('a@relay.example x@x.example\na y@x.example\n@relay.example z@x.example\n');
    expect(lookupAddress(all, 'a@relay.example', 'relay.example')).toEqual(['x@x.example']);
    expect(
      lookupAddress(read('a y@x.example\n@relay.example z@x.example\n'), 'a@relay.example', 'relay.example'),
    ).toEqual(['y@x.example']);
    expect(lookupAddress(all, 'b@relay.example', 'relay.example')).toEqual(['z@x.example']);
  });
});

test.each([
  [
    '  a@b.example c@d.example',
    'map:1: "a@b.example": nothing before it that it could continue; it is not used',
  ],
  ['a b@c.example c@d.example', undefined],
  ['a@ c@d.example', 'map:1: "a@": no user@domain, user or @domain: it is not used'],
  ['a@b.example', 'map:1: "a@b.example": no address; it is not used'],
  ['a@b.example <c@d.example>', 'map:1: "a@b.example": "<c@d.example>" is no address; it is not used'],
  [
    'a@b.example c@d.example\nA@B.example e@f.example',
    'map:2: "A@B.example": duplicate entry, the first one counts',
  ],
])('parseAddressTable() reports %j', (text, problem) => {
  expect(read(text).problems).toEqual(problem === undefined ? [] : [problem]);
});

test('a canonical table has one address in each result', () => {
  const table = read('a@b.example c@d.example, e@f.example', true);
  expect(table.entries.get('a@b.example')).toEqual(['c@d.example']);
  expect(table.problems).toEqual(['map:1: "a@b.example": more than one address, c@d.example is used']);
});
