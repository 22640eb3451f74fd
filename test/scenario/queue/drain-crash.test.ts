import { expect, it } from 'vitest';
import { sample } from '../../support/sample.ts';
import { allCuts, playCut, type Cut } from '../crash/drain-cuts.ts';

const steps = ['depart', 'arrive', 'letGo'];
const isStep = ({ at }: Cut): boolean => at.nth === 1 && steps.includes(at.name);
/** Its alarms are the first that is written of the target. */
const isOpening = ({ side, at }: Cut): boolean => side === 'target' && at.nth === 1 && at.name === 'HSET';

// `npm run crash-matrix` plays all of them.
it('a drain may be cut off at any write, or either Redis: each message stays in one queue, and is moved in the end', async () => {
  const all = await allCuts();
  expect(all.filter(isStep)).toHaveLength(12);
  expect(all.filter(isOpening)).toHaveLength(4);
  const cuts = sample('cuts of a drain', all, { count: 6, always: (cut) => isStep(cut) || isOpening(cut) });
  let reached = 0;
  for (const cut of cuts) {
    const { struck, wrong } = await playCut(cut);
    expect(wrong, JSON.stringify(cut)).toEqual([]);
    if (struck) reached += 1;
  }
  // How many writes of a kind there are depends on which answer comes first.
  expect(reached).toBeGreaterThanOrEqual(cuts.length - 6);
});
