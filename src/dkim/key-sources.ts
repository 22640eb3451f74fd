import { join } from 'node:path';
import type { Config } from '../config/config.ts';

/** Where the operator keeps keys. */
export interface KeySources {
  /** Has `DOMAIN/SELECTOR.private`. */
  readonly directory: string;
  /** The operator has named it. Otherwise it need not be there. */
  readonly isNamed: boolean;
  /** A key table. Empty: there is none. */
  readonly keyTable: string;
  /** Keys of the directory sign for what is below their domain, too. */
  readonly subdomains: boolean;
  /** Signs for all that have no key of their own. Empty: nobody does. */
  readonly defaultDomain: string;
}

export function keySources({ dkim }: Pick<Config, 'dkim'>, dataDir: string): KeySources {
  const { directory, keyTable, subdomains, defaultDomain } = dkim;
  return {
    directory: directory === '' ? join(dataDir, 'dkim') : directory,
    isNamed: directory !== '',
    keyTable,
    subdomains,
    defaultDomain,
  };
}
