import { mostForClients, type ScramVerifier } from './scram-verifier.ts';
import { readStored, type Abilities, type PasswordHash } from './password-hash.ts';

/** Somebody who may log in. At least one of the two is there. */
export interface User {
  /** As the file has it. */
  readonly name: string;
  readonly password?: PasswordHash;
  readonly scram?: ScramVerifier;
}

export interface UserTable {
  /** Under their names as nameKey() makes them. */
  readonly users: ReadonlyMap<string, User>;
  /** For the operator, each with file and line; nothing of a hash in them. */
  readonly problems: readonly string[];
}

export const noUsers: UserTable = { users: new Map(), problems: [] };

/** A name or password made comparable, as SASLprep does (RFC 4013); undefined if it has what no such text may have. */
export type Prepare = (text: string) => string | undefined;

/** Names are the same in upper and lower case, as for Postfix and Dovecot. */
export function nameKey(name: string, prepare: Prepare): string | undefined {
  const prepared = prepare(name)?.toLowerCase();
  return prepared === '' ? undefined : prepared;
}

/** Octets of a name: it stands in log lines. */
export const longestName = 255;

/**
 * Reads `name:hash` lines, and those of Dovecot's passwd-file with more fields behind. A user may have one line with a
 * hash and one with a verifier for SCRAM. A line that makes no sense keeps nobody else out.
 */
export function readUsers(
  text: string,
  fileName: string,
  { prepare, abilities }: { readonly prepare: Prepare; readonly abilities: Abilities },
): UserTable {
  const users = new Map<string, User>();
  const problems: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const entry = readLine(line.replace(/\r$/, ''), prepare, abilities);
    if ('problem' in entry) {
      problems.push(`${fileName}:${index + 1}: ${entry.problem}`);
      continue;
    }
    const before = users.get(entry.key);
    const what = 'password' in entry.user ? 'password' : 'scram';
    if (before?.[what] === undefined) users.set(entry.key, { ...entry.user, ...before });
    else
      problems.push(
        `${fileName}:${index + 1}: "${entry.user.name}" has a line before, and the first one counts`,
      );
  }
  return { users, problems };
}

function readLine(
  line: string,
  prepare: Prepare,
  abilities: Abilities,
): { readonly key: string; readonly user: User } | { readonly problem: string } {
  const [, name = '', rest = ''] = /^([^:]*):(.*)$/.exec(line) ?? [];
  // A line without a colon may be a hash or a password alone: it is not repeated.
  const key = nameKey(name, prepare);
  if (key === undefined || !isName(name)) return { problem: 'not of the form name:hash' };
  const isPostgres = rest.startsWith('SCRAM-SHA-256$');
  const [hash = '', ...fields] = isPostgres ? [rest] : rest.split(':');
  // Dovecot's extra fields can take rights away. What is not obeyed here must not give more than was meant.
  const [denial] =
    /\b(?:allow_nets|nologin|noauthenticate|proxy_only)\b/.exec(fields.slice(5).join(':')) ?? [];
  if (denial !== undefined)
    return { problem: `"${name}" has the field ${denial}, which is not obeyed here: the user cannot log in` };
  const stored = readStored(hash, abilities);
  if (stored.kind === 'refused') return { problem: `"${name}": ${stored.reason}` };
  const user: User =
    stored.kind === 'password' ? { name, password: stored.hash } : { name, scram: stored.verifier };
  return { key, user };
}

/** Whether a name can be one: no blank around it, nothing that does not show, no colon. */
export function isName(name: string): boolean {
  return /^[^\s:#\p{C}](?:[^:\p{C}]*[^\s:\p{C}])?$/u.test(name) && Buffer.byteLength(name) <= longestName;
}

/** Whether every user has a verifier for every client. Clients that take the strongest offer would keep others out. */
export function canServeScram({ users }: UserTable): boolean {
  return users.size > 0 && [...users.values()].every(suitsScram);
}

/** Whether a user can log in by SCRAM with any client. */
export function suitsScram({ scram }: User): boolean {
  return scram !== undefined && scram.iterations <= mostForClients;
}

/** The text of a file without the lines of a user. Comments and all other lines stay as they are. */
export function withoutUser(
  text: string,
  name: string,
  prepare: Prepare,
): { readonly text: string; readonly removed: number } {
  const key = nameKey(name, prepare);
  const lines = text.split('\n');
  const isTheirs = (line: string): boolean => {
    const [, found] = /^([^:#][^:]*):/.exec(line) ?? [];
    return found !== undefined && key !== undefined && nameKey(found, prepare) === key;
  };
  const kept = lines.filter((line) => !isTheirs(line));
  return { text: kept.join('\n'), removed: lines.length - kept.length };
}
