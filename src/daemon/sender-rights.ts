import type { Config } from '../config/config.ts';
import { readOperatorFile } from '../config/operator-file.ts';
import type { Log } from '../core/log/log-event.ts';
import { judgeSender, readSenderRights, type SenderClaim } from '../core/users/sender-rights.ts';
import { openOperatorTable, type Reread } from './operator-table.ts';

/** Who may use which sender, as the operator says it now. */
export interface SenderRules extends Reread {
  /** The reply to a client that may not use a sender; undefined if it may. */
  refusal(claim: SenderClaim): string | undefined;
}

/** Throws ConfigError when the file cannot be read at start. */
export function openSenderRules(
  {
    senderLoginMaps: file,
    senderRestrictions,
  }: Pick<Config['intake'], 'senderLoginMaps' | 'senderRestrictions'>,
  hostname: string,
  log: Log,
): SenderRules {
  const own = hostname.toLowerCase();
  const { current, ...reread } = openOperatorTable(
    {
      file,
      component: 'smtpd',
      event: 'sender rights',
      read: () =>
        readSenderRights(
          file === '' ? '' : readOperatorFile(file, 'intake.sender_login_maps', 'a table of senders to read'),
          file,
        ),
      entries: 'senders',
      count: ({ owners }) => owners.size,
    },
    log,
  );
  return {
    ...reread,
    refusal: (claim) => judgeSender(senderRestrictions, current(), claim, (domain) => domain === own),
    reload: () => void (file !== '' && reread.reload()),
  };
}
