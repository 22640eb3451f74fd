import { fstatSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isJournal, levelled, streamHeader } from './journal.ts';

const { dev, ino } = fstatSync(2, { bigint: true });

describe('isJournal()', () => {
  it('compares device and inode, for the variable outlives a redirection', () => {
    expect(isJournal(2, `${dev}:${ino}`)).toBe(true);
    expect(isJournal(2, `${dev}:${ino + 1n}`)).toBe(false);
    expect(isJournal(2, undefined)).toBe(false);
    expect(isJournal(2, 'nonsense')).toBe(false);
    expect(isJournal(987_654, `${dev}:${ino}`)).toBe(false);
  });
});

describe('levelled()', () => {
  it('has the levels of sd-daemon(3)', () => {
    expect(levelled('info', 'a')).toBe('<6>a');
    expect(levelled('warning', 'a')).toBe('<4>a');
    expect(levelled('error', 'a')).toBe('<3>a');
  });
});

describe('streamHeader()', () => {
  it('says name and component, facility mail, and that lines have levels', () => {
    expect(streamHeader('postfix', 'smtp')).toBe('postfix/smtp\n\n22\n1\n0\n0\n0\n');
  });
});
