import type { PageBar, ResolverFacts, StoreFacts } from './page-state.ts';

export interface BarFacts {
  readonly resolver: ResolverFacts;
  readonly store: StoreFacts;
  /** Whether mail at a level that needs DNSSEC may be sent at all. */
  readonly wantsDane: boolean;
  /** Use at which mail is taken again, in percent. */
  readonly lowWatermarkPercent: number;
  /** Part of the relay -> what is wrong with it. */
  readonly problems: ReadonlyMap<string, string>;
}

/** What everybody who opens the page should see at once, worst first. */
export function barsOf({
  resolver,
  store,
  wantsDane,
  lowWatermarkPercent,
  problems,
}: BarFacts): readonly PageBar[] {
  const ofResolver = resolverBars(resolver, wantsDane);
  const ofStore = storeBars(store, lowWatermarkPercent);
  const told = [
    ...(ofResolver.length > 0 ? ['resolver'] : []),
    ...(ofStore.length > 0 ? ['queue', 'redis'] : []),
  ];
  const others = [...problems].filter(([part]) => !told.includes(part));
  return [
    ...ofResolver,
    ...ofStore,
    ...others.map(([part, text]): PageBar => ({
      kind: 'part',
      severity: 'amber',
      text: part,
      means: text,
      advice: ['dane-relay health'],
    })),
  ];
}

function resolverBars(
  { state, sinceMs, reason = '' }: ResolverFacts,
  wantsDane: boolean,
): readonly PageBar[] {
  const common = { kind: 'resolver', severity: 'red', ...(sinceMs !== undefined && { sinceMs }) } as const;
  const means = `Nothing is returned to its sender because of this. ${reason}`;
  if (state === 'does not answer')
    return [{ ...common, text: 'All mail waits: no resolver answers', means, advice: ['dane-relay doctor'] }];
  if (state !== 'does not validate' || !wantsDane) return [];
  const text = 'Mail at the levels dane and dane-only waits: no resolver validates DNSSEC';
  return [{ ...common, text, means, advice: ['dane-relay doctor'] }];
}

function storeBars(store: StoreFacts, lowWatermarkPercent: number): readonly PageBar[] {
  const { state, sinceMs, reason = '' } = store;
  const common = {
    severity: 'red',
    ...(sinceMs !== undefined && { sinceMs }),
    advice: ['dane-relay doctor', 'dane-relay queue list'],
  } as const;
  if (state === 'full') {
    const means = `The store is full: ${reason}. Delivery goes on; mail is taken again below ${lowWatermarkPercent} %.`;
    return [{ ...common, kind: 'store full', text: 'New mail is refused (452)', means }];
  }
  if (state === 'takes mail') return [];
  const means = `What was accepted is kept, and goes on when Redis does. ${reason}`;
  return [{ ...common, kind: 'store away', text: 'No mail is taken (451) and none is delivered', means }];
}

/** `92 % of 1.9 GiB in use` */
export function fillWords({ usedBytes, limitBytes }: Pick<StoreFacts, 'usedBytes' | 'limitBytes'>): string {
  if (usedBytes === undefined || limitBytes === undefined || limitBytes === 0) return 'no more room';
  const percent = Math.round((100 * usedBytes) / limitBytes);
  const [unit, name] = limitBytes >= 2 ** 30 ? [2 ** 30, 'GiB'] : [2 ** 20, 'MiB'];
  return `${percent} % of ${(limitBytes / unit).toFixed(1)} ${name} in use`;
}
