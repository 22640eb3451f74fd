import { expect, test } from 'vitest';
import { readStsRecord } from './sts-record.ts';

test.each<[string, readonly string[], string]>([
  ['nothing', [], 'none'],
  ['the usual form', ['v=STSv1; id=20160831085700Z;'], 'record 20160831085700Z'],
  ['without the last semicolon', ['v=STSv1; id=1'], 'record 1'],
  ['without blanks', ['v=STSv1;id=1;'], 'record 1'],
  ['with blanks and tabs', ['v=STSv1 \t; \t id=1 \t; '], 'record 1'],
  ['a blank before the first semicolon', ['v=STSv1 ; id=1'], 'record 1'],
  ['beside SPF of a wildcard', ['v=spf1 -all', 'v=STSv1; id=1;'], 'record 1'],
  ['only SPF', ['v=spf1 -all'], 'none'],
  ['two of ours', ['v=STSv1; id=1;', 'v=STSv1; id=1;'], 'invalid: 2 records'],
  ['another version', ['v=STSv2; id=1;'], 'none'],
  ['the version in other letters', ['V=stsv1; id=1;'], 'none'],
  ['the version at another place', ['id=1; v=STSv1;'], 'none'],
  ['the version without a semicolon', ['v=STSv1 id=1'], 'none'],
  ['no id', ['v=STSv1;'], 'invalid: no id'],
  ['an id of 32 characters', [`v=STSv1; id=${'a'.repeat(32)};`], `record ${'a'.repeat(32)}`],
  ['an id of 33 characters', [`v=STSv1; id=${'a'.repeat(33)};`], 'invalid: malformed id'],
  ['an id with other characters', ['v=STSv1; id=2026-01-01;'], 'invalid: malformed id'],
  ['an empty id', ['v=STSv1; id=;'], 'invalid: malformed field "id="'],
  ['ID in capitals is another field', ['v=STSv1; ID=1;'], 'invalid: no id'],
  ['an unknown field', ['v=STSv1; x=a:b; id=1;'], 'record 1'],
  ['an unknown field that is malformed', ['v=STSv1; x; id=1;'], 'invalid: malformed field "x"'],
  ['two ids', ['v=STSv1; id=1; id=2;'], 'record 1'],
  ['an empty field in the midst', ['v=STSv1; ; id=1;'], 'invalid: malformed field ""'],
  ['controls are not repeated', ['v=STSv1; \u0007\n=; id=1;'], 'invalid: malformed field "??="'],
  ['a record of 64 KB', [`v=STSv1; id=1; x=${'a'.repeat(65_000)}`], 'invalid: record too long'],
])('%s', (_, texts, expected) => {
  const read = readStsRecord(texts);
  const words =
    read.kind === 'record'
      ? `record ${read.id}`
      : read.kind === 'invalid'
        ? `invalid: ${read.detail}`
        : read.kind;
  expect(words).toBe(expected);
});
