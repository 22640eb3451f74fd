import { expect, test } from 'vitest';
import { lookupPassword, parsePasswordMap } from './password-map.ts';

const map = parsePasswordMap(
  `
[mail.example.org]:587  relay@example.org:pass:word with a space
mx.example.net          other:secret
example.com:submission  third:secret
`,
  'passwd',
);

test.each([
  ['mail.example.org', '[mail.example.org]:587', 'relay@example.org'],
  ['mail.example.org', '[MAIL.example.org]:587', 'relay@example.org'],
  ['mail.example.org', '[mail.example.org]', undefined],
  ['MX.example.net', 'example.net', 'other'],
  ['mx.example.net', '[mail.example.org]:587', 'other'],
  ['a.example.com', 'example.com:submission', 'third'],
  ['a.example.com', 'example.com', undefined],
])('lookupPassword(): %s by way of %s', (host, nextHop, user) => {
  expect(map.problems).toEqual([]);
  const entry = lookupPassword(map, host, nextHop);
  expect(entry?.kind === 'credentials' ? entry.user : undefined).toBe(user);
});

test('the password is all that follows the first colon', () => {
  expect(map.entries.get('[mail.example.org]:587')).toMatchObject({ password: 'pass:word with a space' });
});

test.each([
  ['a.test', 'passwd:1: "a.test": not of the form user:password; mail for it waits'],
  ['a.test topsecret', 'passwd:1: "a.test": not of the form user:password; mail for it waits'],
  ['a.test user:', 'passwd:1: "a.test": not of the form user:password; mail for it waits'],
  ['a.test :topsecret', 'passwd:1: "a.test": not of the form user:password; mail for it waits'],
  ['[a.test]:587user:topsecret', 'passwd:1: not of the form user:password; mail for it waits'],
  [' topsecret', 'passwd:1: nothing before it that it could continue'],
])('parsePasswordMap(): %s', (text, problem) => {
  const { problems, entries } = parsePasswordMap(text, 'passwd');
  expect(problems).toEqual([problem]);
  expect(problems.join()).not.toContain('topsecret');
  expect([...entries.values()]).toEqual([{ kind: 'invalid' }]);
});

test('parsePasswordMap(): of two entries the first counts', () => {
  const { problems, entries } = parsePasswordMap('a.test u:1\nA.test u:2\n', 'passwd');
  expect(problems).toEqual(['passwd:2: "A.test": duplicate entry, the first one counts']);
  expect(entries.get('a.test')).toMatchObject({ password: '1' });
});
