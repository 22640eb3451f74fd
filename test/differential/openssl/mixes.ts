import type { TlsaRecord } from '../../../src/core/dns/record.ts';
import { tlsaFor } from '../../support/test-ca.ts';
import type { TestCertificate } from '../../support/test-ca.ts';
import { host, makeCase } from './case.ts';
import type { Case } from './case.ts';
import { makeDice } from '../../support/dice.ts';
import type { Dice } from '../../support/dice.ts';
import { makeHierarchy, makeIssuer } from './hierarchy.ts';
import { authorityTraits, leafTraits } from './traits.ts';
import type { MakeTrait } from './traits.ts';

/** Traits that OpenSSL judges in a way of its own: see `known-differences.ts`. */
const judgedApart =
  /^(valid to this second|SHA-1|RSA-1016|for anything|wrong authority key identifier|malformed .*|alternative name without a name|no key usage bit)$/;

const stranger = makeIssuer('Stranger');

interface Titled<T> {
  readonly title: string;
  readonly value: T;
}

/** A certificate, what it is called in the id of the case, and whether it has no trait. */
interface Party {
  readonly certificate: TestCertificate;
  readonly title: string;
  readonly sound: boolean;
}

/** Any combination of anything, the same for the same seed but for keys and signatures. */
export function mixes(seed: number, count: number): Case[] {
  const dice = makeDice(seed);
  return Array.from({ length: count }, (_, index) => mix(dice, index + 1));
}

function mix(dice: Dice, number: number): Case {
  const leafTrait = pickTrait(dice, leafTraits, 0.7);
  const traits = dice.some(4, () => pickTrait(dice, authorityTraits, 0.75));
  const hierarchy = makeHierarchy(
    traits.map(({ value }) => value),
    leafTrait.value,
  );
  const leaf = { certificate: hierarchy.leaf, title: 'leaf', sound: leafTrait.title === 'sound' };
  const authorities = hierarchy.authorities.map((certificate, index) => ({
    certificate,
    title: `authority ${index + 1}`,
    sound: traits[index]?.title === 'sound',
  }));
  const sent = pickSent(dice, authorities);
  const records = dice.some(4, () => pickRecord(dice, leaf, authorities));
  const name = dice.chance(0.9) ? host : 'mx.other.test';

  const titles = [
    `leaf ${leafTrait.title}`,
    ...traits.map(({ title }, index) => `authority ${index + 1} ${title}`),
    `sent: ${sent.map(({ title }) => title).join(' + ') || 'nothing'}`,
    `records: ${records.map(({ title }) => title).join(' + ')}`,
    `for ${name}`,
  ];
  return makeCase(
    `mix ${number}: ${titles.join(', ')}`,
    hierarchy.leaf,
    sent.map(({ certificate }) => certificate),
    records.map(({ value }) => value),
    name,
  );
}

function pickTrait(
  dice: Dice,
  traits: Readonly<Record<string, MakeTrait>>,
  soundness: number,
): Titled<MakeTrait> {
  const sound: Titled<MakeTrait> = { title: 'sound', value: () => ({}) };
  const eligible = Object.entries(traits).filter(([title]) => !judgedApart.test(title));
  return dice.chance(soundness)
    ? sound
    : dice.pick([sound, ...eligible.map(([title, value]) => ({ title, value }))]);
}

/** Perhaps not all of them, perhaps too many, in any order. */
function pickSent(dice: Dice, authorities: readonly Party[]): Party[] {
  const sent = authorities.filter(() => dice.chance(0.9));
  if (dice.chance(0.2)) sent.push({ certificate: stranger, title: 'stranger', sound: true });
  if (dice.chance(0.2)) sent.push(...sent);
  return dice.chance(0.5) ? sent : dice.shuffled(sent);
}

function pickRecord(dice: Dice, leaf: Party, authorities: readonly Party[]): Titled<TlsaRecord> {
  const usage = dice.pick([2, 2, 3]);
  const right = usage === 3 ? leaf : dice.pick([authorities[0] ?? leaf, ...authorities]);
  const wrong = dice.pick([{ certificate: stranger, title: 'stranger', sound: true }, leaf, ...authorities]);
  const subject = dice.chance(0.75) ? right : wrong;
  const selector = dice.pick([0, 1]);
  // A bare key beside its unsound certificate is a known difference.
  const mayBeBare = usage === 3 || selector === 0 || subject.sound;
  const matching = mayBeBare ? dice.pick([0, 1, 2]) : dice.pick([1, 2]);
  const parameters = `${usage} ${selector} ${matching}`;
  const record = tlsaFor(subject.certificate, parameters);
  if (!dice.chance(0.15)) return { title: `${parameters} of ${subject.title}`, value: record };
  const value = { ...record, data: record.data.subarray(0, -1) };
  return { title: `${parameters} of ${subject.title} cut short`, value };
}
