import { describe, expect, it } from 'vitest';
import { createWatchdog, type Sign } from './watchdog.ts';

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Two parts that give a sign when they are told to. */
function twoParts() {
  const give = new Map<string, { resolve: (value: unknown) => void; reject: (reason: Error) => void }>();
  const told: string[] = [];
  const late: string[] = [];
  let now = 0;
  const sign = (of: string): Sign => ({
    of,
    seen: () => new Promise((resolve, reject) => give.set(of, { resolve, reject })),
  });
  const tell = (...all: readonly string[]): boolean => told.push(...all) > 0;
  const watchdog = createWatchdog(
    { tell, watchdogMs: 100 },
    [sign('a'), sign('b')],
    (missing, waitedMs) => void late.push(`${missing.join()} ${waitedMs}`),
    () => now,
  );
  return { give, told, late, watchdog, pass: (ms: number): void => void (now += ms) };
}

describe('createWatchdog()', () => {
  it('says that the relay lives when all parts have given a sign, and each time anew', async () => {
    const { give, told, watchdog } = twoParts();
    for (let times = 1; times <= 2; times += 1) {
      watchdog.look();
      give.get('a')?.resolve(0);
      await turn();
      expect(told).toHaveLength(times - 1);
      give.get('b')?.reject(new Error('did not work'));
      await turn();
      expect(told).toEqual(Array.from({ length: times }, () => 'WATCHDOG=1'));
    }
  });

  it('says nothing while a part is silent, and warns of it once', async () => {
    const { give, told, late, watchdog, pass } = twoParts();
    watchdog.look();
    give.get('b')?.resolve(0);
    await turn();
    for (const ms of [25, 24, 1, 25]) {
      pass(ms);
      watchdog.look();
    }
    expect(told).toEqual([]);
    expect(late).toEqual(['a 50']);
    give.get('a')?.resolve(0);
    await turn();
    expect(told).toEqual(['WATCHDOG=1']);
  });
});
