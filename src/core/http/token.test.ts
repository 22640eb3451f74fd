import { describe, expect, test } from 'vitest';
import {
  findToken,
  maySendFrom,
  parseTokenFile,
  printTokenFile,
  senderRule,
  tokenHash,
  tokenText,
  type AccessToken,
} from './token.ts';

const text = tokenText(Buffer.alloc(32, 7));
const app: AccessToken = {
  name: 'app',
  sha256: tokenHash(text),
  senders: ['a@x.example', '@y.example'],
  rate: 60,
  sizeBytes: 1000,
};

describe('parseTokenFile()', () => {
  test('reads what printTokenFile() writes', () => {
    const other = { ...app, name: 'b', sha256: tokenHash('b'), senders: [] };
    const file = `# tokens\n\n${printTokenFile([app, other])}`;
    expect(parseTokenFile(file, 'f')).toEqual({ tokens: [app, other], problems: [] });
  });

  test.each([
    ['{', 'no JSON object'],
    ['5', 'no JSON object'],
    ['null', 'no JSON object'],
    [JSON.stringify({ ...app, name: 'a b' }), 'no "name" of letters, digits and . _ - + @'],
    [JSON.stringify({ ...app, sha256: 'x' }), 'no "sha256" of 64 hex digits'],
    [JSON.stringify({ ...app, rate: -1 }), 'a "rate" that is no whole number'],
    [JSON.stringify({ ...app, sizeBytes: '5' }), 'a "sizeBytes" that is no whole number'],
    [JSON.stringify({ ...app, senders: 'x' }), '"senders" that are no list'],
    [JSON.stringify({ ...app, senders: ['x'] }), '"senders" that are neither mailboxes, @domains nor <>'],
  ])('a line %j: %s, and the others count', (line, problem) => {
    const other = { ...app, name: 'other' };
    const read = parseTokenFile(`${line}\n${JSON.stringify(other)}`, 'f');
    expect(read).toEqual({ tokens: [other], problems: [`f:1: ${problem}`] });
  });

  test('has each name once', () => {
    expect(parseTokenFile(printTokenFile([app, app]), 'f').problems).toEqual([
      'f:2: a second token of the name app',
    ]);
  });
});

test('findToken() finds the one whose hash it is', () => {
  expect(findToken([{ ...app, name: 'b', sha256: tokenHash('b') }, app], text)).toBe(app);
  expect(findToken([app], `${text} `)).toBeUndefined();
  expect(findToken([], text)).toBeUndefined();
});

test.each([
  ['A@X.Example', 'a@x.example'],
  ['@Münster.example', '@xn--mnster-3ya.example'],
  ['<>', '<>'],
  ['x', undefined],
  ['@', undefined],
  ['', undefined],
])('senderRule(): %s', (written, rule) => {
  expect(senderRule(written)).toBe(rule);
});

test.each([
  ['a@x.example', true],
  ['A@X.example', true],
  ['b@x.example', false],
  ['anybody@y.example', true],
  ['anybody@sub.y.example', false],
  ['"@y.example"@z.example', false],
  ['"a"@x.example', true],
  ['"b"@x.example', false],
  ['b@z.example ENVID=<c@y.example', false],
  ['b@z.example, c@y.example', false],
  ['b@z.example (c)@y.example', false],
  ['', false],
])('maySendFrom(): %s %s', (sender, may) => {
  expect(maySendFrom(app, sender)).toBe(may);
  expect(maySendFrom({ senders: [] }, sender)).toBe(true);
});

test('maySendFrom(): the null sender, where it is listed', () => {
  expect(maySendFrom({ senders: ['<>'] }, '')).toBe(true);
});
