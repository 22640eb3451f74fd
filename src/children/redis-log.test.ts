import { describe, expect, test } from 'vitest';
import { memoryAdvice, redisSeverity } from './redis-log.ts';

describe('redisSeverity()', () => {
  test.each([
    "1:C 29 Nov 2026 12:00:00.000 # WARNING Memory overcommit must be enabled! Without it, a background save or replication may fail under low memory condition. Being disabled, it can also cause failures without low memory condition, see https://github.com/jemalloc/jemalloc/issues/1328. To fix this issue add 'vm.overcommit_memory = 1' to /etc/sysctl.conf and then reboot or run the command 'sysctl vm.overcommit_memory=1' for this to take effect.",
    '1:M 29 Nov 2026 12:00:00.000 # WARNING overcommit_memory is set to 0! Background save may fail under low memory condition.',
    '1:M 29 Nov 2026 12:00:00.000 # WARNING You have Transparent Huge Pages (THP) support enabled in your kernel.',
    '1:C 29 Nov 2026 12:00:00.000 # oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo',
    '1:M 29 Nov 2026 12:00:00.000 # Server initialized',
  ])('says nothing of %s', (line) => {
    expect(redisSeverity(line)).toBeUndefined();
  });

  test.each([
    ['1:M 29 Nov 2026 12:00:00.000 # Bad file format reading the append only file', 'warning'],
    ['1:M 29 Nov 2026 12:00:00.000 # MISCONF Errors writing to the AOF file', 'warning'],
    ['1:M 29 Nov 2026 12:00:00.000 * DB loaded from append only file', 'info'],
    ['redis-server: command line', 'info'],
  ])('%s is a line of severity %s', (line, severity) => {
    expect(redisSeverity(line)).toBe(severity);
  });
});

describe('memoryAdvice()', () => {
  test.each([
    ['0\n', 1, 2, false],
    ['0\n', 3, 2, true],
    ['1\n', 3, 2, false],
    ['2\n', 1, 2, true],
    ['', 3, 2, false],
  ])('with vm.overcommit_memory %j, %i of %i: %s', (mode, maxmemory, total, isSaid) => {
    expect(memoryAdvice(mode, maxmemory, total) !== undefined).toBe(isSaid);
  });
});
