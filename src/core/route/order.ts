export interface Ordered {
  readonly preference: number;
  readonly family: 4 | 6;
}

/** `any`: at random. `ipv4`, `ipv6`: that family first among hosts of one preference. */
export type AddressPreference = 'any' | 'ipv4' | 'ipv6';

export interface AddressOrder {
  readonly prefer: AddressPreference;
  /** Number of addresses that are kept; 0: all. */
  readonly limit: number;
  /** Both families keep a share of them. */
  readonly balance: boolean;
}

/**
 * RFC 5321 §5.1: by preference, and at random among equals. No other property of a host, such as TLSA records (RFC 7672
 * §2.2.1), comes before preference. If both families exist and are balanced, each keeps a share of the first `limit`
 * places, so that a family without a working network cannot use them all up.
 */
export function orderAddresses<T extends Ordered>(
  addresses: readonly T[],
  { prefer, limit, balance }: AddressOrder,
  dice: () => number,
): readonly T[] {
  const rank = ({ family }: T): number => (prefer === 'any' ? 0 : prefer === `ipv${family}` ? 0 : 1);
  const ordered = shuffle(addresses, dice).toSorted(
    (a, b) => a.preference - b.preference || rank(a) - rank(b),
  );
  if (limit <= 0 || ordered.length <= limit) return ordered;
  return balance ? balanced(ordered, limit) : ordered.slice(0, limit);
}

function shuffle<T>(items: readonly T[], dice: () => number): T[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = Math.min(last, Math.floor(dice() * (last + 1)));
    [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
  }
  return shuffled;
}

/** Postfix's smtp_balance_inet_protocols: half of the places for each family; the other gets what one does not need. */
function balanced<T extends Ordered>(ordered: readonly T[], limit: number): readonly T[] {
  const six = ordered.filter(({ family }) => family === 6).length;
  const four = ordered.length - six;
  const half = Math.floor(limit / 2);
  const firstIsSix = ordered[0]?.family === 6;
  let sixPlaces: number;
  if (six <= half) sixPlaces = six;
  else if (four <= half) sixPlaces = limit - four;
  else sixPlaces = firstIsSix ? limit - half : half;
  const places = { 6: sixPlaces, 4: limit - sixPlaces };
  return ordered.filter(({ family }) => {
    places[family] -= 1;
    return places[family] >= 0;
  });
}
