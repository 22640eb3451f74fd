import { parseAddressTable } from '../rewrite/address-table.ts';
import { readSenderRights } from '../users/sender-rights.ts';
import { readMaps } from '../postfix/read-maps.ts';
import { listItems } from '../postfix/words.ts';
import { originOf, type Taking } from './taking.ts';

/** A table of other addresses, in the format of canonical(5) or virtual(5). */
export function takeAddressMap(
  { scope, draft, ports }: Taking,
  name: 'sender_canonical_maps' | 'virtual_alias_maps',
  key: string,
  fileName: 'canonical' | 'virtual',
): void {
  const value = scope.value(name);
  const { entries, otherwise, unread } = readMaps(value.text, ports);
  const refuse = (why: string, about: string): void => draft.refuse(originOf(value), why, 'effect', about);
  for (const { about, why } of unread) refuse(why, about);
  if (otherwise !== undefined) refuse('one address for everybody has no equivalent here', 'static:…');
  const lines: string[] = [];
  for (const entry of entries) {
    const about = `${entry.where}, ${entry.key}`;
    const line = `${entry.key} ${listItems(entry.value).join(', ')}`;
    const { entries: read, problems } = parseAddressTable(line, '', { single: fileName === 'canonical' });
    // A bare domain in virtual(5) says that the domain is here.
    if (!entry.key.includes('@') && entry.key.includes('.'))
      refuse('a domain of its own has no place in a relay: its mail goes to its mail hosts', about);
    else if (read.size === 1 && problems.length === 0) lines.push(line);
    else refuse('no address, or results that are none', about);
  }
  draft.account(value.origins);
  if (lines.length === 0) return;
  const text = `${lines.join('\n')}\n`;
  draft.file({ key, name: fileName, text, secret: false, entries: lines.length }, value.origins);
}

/** Whose senders are whose; whether there was anything. */
export function takeSenderLogins({ scope, draft, ports }: Taking): boolean {
  const value = scope.value('smtpd_sender_login_maps');
  const { entries, otherwise, unread } = readMaps(value.text, ports);
  for (const { about, why } of unread) draft.refuse(originOf(value), why, 'protection', about);
  if (otherwise !== undefined)
    draft.refuse(
      originOf(value),
      'one owner of all senders has no equivalent here',
      'protection',
      'static:…',
    );
  const lines: string[] = [];
  for (const { key, value: logins, where } of entries) {
    const line = `${key} ${listItems(logins).join(', ')}`;
    const { owners, problems } = readSenderRights(line, '');
    if (owners.size === 1 && problems.length === 0) lines.push(line);
    else draft.refuse(originOf(value), 'neither an address nor @domain', 'protection', `${where}, ${key}`);
  }
  draft.account(value.origins);
  if (lines.length === 0) return false;
  const text = `${lines.join('\n')}\n`;
  const file = {
    key: 'intake.sender_login_maps',
    name: 'sender_login',
    text,
    secret: false,
    entries: lines.length,
  };
  draft.file(file, value.origins);
  return true;
}
