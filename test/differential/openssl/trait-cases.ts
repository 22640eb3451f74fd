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

/** Traits that say something about each other, of the authorities 1, 2 and 3. */
const combinations: readonly (readonly [string, string, string])[] = [
  // RFC 5280 §4.2.1.9: an authority with the name of its issuer does not count.
  ['sound', 'name of its issuer', 'path length 1'],
  ['name of its issuer', 'sound', 'path length 1'],
  ['name of its issuer', 'name of its issuer', 'path length 0'],
  ['sound', 'name of its issuer', 'path length 0'],
  ['sound', 'path length 0', 'path length 2'],
  ['path length 0', 'path length 1', 'path length 2'],
  ['path length 2', 'path length 1', 'path length 1'],
  ['permits the host', 'permits the domain', 'excludes another domain'],
  ['permits the host', 'permits another domain', 'permits the domain'],
  ['excludes the domain', 'permits the domain', 'sound'],
  ['for servers', 'for servers and clients', 'for anything and servers'],
  ['RSA-2048', 'P-384', 'Ed25519'],
  ['Ed25519', 'RSA-2048', 'RSA-1024'],
];

export function combinationCases(): Case[] {
  return combinations.flatMap((titles) => {
    const { leaf, authorities } = makeHierarchy(titles.flatMap((title) => authorityTraits[title] ?? []));
    return authorities.map((anchor, index) =>
      makeCase(`authorities ${titles.join(' + ')}: 2 0 1 of authority ${index + 1}`, leaf, authorities, [
        tlsaFor(anchor, '2 0 1'),
      ]),
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
