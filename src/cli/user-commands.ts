import { mostForClients } from '../core/users/scram-verifier.ts';
import { ChildError } from '../children/child-error.ts';
import { lockFile } from '../children/file-lock.ts';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { readOperatorFile } from '../config/operator-file.ts';
import { schemeOf } from '../core/users/password-hash.ts';
import {
  canServeScram,
  suitsScram,
  isName,
  nameKey,
  readUsers,
  withoutUser,
  type User,
  type UserTable,
} from '../core/users/users-file.ts';
import { abilities, matches } from '../users/compute-hash.ts';
import { editFile } from '../users/edit-users-file.ts';
import { generatePassword, linesFor } from '../users/new-password.ts';
import { prepare } from '../users/prepare.ts';
import { UsageError } from './usage-error.ts';

/** Characters of the shortest password: those below are tried first. */
const shortestPassword = 8;
/** Octets; no client can log in with a longer one. */
const longestPassword = 1024;

/** What the commands about users work with. */
export interface UserTools {
  readonly config: Pick<Config, 'intake'>;
  readonly print: (line: string) => unknown;
  readonly warn: (line: string) => unknown;
  /** Asks for a password, as often as there are prompts. */
  readonly ask: (...prompts: readonly string[]) => Promise<string>;
}

/** `dane-relay user add` */
export async function addUser(tools: UserTools, name: string, generate: boolean): Promise<void> {
  const file = fileOf(tools);
  if (!isName(name) || nameKey(name, prepare) === undefined)
    throw new UsageError('A name has no colon, no blank around it and nothing that does not show.');
  const given = generate ? generatePassword() : await tools.ask(`Password for ${name}: `, 'Again: ');
  const password = prepare(given);
  if (password === undefined) throw new UsageError('The password has characters that none may have.');
  if (password.length < shortestPassword || Buffer.byteLength(password) > longestPassword)
    throw new UsageError(
      `A password has ${shortestPassword} characters or more, up to ${longestPassword} octets.`,
    );
  const lines = await linesFor(name, password);
  let removed = 0;
  await edit(file, (text) => {
    const others = withoutUser(text, name, prepare);
    ({ removed } = others);
    const before = others.text === '' || others.text.endsWith('\n') ? others.text : `${others.text}\n`;
    return `${before}${lines.join('\n')}\n`;
  });
  tools.warn(`${name} ${removed > 0 ? 'has a new password' : 'may log in'} (${file})`);
  if (generate) tools.print(given);
  tellOfScram(tools, file);
}

/** `dane-relay user remove`; false if there is no such user. */
export async function removeUser(tools: UserTools, name: string): Promise<boolean> {
  const file = fileOf(tools);
  readFile(file);
  let removed = 0;
  await edit(file, (text) => {
    const others = withoutUser(text, name, prepare);
    ({ removed } = others);
    return others.text;
  });
  tools.warn(removed > 0 ? `${name} may log in no more (${file})` : `${name} is nobody in ${file}`);
  return removed > 0;
}

/** `dane-relay user list`; false if a line of the file makes no sense. */
export function listUsers(tools: UserTools, json: boolean): boolean {
  const { users, problems } = tableOf(fileOf(tools));
  const rows = [...users.values()].map((user) => ({ name: user.name, stored: storedAs(user) }));
  const width = Math.max(0, ...rows.map(({ name }) => name.length));
  for (const row of rows)
    tools.print(json ? JSON.stringify(row) : `${row.name.padEnd(width)}  ${row.stored.join(', ')}`);
  for (const problem of problems) tools.warn(problem);
  return problems.length === 0;
}

/** `dane-relay user check`; false if the password is wrong. */
export async function checkUser(tools: UserTools, name: string): Promise<boolean> {
  const { users } = tableOf(fileOf(tools));
  const password = await tools.ask(`Password for ${name}: `);
  const user = users.get(nameKey(name, prepare) ?? '');
  const isRight = user !== undefined && isPasswordOf(user, password);
  if (user === undefined) tools.warn(`${name} is nobody who may log in`);
  tools.print(isRight ? 'right' : 'wrong');
  return isRight;
}

function isPasswordOf({ password: hash, scram }: User, password: string): boolean {
  const prepared = prepare(password) ?? password;
  if (hash !== undefined) return matches(hash, hash.kind === 'scrypt' ? prepared : password);
  return scram !== undefined && matches({ kind: 'scram', verifier: scram }, prepared);
}

function storedAs({ password, scram }: User): readonly string[] {
  return [
    ...(password === undefined ? [] : [schemeOf(password)]),
    ...(scram === undefined ? [] : ['SCRAM-SHA-256']),
  ];
}

/** Some clients take the strongest that is offered: who has no verifier keeps SCRAM from all. */
function tellOfScram({ warn }: UserTools, file: string): void {
  const table = tableOf(file);
  if (canServeScram(table)) return;
  const without = [...table.users.values()].filter((user) => !suitsScram(user)).length;
  warn(
    `SCRAM-SHA-256 is not offered: ${without} of ${table.users.size} users have no verifier for it, or one of more than ${mostForClients} iterations`,
  );
}

function tableOf(file: string): UserTable {
  return readUsers(readFile(file), file, { prepare, abilities });
}

function readFile(file: string): string {
  return readOperatorFile(file, 'intake.users', 'a file of users to read');
}

function fileOf({ config }: UserTools): string {
  if (config.intake.users !== '') return config.intake.users;
  const wanted = 'the file that users are kept in, such as "/etc/dane-relay/users"';
  throw new ConfigError([{ where: 'settings', key: 'intake.users', wanted, found: 'nothing' }]);
}

/** One at a time; the file is made if it is not there. */
async function edit(file: string, change: (text: string) => string): Promise<void> {
  const lock = await lockFile(file);
  if (lock === undefined) throw new ChildError(`${file} is being changed by another command`);
  try {
    editFile(file, change);
  } finally {
    lock.close();
  }
}
