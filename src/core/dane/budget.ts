/**
 * The remaining budget of one judgement, whatever a host sends. All work is paid for before it is done: octets read,
 * names compared, signatures checked, steps of the search. A unit is at most a microsecond of a processor of 2020: the
 * prices are upper bounds.
 */
export interface Budget {
  /** Pays for work that is about to be done; false if not enough is left, now and for ever after. */
  spend(units: number): boolean;
  /** Some work could not be paid for, so no later finding can be relied on. */
  isSpent(): boolean;
  /** Units paid so far. */
  paid(): number;
}

/** An ordinary chain of three certificates costs 1,000 to 2,500 units, one of P-521 keys 7,000. */
export const judgementUnits = 16_000;

export function budgetOf(units = judgementUnits): Budget {
  let paid = 0;
  let spent = false;
  return {
    spend(price) {
      spent ||= paid + price > units;
      if (!spent) paid += price;
      return !spent;
    },
    isSpent: () => spent,
    paid: () => paid,
  };
}

/** Units. What keys cost is in `strength.ts`. */
export const prices = {
  /** To hash a certificate or its key for one kind of TLSA record, and each octet of it. */
  hash: 3,
  hashedOctet: 0.01,
  /** To look at a certificate, and each octet of it, or of a name in it, that is read. */
  certificate: 10,
  readOctet: 0.3,
  /** To compare a name with the base of a subtree, and each octet of the shorter of them. */
  comparison: 0.1,
  comparedOctet: 0.005,
  /** To consider a certificate, or a bare key, for the next place in a path. */
  step: 4,
  /** To find out what is wrong with a path that leads to an anchor. */
  path: 20,
  /** To have OpenSSL read a public key, and a certificate whose signature is to be checked. */
  decoding: 150,
} as const;
