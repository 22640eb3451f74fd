import { fstatSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { complaint } from './complain.ts';

const { dev, ino } = fstatSync(2, { bigint: true });

describe('complaint()', () => {
  it('has the name of the program at a terminal', () => {
    expect(complaint('warning: a', undefined)).toBe('dane-relay: warning: a\n');
  });

  it('has a level in each line in the journal', () => {
    expect(complaint('warning: a', `${dev}:${ino}`)).toBe('<4>warning: a\n');
    expect(complaint('a\nb', `${dev}:${ino}`)).toBe('<3>a\n<3>b\n');
  });
});
