/** What a destination is spared, as the operator sets it for all nodes together. */
export interface SharedLimits {
  /** Connections at the same time. */
  readonly destinationConcurrencyLimit: number;
  /** With which a destination begins of which nothing is known. */
  readonly initialDestinationConcurrency: number;
  /** Connections to one address at the same time; 0: no limit. */
  readonly addressConcurrencyLimit: number;
  /** Pause after each delivery. */
  readonly destinationRateDelayMs: number;
}

/**
 * The part of one node of several that deliver to the same destinations and know nothing of each other. All parts together
 * are never more than the whole, but for one thing: a node that delivers has one connection at least.
 */
export function nodeShare(whole: SharedLimits, nodes: number): SharedLimits {
  const part = (limit: number): number => Math.max(1, Math.floor(limit / nodes));
  return {
    destinationConcurrencyLimit: part(whole.destinationConcurrencyLimit),
    initialDestinationConcurrency: part(whole.initialDestinationConcurrency),
    addressConcurrencyLimit: whole.addressConcurrencyLimit === 0 ? 0 : part(whole.addressConcurrencyLimit),
    // One connection of each node, and each waits for the others' turns.
    destinationRateDelayMs: whole.destinationRateDelayMs * nodes,
  };
}

/** The settings of which a node has more than its part, because it cannot have less; by their names. */
export function moreThanItsPart(whole: SharedLimits, nodes: number): readonly string[] {
  const names = {
    'delivery.destination_concurrency_limit': whole.destinationConcurrencyLimit,
    'delivery.address_concurrency_limit': whole.addressConcurrencyLimit || Infinity,
  };
  return Object.entries(names).flatMap(([name, limit]) => (limit < nodes ? [name] : []));
}
