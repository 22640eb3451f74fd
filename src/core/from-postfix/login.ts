import { readYesNo } from '../postfix/quantities.ts';
import { parsePasswordMap } from '../sasl/password-map.ts';
import { readMaps, type MapEntry } from '../postfix/read-maps.ts';
import { knownHops } from './route.ts';
import { originOf, type Taking } from './taking.ts';

/** Logins at other hosts. @param hops destinations that the transport table names */
export function takeLogins(taking: Taking, hops: readonly string[]): void {
  const { scope, draft, ports } = taking;
  const enabled = scope.value('smtp_sasl_auth_enable');
  const maps = scope.value('smtp_sasl_password_maps');
  const delimiter = scope.value('smtp_sasl_password_result_delimiter');
  draft.account([...enabled.origins, ...maps.origins, ...delimiter.origins]);
  if (readYesNo(enabled.text) !== true) {
    if (maps.text !== '') draft.refuse(originOf(maps), 'smtp_sasl_auth_enable is not yes', 'nothing');
    return;
  }
  const { entries, otherwise, unread } = readMaps(maps.text, ports);
  for (const { about, why } of unread) draft.refuse(originOf(maps), why, 'effect', about);
  const known = [...new Set([...knownHops(taking), ...hops])];
  const everywhere: MapEntry[] =
    otherwise === undefined ? [] : known.map((key) => ({ key, value: otherwise, where: 'static:' }));
  if (otherwise !== undefined)
    draft.refuse(
      originOf(maps),
      known.length > 0
        ? 'static: logs in everywhere; here there is an entry for each relayhost and each host of the transport table'
        : 'static: logs in everywhere; here a password is given to hosts that are named, and none is',
      known.length > 0 ? 'nothing' : 'effect',
    );
  const lines: string[] = [];
  const keys = new Set<string>();
  for (const entry of [...entries, ...everywhere]) {
    const line = lineOf(entry, delimiter.text.charAt(0) || ':');
    const key = entry.key.toLowerCase();
    if (keys.has(key)) continue;
    keys.add(key);
    if (line !== undefined) lines.push(line);
    // What is unreadable may be a password.
    else draft.refuse(originOf(maps), 'no user and password for a host or next hop', 'effect', entry.where);
  }
  if (lines.length === 0) {
    draft.refuse(
      originOf(maps) ?? originOf(enabled),
      'no password could be read: mail goes without a login',
      'effect',
    );
    return;
  }
  const text = `${lines.join('\n')}\n`;
  const file = {
    key: 'delivery.sasl_password_maps',
    name: 'sasl_passwd',
    text,
    secret: true,
    entries: lines.length,
  };
  draft.file(file, maps.origins, 'Nobody but its owner may read it.');
  draft.set('delivery.sasl_auth_enable', true, enabled.origins);
}

/** `[host]:587 user:password`; undefined if it is no such thing. */
function lineOf({ key, value }: MapEntry, delimiter: string): string | undefined {
  const at = value.indexOf(delimiter);
  if (at === -1 || key.includes('@')) return undefined;
  const line = `${key} ${value.slice(0, at)}:${value.slice(at + 1)}`;
  const { entries, problems } = parsePasswordMap(line, '');
  const [entry] = entries.values();
  const isSame =
    entry?.kind === 'credentials' &&
    entry.user === value.slice(0, at) &&
    entry.password === value.slice(at + 1);
  return problems.length === 0 && isSame ? line : undefined;
}
