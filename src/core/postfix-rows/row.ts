import type { TimeUnit } from '../postfix/quantities.ts';

/** What is lost with a parameter that is not taken over. */
export type Loss =
  /** Mail, passwords or clients are protected less than Postfix would have it. */
  | 'protection'
  /** Some mail takes another way, looks different, or is treated differently. */
  | 'effect'
  /** Nothing that mail would show: it steers how Postfix does its work. */
  | 'nothing';

/** How the value of a parameter is written among our settings. */
export type Form =
  | 'text'
  | 'flag'
  | 'number'
  | 'octets'
  | 'list'
  /** One word in lower case. */
  | 'choice'
  /** Destinations, with commas between. */
  | 'hops'
  | { readonly time: TimeUnit };

/** What becomes of a parameter of Postfix. */
export type Here =
  /** It is this setting, with the same meaning. */
  | { readonly kind: 'setting'; readonly key: string; readonly form: Form; readonly note?: string }
  /** It has a part in these settings, together with others or after a conversion. */
  | { readonly kind: 'part'; readonly keys: readonly string[]; readonly note: string }
  /** It has no place here. */
  | { readonly kind: 'none'; readonly why: string; readonly loss: Loss };

/** A parameter of Postfix 3.10. */
export interface ParameterRow {
  readonly name: string;
  /** As Postfix has it; may have `$name` in it. Absent where the machine or the build decides. */
  readonly default?: string;
  /** The version that brought it, if it was one after 3.7. */
  readonly since?: string;
  /** Postfix has it no more, or advises against it. */
  readonly obsolete?: true;
  readonly here: Here;
}

/** A row: name, default, what becomes of it. */
export type Row = readonly [name: string, standard: string | undefined, here: Here, extra?: RowExtra];

interface RowExtra {
  readonly since?: string;
  readonly obsolete?: true;
}

export function rows(...list: readonly Row[]): readonly ParameterRow[] {
  return list.map(([name, standard, here, extra]) => ({
    name,
    ...(standard !== undefined && { default: standard }),
    ...extra,
    here,
  }));
}

export function setting(key: string, form: Form, note?: string): Here {
  return { kind: 'setting', key, form, ...(note !== undefined && { note }) };
}

export function part(keys: string | readonly string[], note: string): Here {
  return { kind: 'part', keys: typeof keys === 'string' ? [keys] : keys, note };
}

export function none(why: string, loss: Loss = 'nothing'): Here {
  return { kind: 'none', why, loss };
}

export const seconds: Form = { time: 's' };
export const obsolete = { obsolete: true } as const;
