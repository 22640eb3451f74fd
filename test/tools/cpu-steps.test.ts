import { expect, test } from 'vitest';
import { collecting, cpuBySteps, otherStep } from '../../bench/budget/cpu-steps.ts';

const frame = (functionName: string, url = '') => ({ functionName, url });

const profile = {
  startTime: 1_000_000,
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 4, 5, 6] },
    { id: 2, callFrame: frame('onLine', 'file:///x/dist/intake/line.js'), children: [3] },
    { id: 3, callFrame: frame('writeUtf8String', 'node:net') },
    { id: 4, callFrame: frame('(idle)') },
    { id: 5, callFrame: frame('(garbage collector)') },
    { id: 6, callFrame: frame('processTimers', 'node:internal/timers') },
  ],
  samples: [2, 3, 4, 5, 6, 2],
  timeDeltas: [0, 1_000, 2_000, 4_000, 8_000, 16_000],
};

test('cpuBySteps(): what Node does is of whoever asked for it; idle time is of nobody', () => {
  expect(cpuBySteps(profile, 0, Infinity)).toEqual(
    new Map([
      [otherStep, 16],
      [collecting, 8],
      ['the dialogue with the client', 3],
    ]),
  );
});

test('cpuBySteps(): only what is between the two moments', () => {
  expect(cpuBySteps(profile, 1_000_500, 1_002_000)).toEqual(new Map([['the dialogue with the client', 2]]));
});
