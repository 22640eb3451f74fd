import { ecKeys, tlsaFor } from '../../support/test-ca.ts';
import type { TestCertificate } from '../../support/test-ca.ts';
import { makeCase } from './case.ts';
import type { Case } from './case.ts';
import { makeHierarchy, makeIssuer, makeLeaf, sound, standardHierarchy } from './hierarchy.ts';
import { authorityTraits } from './traits.ts';

/** Three authorities in every order, with strangers and copies among them. */
function orderCases(): Case[] {
  const { leaf, authorities } = makeHierarchy(sound(3));
  const stranger = makeIssuer('Stranger');
  const impostor = makeIssuer('Authority 1');
  const extras: Readonly<Record<string, (order: readonly TestCertificate[]) => readonly TestCertificate[]>> =
    {
      'nothing else': (order) => order,
      'a stranger first': (order) => [stranger, ...order],
      'a stranger last': (order) => [...order, stranger],
      'the leaf again': (order) => [leaf, ...order],
      'everything twice': (order) => [...order, ...order],
      'an impostor last': (order) => [...order, impostor],
    };
  return ordersOf([1, 2, 3]).flatMap((numbers) =>
    Object.entries(extras).flatMap(([title, add]) => {
      const above = add(numbers.flatMap((number) => authorities[number - 1] ?? []));
      return authorities.map((anchor, index) =>
        makeCase(`order ${numbers.join('')} and ${title}: 2 1 1 of authority ${index + 1}`, leaf, above, [
          tlsaFor(anchor, '2 1 1'),
        ]),
      );
    }),
  );
}

/** One or all of three authorities are not sent. */
function absenceCases(): Case[] {
  const { leaf, authorities } = makeHierarchy(sound(3));
  const wires: Readonly<Record<string, readonly TestCertificate[]>> = {
    ...Object.fromEntries(
      authorities.map((_, index) => [`authority ${index + 1}`, authorities.toSpliced(index, 1)]),
    ),
    'every authority': [],
  };
  return Object.entries(wires).flatMap(([title, wire]) =>
    authorities.flatMap((anchor, index) =>
      ['2 0 0', '2 0 1', '2 1 0', '2 1 1'].map((form) =>
        makeCase(`without ${title}: ${form} of authority ${index + 1}`, leaf, wire, [tlsaFor(anchor, form)]),
      ),
    ),
  );
}

/** Ten intermediates are the limit. */
function depthCases(): Case[] {
  return Array.from({ length: 13 }, (_, index) => index + 1).flatMap((height) => {
    const { leaf, authorities } = makeHierarchy(sound(height));
    const anchor = authorities.at(-1) ?? leaf;
    const below = authorities.slice(0, -1);
    return [
      makeCase(`depth ${height}: 2 0 1`, leaf, authorities, [tlsaFor(anchor, '2 0 1')]),
      makeCase(`depth ${height}: 2 0 0, not sent`, leaf, below, [tlsaFor(anchor, '2 0 0')]),
      makeCase(`depth ${height}: 2 1 0, not sent`, leaf, below, [tlsaFor(anchor, '2 1 0')]),
    ];
  });
}

/** Servers that send a whole bundle, and zones that publish many keys. */
function crowdCases(): Case[] {
  const { leaf, authorities } = makeHierarchy(sound(2));
  const [issuer = leaf, root = leaf] = authorities;
  const strangers = Array.from({ length: 60 }, (_, index) => makeIssuer(`Stranger ${index}`));
  const keys = strangers.slice(0, 39).map((stranger) => tlsaFor(stranger, '2 1 0'));
  return [
    ...['2 0 1', '2 1 1', '2 0 0', '2 1 0'].map((form) =>
      makeCase(`behind sixty others: ${form}`, leaf, [...strangers, root, issuer], [tlsaFor(root, form)]),
    ),
    makeCase('the last of forty bare keys', leaf, [], [...keys, tlsaFor(issuer, '2 1 0')]),
    makeCase('the last of forty bare keys, of the root', leaf, [issuer], [...keys, tlsaFor(root, '2 1 0')]),
    makeCase('none of forty bare keys', leaf, [issuer], keys),
  ];
}

/** Two certificates for one authority, each from another root; or an issuer that is none. */
function crossCases(): Case[] {
  const keys = ecKeys();
  const one = makeIssuer('Root One');
  const two = makeIssuer('Root Two');
  const byOne = makeIssuer('Cross', { keys }, one);
  const byTwo = makeIssuer('Cross', { keys }, two);
  const itself = makeIssuer('Cross', { keys });
  const leaf = makeLeaf({}, byOne);
  const impostor = makeIssuer('Cross', { keyIds: false });
  const { issuer } = standardHierarchy();
  const wires: Readonly<Record<string, readonly TestCertificate[]>> = {
    'by one, by two': [byOne, byTwo, one, two],
    'by two, by one': [byTwo, byOne, two, one],
    'by one, and root two': [byOne, two],
    'self-signed, by one': [itself, byOne, one],
    'by one, self-signed': [byOne, itself, one],
    'by one, its root missing, by two': [byOne, byTwo, two],
    'by two, its root missing, by one': [byTwo, byOne, one],
    'an impostor, by one': [impostor, byOne, one],
    'by one, an impostor': [byOne, impostor, one],
    'an impostor alone': [impostor],
    'somebody else': [issuer],
  };
  const anchors = { 'root one': one, 'root two': two, 'cross by one': byOne, 'the impostor': impostor };
  return Object.entries(wires).flatMap(([title, wire]) =>
    Object.entries(anchors).flatMap(([anchorTitle, anchor]) =>
      ['2 0 1', '2 1 1', '2 1 0'].map((form) =>
        makeCase(`cross-signed, ${title}: ${form} of ${anchorTitle}`, leaf, wire, [tlsaFor(anchor, form)]),
      ),
    ),
  );
}

/** A bare key, and the certificate of the authority beside it, which may say less than the key. */
function bareKeyCases(): Case[] {
  const titles = [
    'sound',
    'expired',
    'CA:FALSE',
    'excludes the domain',
    'for clients',
    'unknown critical extension',
  ];
  return titles.flatMap((title) => {
    const { leaf, authorities } = makeHierarchy([authorityTraits[title] ?? (() => ({})), ...sound(1)]);
    const [issuer = leaf] = authorities;
    return ['2 1 0', '2 1 1'].map((form) =>
      makeCase(`issuer sent with its key, ${title}: ${form}`, leaf, authorities, [tlsaFor(issuer, form)]),
    );
  });
}

function ordersOf(numbers: readonly number[]): number[][] {
  if (numbers.length === 0) return [[]];
  return numbers.flatMap((first, index) =>
    ordersOf(numbers.toSpliced(index, 1)).map((rest) => [first, ...rest]),
  );
}

export function wireCases(): Case[] {
  return [
    ...orderCases(),
    ...absenceCases(),
    ...depthCases(),
    ...crossCases(),
    ...bareKeyCases(),
    ...crowdCases(),
  ];
}
