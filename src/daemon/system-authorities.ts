import { statSync } from 'node:fs';
import { readOperatorText } from '../config/operator-file.ts';
import { readAuthorities, type Authorities } from '../core/dane/authorities.ts';

/** The file of the authorities that a Debian system trusts. */
export const SYSTEM_AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';

/**
 * Reads the authorities of the system; none where there is no such file. Reading them holds the event loop for tens of
 * milliseconds, so it is done again only after the file has changed.
 */
export function createSystemAuthorities(file = SYSTEM_AUTHORITIES): () => Authorities {
  let last: { readonly stamp: string; readonly authorities: Authorities } | undefined;
  return () => {
    const stamp = stampOf(file);
    if (last?.stamp === stamp) return last.authorities;
    const read = readOperatorText(file, 'octets');
    const authorities = readAuthorities('text' in read ? read.text : '');
    last = { stamp, authorities };
    return authorities;
  };
}

/** Differs for what was written at another time, and for another file of the same name. */
function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? 'none' : `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
}
