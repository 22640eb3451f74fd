import { readDestination } from '../route/destination.ts';
import { readTable } from '../route/lookup-table.ts';

/** Of an entry that makes no sense: its hosts get no mail, for without a login is not what was asked. */
export type PasswordEntry =
  | { readonly kind: 'credentials'; readonly user: string; readonly password: string }
  | { readonly kind: 'invalid' };

export interface PasswordMap {
  readonly entries: ReadonlyMap<string, PasswordEntry>;
  /** For the operator, each with file and line; nothing secret in them. */
  readonly problems: readonly string[];
}

/** Reads the source of a Postfix password map (smtp_sasl_password_maps): `DESTINATION USER:PASSWORD` a line. */
export function parsePasswordMap(text: string, fileName: string): PasswordMap {
  const entries = new Map<string, PasswordEntry>();
  const problems: string[] = [];
  for (const { line, key, value, misplaced } of readTable(text)) {
    // Where the space before the user is missing, the password is part of the key.
    const shown = !misplaced && readDestination(key) !== undefined;
    const where = `${fileName}:${line}:${shown ? ` "${key}":` : ''}`;
    const name = key.toLowerCase();
    if (entries.has(name)) {
      problems.push(`${where} duplicate entry, the first one counts`);
      continue;
    }
    const [, user, password] = /^([^:\s]+):(.+)$/s.exec(value) ?? [];
    const sound = !misplaced && user !== undefined && password !== undefined;
    entries.set(name, sound ? { kind: 'credentials', user, password } : { kind: 'invalid' });
    if (misplaced) problems.push(`${where} nothing before it that it could continue`);
    else if (!sound) problems.push(`${where} not of the form user:password; mail for it waits`);
  }
  return { entries, problems };
}

/** Who we are to a host: under its name, else under the next hop that led to it, as it stands (brackets, port). */
export function lookupPassword(
  { entries }: PasswordMap,
  host: string,
  nextHop: string,
): PasswordEntry | undefined {
  return entries.get(host.toLowerCase()) ?? entries.get(nextHop.toLowerCase());
}
