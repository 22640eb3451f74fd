import { expect, test } from 'vitest';
import { startLab } from '../../lab/lab.ts';
import { sample } from '../../support/sample.ts';
import { loadRows } from '../../vectors/load.ts';
import { judgeCase } from '../judge-case.ts';
import { daneRelay } from '../mtas/dane-relay.ts';
import { playCases } from '../play.ts';
import { playableRow } from './playable-row.ts';

/** A match, a mismatch, a forged record, an alias, a second host, no host, no certificate: these in any case. */
const always = new Set([
  'ee-01',
  'ee-08',
  'ta-01',
  'policy-13',
  'policy-30',
  'base-11',
  'route-09',
  'usable-35',
]);

test('rows of the vectors, played with dane-relay from outside', async () => {
  const made = loadRows().flatMap((row) => {
    const one = playableRow(row, Date.now());
    return 'why' in one ? [] : [{ id: row.id, ...one }];
  });
  const chosen = sample('vectors in the lab', made, { count: 4, always: ({ id }) => always.has(id) });
  // A lab has some two hundred addresses.
  for (let from = 0; from < chosen.length; from += 100) {
    const some = chosen.slice(from, from + 100);
    await using lab = await startLab({
      domains: some.flatMap(({ domains }) => domains),
      hosts: some.flatMap(({ hosts }) => hosts),
    });
    const mta = await daneRelay.start(lab);
    try {
      const played = await playCases(
        mta,
        lab,
        some.map(({ kitCase }) => kitCase),
      );
      const verdicts = some.map(({ id, kitCase }, at) => {
        const one = played[at];
        return [id, one === undefined ? 'not played' : judgeCase(kitCase, one)];
      });
      expect(verdicts).toEqual(some.map(({ id }) => [id, 'as expected']));
    } finally {
      await mta.stop();
    }
  }
});
