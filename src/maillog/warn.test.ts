import { fstatSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { warningText } from './warn.ts';

const { dev, ino } = fstatSync(2, { bigint: true });

describe('warningText()', () => {
  it('has the name of the program at a terminal', () => {
    expect(warningText('warning: a', undefined)).toBe('dane-relay: warning: a\n');
  });

  it('has a level in each line in the journal', () => {
    expect(warningText('warning: a', `${dev}:${ino}`)).toBe('<4>warning: a\n');
    expect(warningText('a\nb', `${dev}:${ino}`)).toBe('<3>a\n<3>b\n');
  });
});
