import type { Observation } from './observation.ts';

/** The fields in which two observations differ: Postfix's value first, then ours. The domain is written `DOMAIN`. */
export type Difference = { readonly [field in keyof Observation]?: readonly [postfix: string, ours: string] };

const fields = ['tls', 'status', 'dsn', 'relay', 'reason', 'sessions'] as const;

/** Empty where the two agree. */
export function differenceOf(domain: string, postfix: Observation, ours: Observation): Difference {
  const text = (value: string | readonly string[]) => [value].flat().join(', ').replaceAll(domain, 'DOMAIN');
  const pairs = fields.map((field) => [field, [text(postfix[field]), text(ours[field])]] as const);
  return Object.fromEntries(pairs.filter(([, [theirs, own]]) => theirs !== own));
}
