import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLab, type Lab } from '../../lab/lab.ts';
import { postfixObstacle } from '../../lab/privileges.ts';
import { isDeep, sample } from '../../support/sample.ts';
import { postfixVersion } from '../../support/postfix-version.ts';
import { unless } from '../../support/unless.ts';
import { combinations } from './combinations.ts';
import { deliberateDifferences } from './deliberate-differences.ts';
import { differenceOf, type Difference } from './difference.ts';
import { differentialWorld } from './differential-world.ts';
import { runCombination, type Pair } from './run-combination.ts';

/**
 * The same mail through the relay and through a real Postfix: both must come to the same end, or differ exactly as
 * `deliberate-differences.ts` says.
 */

const { world, domains, insecureMx, digests } = await differentialWorld();
const domainsOf = { all: new Set(domains), 'insecure MX': insecureMx, digests };
const rows = combinations.flatMap((combination) =>
  domains
    .filter((domain) => domainsOf[combination.domains].has(domain))
    .map((domain) => ({ combination, domain, name: rowName(combination.name, domain) })),
);
// Of each combination some rows; to start a Postfix for each of them takes longer than the rows.
const playedCombinations = isDeep() ? combinations : sample('combinations', combinations, { count: 3 });
const played = playedCombinations.flatMap((combination) =>
  sample(
    `Postfix at ${combination.name}`,
    rows.filter((row) => row.combination === combination),
    { count: 30 },
  ),
);
const listed = deliberateDifferences.flatMap(({ why, at, domains, difference }) =>
  at.flatMap((combination) =>
    domains.map((domain) => ({ name: rowName(combination, domain), why, difference })),
  ),
);
const listedByRow = new Map(listed.map((row) => [row.name, row]));

const counts = { agree: 0, differ: 0 };
const startedAt = Date.now();
let lab: Lab | undefined;
const obstacle = postfixObstacle();

beforeAll(async () => {
  if (obstacle === undefined) lab = await startLab(world);
});

afterAll(async () => {
  if (lab === undefined) return;
  await lab.stop();
  const others = played.length - counts.agree - counts.differ;
  console.log(
    `Postfix ${postfixVersion()} and the relay: ${played.length} of ${rows.length} rows, ${counts.agree} agree, ${counts.differ} differ ` +
      `as listed, ${others} unexplained; ${Math.round((Date.now() - startedAt) / 1000)} s`,
  );
});

function rowName(combination: string, domain: string): string {
  return `${combination}: ${domain}`;
}

function expectedAt(combination: string, domain: string): Difference {
  return listedByRow.get(rowName(combination, domain))?.difference ?? {};
}

describe('deliberateDifferences', () => {
  it('names rows that there are, and each of them once', () => {
    const names = listed.map(({ name }) => name);
    expect(names.filter((name) => !rows.some((row) => row.name === name))).toEqual([]);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});

unless(obstacle, describe).each(
  playedCombinations.map((combination) => [combination.name, combination] as const),
)('Postfix and the relay at %s', (_, combination) => {
  const own = played.filter((row) => row.combination === combination);
  let pairs: ReadonlyMap<string, Pair>;

  beforeAll(async () => {
    if (lab === undefined) throw new Error('no lab');
    const hosts = world.hosts.map(({ name }) => name);
    pairs = await runCombination(
      lab,
      hosts,
      own.map(({ domain }) => domain),
      combination,
      (domain, { postfix, relay }) =>
        isDeepStrictEqual(differenceOf(domain, postfix, relay), expectedAt(combination.name, domain)),
    );
  });

  it.each(own.map(({ domain, name }) => [domain, name] as const))('%s', (domain, name) => {
    const pair = pairs.get(domain);
    if (pair === undefined) throw new Error('not run');
    if (pair.postfix instanceof Error) throw new Error('no verdict of Postfix', { cause: pair.postfix });
    if (pair.relay instanceof Error) throw new Error('no verdict of the relay', { cause: pair.relay });
    const why = listedByRow.get(name)?.why;
    const difference = differenceOf(domain, pair.postfix, pair.relay);
    expect(difference, why).toEqual(expectedAt(combination.name, domain));
    counts[why === undefined ? 'agree' : 'differ'] += 1;
  });
});
