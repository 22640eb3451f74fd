import { describe, expect, test } from 'vitest';
import { importText, untakenOf, valuesOf } from '../../../test/support/import-kit.ts';
import { securityLevels } from '../levels/levels.ts';

const levelOf = (main: string) => valuesOf(importText(main))['tls.level'];

test.each(securityLevels)('the level %s stays what it is, in any case of its letters', (level) => {
  expect(levelOf(`smtp_tls_security_level = ${level}\n`)).toBe(level);
  expect(levelOf(`smtp_tls_security_level = ${level.toUpperCase()}\n`)).toBe(level);
});

describe('the forerunners of smtp_tls_security_level', () => {
  // The table of postconf(5): enforce, use, peername -> level.
  test.each([
    ['no', 'no', 'yes', 'none'],
    ['no', 'yes', 'yes', 'may'],
    ['no', 'yes', 'no', 'may'],
    ['yes', 'no', 'yes', 'verify'],
    ['yes', 'no', 'no', 'encrypt'],
    ['yes', 'yes', 'yes', 'verify'],
    ['yes', 'yes', 'no', 'encrypt'],
  ])('enforce %s, use %s, peername %s: %s', (enforce, use, names, wanted) => {
    const main = `smtp_enforce_tls = ${enforce}\nsmtp_use_tls = ${use}\nsmtp_tls_enforce_peername = ${names}\n`;
    expect(levelOf(main)).toBe(wanted);
    // They mean nothing where there is the level itself.
    expect(levelOf(`${main}smtp_tls_security_level = dane\n`)).toBe('dane');
  });

  test('smtp_tls_enforce_peername means nothing by itself', () => {
    expect(levelOf('smtp_tls_enforce_peername = yes\n')).toBeUndefined();
  });
});

test('nobody having said anything, the relay keeps its default, and says that this is more', () => {
  const imported = importText('myhostname = a.example\n');
  expect(valuesOf(imported)['tls.level']).toBeUndefined();
  expect(untakenOf(imported)).toContainEqual(
    expect.stringMatching(/^effect: -: smtp_tls_security_level is set nowhere/),
  );
});

test('a level that there is not ends it, because Postfix would send nothing', () => {
  expect(() => importText('\nsmtp_tls_security_level = maybe\n')).toThrow(
    'main.cf:2: smtp_tls_security_level: "maybe" is no level, and Postfix sends no mail with it',
  );
});

test('DANE without DNSSEC was none in Postfix: that is said', () => {
  const notesOf = (main: string) => importText(main).draft.settings.get('tls.level')?.notes;
  expect(notesOf('smtp_tls_security_level = dane\n')?.[0]).toContain('In Postfix it has no effect');
  expect(notesOf('smtp_tls_security_level = dane\nsmtp_dns_support_level = dnssec\n')).toEqual([]);
  expect(notesOf('smtp_tls_security_level = may\n')?.[0]).toContain('"dane" protects more');
});
