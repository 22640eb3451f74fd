import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';

/** Who calls, for the envelope and a From field. */
export interface CallingUser {
  /** Login name. */
  readonly name: string;
  /** Empty if nobody knows it. */
  readonly fullName: string;
}

/** What the system knows of the user that this process runs as. Both throw if there is no such user, or no such list. */
export interface UserLookups {
  readonly info: () => { readonly username: string };
  /** The text of /etc/passwd. */
  readonly list: () => string;
}

const system: UserLookups = { info: userInfo, list: () => readFileSync('/etc/passwd', 'utf8') };

/**
 * The user that this process runs as. In a container that may be one without an entry in the list of users: then the name is
 * that of LOGNAME or USER, or made of the number. The full name is that of the variable NAME, or that of the list.
 */
export function callingUser(
  {
    env,
    uid,
  }: { readonly env: Readonly<Record<string, string | undefined>>; readonly uid: number | undefined },
  lookups: UserLookups = system,
): CallingUser {
  const name =
    systemName(lookups) ?? loginName(env['LOGNAME']) ?? loginName(env['USER']) ?? `user${uid ?? ''}`;
  return { name, fullName: env['NAME'] ?? fullNameOf(name, lookups) };
}

function systemName({ info }: UserLookups): string | undefined {
  try {
    return loginName(info().username);
  } catch {
    return undefined;
  }
}

/** Undefined for what is no local part of an address. */
function loginName(name: string | undefined): string | undefined {
  return name !== undefined && /^\w[\w.+-]{0,63}$/.test(name) ? name : undefined;
}

/** The first part of the comment field of passwd(5); `&` in it stands for the login name. */
function fullNameOf(name: string, { list }: UserLookups): string {
  try {
    const line = list()
      .split('\n')
      .find((one) => one.startsWith(`${name}:`));
    const [full = ''] = (line?.split(':')[4] ?? '').split(',');
    return full.replaceAll('&', name.charAt(0).toUpperCase() + name.slice(1)).trim();
  } catch {
    return '';
  }
}
