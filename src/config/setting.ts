import type { Kind } from './kinds.ts';

/** One row of the table of settings. */
export interface Setting {
  readonly kind: Kind<unknown>;
  /** As an operator would write it in the settings file. */
  readonly default: string | number | boolean | readonly string[];
  /** What it does and when to change it. */
  readonly doc: string;
  /** The Postfix parameter that it mirrors. */
  readonly postfix?: string;
  /** The version that it came with, if that is not 0.1. */
  readonly since?: string;
}

/** A value as the settings file has it. */
export function toToml(value: Setting['default']): string {
  return typeof value === 'object' ? `[${value.map(toToml).join(', ')}]` : JSON.stringify(value);
}
