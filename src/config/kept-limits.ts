import type { KeptLimits } from '../core/mail/kept.ts';
import type { Config } from './config.ts';

/** What is kept of attempts; undefined: nothing. Both halves of it, attempts and evidence, have the same room. */
export function keptLimits({ history }: Pick<Config, 'history'>): KeptLimits | undefined {
  const { keepMs, sizeLimitBytes } = history;
  return keepMs === 0 ? undefined : { keptMs: keepMs, octets: Math.floor(sizeLimitBytes / 2) };
}
