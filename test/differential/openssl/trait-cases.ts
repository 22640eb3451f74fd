import { tlsaFor } from '../../support/test-ca.ts';
import { makeCase } from './case.ts';
import type { Case } from './case.ts';
import { makeHierarchy, makeLeaf, sound, standardHierarchy } from './hierarchy.ts';
import { authorityTraits, leafTraits } from './traits.ts';

const height = 3;

/** Which authority of three has the trait, and which is the trust anchor: 1 is the issuer of the leaf, 3 the root. */
const placements = {
  // The anchor itself, below it, and above it where nobody looks.
  '2 0 1': [
    [1, 1],
    [1, 3],
    [2, 2],
    [2, 3],
    [3, 3],
    [3, 1],
  ],
  '2 0 0': [
    [1, 1],
    [3, 3],
  ],
  // The authority below the anchor, which nothing but the key is known of, is the top of the path.
  '2 1 0': [
    [1, 2],
    [2, 3],
  ],
} as const;

/** One authority has a trait. A trust anchor that a record holds in full is not sent. */
export function authorityCases(): Case[] {
  return Object.entries(authorityTraits).flatMap(([title, trait]) => {
    const hierarchies = sound(height).map((_, index) => makeHierarchy(sound(height).with(index, trait)));
    return Object.entries(placements).flatMap(([form, places]) =>
      places.flatMap(([place, anchorPlace]) => {
        const hierarchy = hierarchies[place - 1];
        const anchor = hierarchy?.authorities[anchorPlace - 1];
        if (hierarchy === undefined || anchor === undefined) return [];
        const { leaf, authorities } = hierarchy;
        const sent = form === '2 0 1' ? authorities : authorities.slice(0, anchorPlace - 1);
        const id = `authority ${place} ${title}: ${form} of authority ${anchorPlace}`;
        return [makeCase(id, leaf, sent, [tlsaFor(anchor, form)])];
      }),
    );
  });
}

/** The leaf has a trait. */
export function leafCases(): Case[] {
  const { issuer } = standardHierarchy();
  return Object.entries(leafTraits).flatMap(([title, trait]) => {
    const leaf = makeLeaf(trait(issuer), issuer);
    const alone = makeLeaf(trait(undefined));
    return [
      makeCase(`leaf ${title}: 3 1 1`, leaf, [issuer], [tlsaFor(leaf, '3 1 1')]),
      makeCase(`leaf ${title}: 2 0 1`, leaf, [issuer], [tlsaFor(issuer, '2 0 1')]),
      makeCase(`leaf ${title}: 2 1 0, not sent`, leaf, [], [tlsaFor(issuer, '2 1 0')]),
      makeCase(`self-signed leaf ${title}: 2 1 0`, alone, [], [tlsaFor(alone, '2 1 0')]),
    ];
  });
}
