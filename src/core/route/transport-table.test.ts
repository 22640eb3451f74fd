import { describe, expect, test } from 'vitest';
import { nextHopBy, parseTransportTable } from './transport-table.ts';

const table = parseTransportTable(
  `
# Comments and empty lines say nothing.
one@example.org     smtp:[one.example.net]
Example.ORG         smtp:
sub.example.org     :[sub.example.net]:2525
.example.org        relay:below.example.net
.deep.example.org   smtps:[deep.example.net],
    # neither do they end an entry
  [deeper.example.net]:4465
usual.example.com   :
closed.example.com  error:5.1.6 they have moved, ask at the desk
later.example.com   retry:
secure.example.com  smtps:
bare.example.com    smtp
[192.0.2.1]         smtp:literal.example.net
bücher.example      smtp:[books.example.net]
*                   smtp:[all.example.net]
`,
  'transport',
);

describe('nextHopBy()', () => {
  test.each([
    ['one@example.org', '[one.example.net]'],
    ['ONE@example.org', '[one.example.net]'],
    ['two@example.org', 'example.org'],
    ['a@sub.example.org', '[sub.example.net]:2525'],
    ['a@x.example.org', 'below.example.net'],
    ['a@x.sub.example.org', 'below.example.net'],
    ['a@x.deep.example.org', 'smtps:[deep.example.net], [deeper.example.net]:4465'],
    ['a@deep.example.org', 'below.example.net'],
    ['a@usual.example.com', '[relayhost.test]'],
    ['a@closed.example.com', 'error:5.1.6 they have moved, ask at the desk'],
    ['a@later.example.com', 'retry:'],
    ['a@secure.example.com', 'smtps:secure.example.com'],
    ['a@bare.example.com', 'bare.example.com'],
    ['a@[192.0.2.1]', 'literal.example.net'],
    ['a@[192.0.2.2]', '[all.example.net]'],
    ['a@xn--bcher-kva.example', '[books.example.net]'],
    ['a@elsewhere.example', '[all.example.net]'],
  ])('%s', (mailbox, nextHop) => {
    expect(nextHopBy(table, '[relayhost.test]', mailbox)).toBe(nextHop);
  });

  test('without an entry: the relayhost, else what follows the @', () => {
    const empty = parseTransportTable('', 'transport');
    expect(nextHopBy(empty, '[relayhost.test]', 'a@b.test')).toBe('[relayhost.test]');
    expect(nextHopBy(empty, '', 'a@B.test')).toBe('b.test');
    expect(nextHopBy(table, '', 'a@usual.example.com')).toBe('usual.example.com');
  });

  test('example.org says nothing about what is below it, .example.org nothing about itself', () => {
    const { entries, problems } = parseTransportTable('example.org smtp:a\n.example.net smtp:b\n', 't');
    const other = { entries, problems };
    expect(nextHopBy(other, '', 'a@x.example.org')).toBe('x.example.org');
    expect(nextHopBy(other, '', 'a@example.net')).toBe('example.net');
  });

  test('a literal has no parents', () => {
    const other = parseTransportTable('.2.1] smtp:a\n', 't');
    expect(nextHopBy(other, '', 'a@[192.0.2.1]')).toBe('[192.0.2.1]');
  });
});

describe('parseTransportTable(): what makes no sense is told, and only its own mail waits', () => {
  test.each([
    ['a.test', 'no transport:nexthop; mail for it waits'],
    [
      'a.test uucp:b',
      'unknown mail transport "uucp", the ones there are: smtp, relay, smtps, error, retry; mail for it waits',
    ],
    [
      'a.test [b.test]',
      'unknown mail transport "[b.test]", the ones there are: smtp, relay, smtps, error, retry; mail for it waits',
    ],
    [
      'a.test smtp:[b.test',
      '"[b.test" is no domain, [host] or list of them, with :port or without; mail for it waits',
    ],
    [
      'a.test :192.0.2.1',
      '"192.0.2.1" is no domain, [host] or list of them, with :port or without; mail for it waits',
    ],
  ])('%s', (line, problem) => {
    const parsed = parseTransportTable(`\n${line}\nb.test smtp:[c.test]\n`, 'transport');
    expect(parsed.problems).toEqual([`transport:2: "a.test": ${problem}`]);
    expect(nextHopBy(parsed, '', 'x@a.test')).toBe('retry:4.3.0 mail transport unavailable');
    expect(nextHopBy(parsed, '', 'x@b.test')).toBe('[c.test]');
  });

  test.each([
    ['@a.test smtp:b', '"@a.test": no user@domain, domain, .domain or *: nothing is ever looked up under it'],
    [
      '*.a.test smtp:b',
      '"*.a.test": no user@domain, domain, .domain or *: nothing is ever looked up under it',
    ],
    ['a.test error:4.1.1 no', '"a.test": the code before the text is none of error:, 5.0.0 is used'],
    ['a.test smtp:\nA.TEST smtp:b', '"A.TEST": duplicate entry, the first one counts', 2],
    ['  a.test smtp:b', '"a.test": nothing before it that it could continue; mail for it waits'],
  ])('%s', (text, problem, line = 1) => {
    expect(parseTransportTable(text, 'transport').problems).toEqual([`transport:${line}: ${problem}`]);
  });
});
