import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDropName } from '../core/sendmail/dropped-mail.ts';
import { openDropped } from './dropped-file.ts';
import { maildropPlaces } from './places.ts';

/** A message that waits to be picked up. */
export interface ListedDrop {
  /** Name of its file; it gets its queue id when it is picked up. */
  readonly queueId: string;
  /** The user whose it is. */
  readonly uid: number;
  readonly size: number;
  /** Epoch milliseconds. */
  readonly arrivedAt: number;
  readonly sender: string;
  readonly recipients: readonly string[];
}

/** What lies in the maildrop of a spool directory. Who may not look into it, or has none, sees nothing. */
export async function* listMaildrop(spoolDirectory: string): AsyncGenerator<ListedDrop> {
  const { directory } = maildropPlaces(spoolDirectory);
  const names = await readdir(directory).catch(() => []);
  for (const queueId of names.filter(isDropName)) {
    const found = await openDropped(join(directory, queueId));
    if (found.kind !== 'message') continue;
    await found.close();
    const { uid, mail, droppedAt } = found;
    yield {
      queueId,
      uid,
      size: mail.contentBytes,
      arrivedAt: Math.round(droppedAt),
      sender: mail.sender,
      recipients: mail.recipients.map(({ address }) => address),
    };
  }
}
