import type { SentinelAddress, SentinelPlace } from '../../core/sentinel-url.ts';

/** A master, as Sentinels know it. */
export interface KnownMaster {
  readonly host: string;
  readonly port: number;
  /** `config-epoch`: it grows with every failover. */
  readonly epoch: number;
}

/** What one Sentinel says; `stranger`: it watches no master of this name. */
export type Word =
  | { readonly kind: 'master'; readonly place: SentinelPlace; readonly master: KnownMaster }
  | { readonly kind: 'stranger' | 'silent'; readonly place: SentinelPlace; readonly why: string };

/** Why no master is known, in words for the operator; `isForGood`: that does not pass by itself. */
export interface Unknown {
  readonly trouble: string;
  readonly isForGood: boolean;
}

/**
 * The master of the newest failover that anybody knows. One that is older than what was known before is believed only if
 * more than half of all Sentinels name it (they were set up anew): the few that are cut off together with a former
 * master name it for as long as they are.
 */
export function newestMaster(
  words: readonly Word[],
  { sentinels, name }: Pick<SentinelAddress, 'sentinels' | 'name'>,
  known: KnownMaster | undefined,
): KnownMaster | Unknown {
  const named = words.flatMap((word) => (word.kind === 'master' ? [word.master] : []));
  const votes = (master: KnownMaster): number => named.filter((one) => isSameMaster(one, master)).length;
  const isKnown = (master: KnownMaster): number => Number(known !== undefined && isSameMaster(master, known));
  // Some may call one and the same master by its name, and others by its address: it is not another one each second.
  const [best] = named.toSorted(
    (one, other) => other.epoch - one.epoch || votes(other) - votes(one) || isKnown(other) - isKnown(one),
  );
  if (best === undefined) return nobody(words, name);
  const isOlder = known !== undefined && best.epoch < known.epoch;
  const agree = votes(best);
  if (isOlder && agree <= sentinels.length / 2) {
    const trouble = 'Redis is not reachable: the Sentinels that answer know a former master only';
    return { trouble, isForGood: false };
  }
  return best;
}

export function isSameMaster(one: KnownMaster, other: KnownMaster): boolean {
  return one.host === other.host && one.port === other.port && one.epoch === other.epoch;
}

function nobody(words: readonly Word[], name: string): Unknown {
  if (words.every(({ kind }) => kind === 'stranger')) {
    return { trouble: `no Sentinel knows a master with the name ${name}`, isForGood: true };
  }
  const why = words.flatMap((word) =>
    word.kind === 'silent'
      ? [`${showPlace(word.place)}: ${word.why.replace(/^Redis is not reachable: /, '')}`]
      : [],
  );
  const trouble = `Redis is not reachable: no Sentinel tells where it is (${why.join('; ')})`;
  return { trouble, isForGood: false };
}

export function showPlace({ host, port }: SentinelPlace): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
