import type { Config } from '../config/config.ts';
import { readOperatorFile } from '../config/operator-file.ts';
import type { Log } from '../core/log/log-event.ts';
import { parseAddressTable, type AddressTable } from '../core/rewrite/address-table.ts';
import { canonicalAddress } from '../core/rewrite/canonical.ts';
import { expandRecipient } from '../core/rewrite/virtual.ts';
import { openOperatorTable, type OperatorTable } from './operator-table.ts';

/** The addresses that replace those of clients, according to the current files of the operator. */
export interface AddressMaps {
  /** The address that replaces that of a sender; the same if none does. Absent without a file. */
  readonly canonicalSender?: (address: string) => string;
  /** The addresses that replace a recipient; `endless` if there are too many. */
  readonly expand: (address: string) => readonly string[] | 'endless';
  /** Reads both files again. Throws if one cannot be read, and then nothing has changed. */
  readonly reload: () => void;
}

/**
 * Opens `intake.sender_canonical_maps` and `intake.virtual_alias_maps`. Throws ConfigError if one cannot be read.
 * Invalid entries are logged, and not used.
 *
 * @param origin domain of users without one
 */
export function openAddressMaps(
  {
    senderCanonicalMaps,
    virtualAliasMaps,
  }: Pick<Config['intake'], 'senderCanonicalMaps' | 'virtualAliasMaps'>,
  origin: string,
  log: Log,
): AddressMaps {
  const senders = openMap('intake.sender_canonical_maps', senderCanonicalMaps, { single: true }, log);
  const recipients = openMap('intake.virtual_alias_maps', virtualAliasMaps, { single: false }, log);
  return {
    ...(senderCanonicalMaps !== '' && {
      canonicalSender: (address: string) => canonicalAddress(senders.current(), address, origin),
    }),
    expand: (address) => expandRecipient(recipients.current(), address, origin),
    reload() {
      if (senderCanonicalMaps !== '') senders.reload();
      if (virtualAliasMaps !== '') recipients.reload();
    },
  };
}

function openMap(
  setting: string,
  file: string,
  rules: { readonly single: boolean },
  log: Log,
): OperatorTable<AddressTable> {
  return openOperatorTable(
    {
      file,
      component: 'cleanup',
      event: 'address table',
      read() {
        const text = file === '' ? '' : readOperatorFile(file, setting, 'a table of addresses to read');
        return parseAddressTable(text, file, rules);
      },
      entries: 'address entries',
      count: ({ entries }) => entries.size,
    },
    log,
  );
}
