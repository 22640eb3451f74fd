/** A Redis whose master Sentinels know. */
export interface SentinelAddress {
  /** Each once. */
  readonly sentinels: readonly SentinelPlace[];
  /** The name under which they watch the master. */
  readonly name: string;
  /** Index of the database at the master. */
  readonly database: number;
  /** For the master. */
  readonly login: RedisLogin;
  /** For the Sentinels themselves. */
  readonly sentinelLogin: RedisLogin;
  /** Whether the master, and whether the Sentinels, are asked over TLS. */
  readonly tls: boolean;
  readonly sentinelTls: boolean;
}

export interface SentinelPlace {
  /** Name or address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Both empty where none is asked for. */
export interface RedisLogin {
  readonly user: string;
  readonly password: string;
}

const SENTINEL_PORT = 26_379;
const parameters = ['sentinel_user', 'sentinel_password', 'sentinel_tls'] as const;

/** Whether the text means to be such an address, well-formed or not. */
export function isForSentinels(text: string): boolean {
  return /^sentinels?:/i.test(text);
}

/**
 * Reads `sentinel://[USER[:PASSWORD]@]HOST[:PORT][,HOST[:PORT]…]/NAME[/DATABASE][?PARAMETER=VALUE[&…]]`, or the same with
 * `sentinels://`, which is TLS to all of them. USER and PASSWORD are for the master; the parameters `sentinel_user` and
 * `sentinel_password` are for the Sentinels, and `sentinel_tls=no` asks them without TLS. What has a special meaning in a
 * URL is percent-encoded. The reason why there is no address is for the operator, and holds no secret.
 */
export function parseSentinelUrl(
  text: string,
): { readonly value: SentinelAddress } | { readonly reason: string } {
  const [, scheme = '', authority = '', path = '', query = ''] =
    /^(sentinels?):\/\/([^/?#]*)\/([^?#]*)(?:\?([^#]*))?$/.exec(text) ?? [];
  if (scheme === '') return { reason: 'not sentinel://HOST,HOST,HOST/NAME' };
  const at = authority.lastIndexOf('@');
  const login = readLogin(authority.slice(0, Math.max(at, 0)));
  if (login === undefined) return { reason: 'user and password must be percent-encoded' };
  const places = authority.slice(at + 1).split(',');
  const sentinels = places.flatMap((place) => readPlace(place) ?? []);
  if (sentinels.length < places.length) return { reason: 'a Sentinel is HOST or HOST:PORT' };
  if (new Set(sentinels.map(({ host, port }) => `${host} ${port}`)).size < sentinels.length)
    return { reason: 'a Sentinel is named twice' };
  const [name = '', database = '0', ...rest] = path.split('/');
  if (!/^[\w.-]{1,255}$/.test(name)) return { reason: 'no name of a master after the Sentinels' };
  if (rest.length > 0 || !/^\d{1,5}$/.test(database)) return { reason: 'a database is a number' };
  const given = readParameters(query);
  if (given === undefined) return { reason: `parameters are ${parameters.join(', ')}, each once` };
  const sentinelTls = given.get('sentinel_tls');
  if (sentinelTls !== undefined && (scheme === 'sentinel' || !['yes', 'no'].includes(sentinelTls)))
    return { reason: 'sentinel_tls is yes or no, and only sentinels:// has it' };
  const password = given.get('sentinel_password') ?? '';
  const user = given.get('sentinel_user') ?? '';
  if (user !== '' && password === '') return { reason: 'sentinel_user needs sentinel_password' };
  const tls = scheme === 'sentinels';
  return {
    value: {
      sentinels,
      name,
      database: Number(database),
      login,
      sentinelLogin: { user, password },
      tls,
      sentinelTls: tls && sentinelTls !== 'no',
    },
  };
}

function readLogin(text: string): RedisLogin | undefined {
  if (text.includes('@')) return undefined;
  const colon = text.indexOf(':');
  const [user, password] = colon === -1 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  const [plainUser, plainPassword] = [decoded(user), decoded(password)];
  if (plainUser === undefined || plainPassword === undefined) return undefined;
  // Redis has no user without a password that could log in.
  return plainUser !== '' && plainPassword === '' ? undefined : { user: plainUser, password: plainPassword };
}

function readPlace(text: string): SentinelPlace | undefined {
  const [, bracketed, plain, port = String(SENTINEL_PORT)] =
    /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([\w.-]{1,253}))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || (bracketed !== undefined && !bracketed.includes(':'))) return undefined;
  const number = Number(port);
  return number >= 1 && number <= 65_535 ? { host: host.toLowerCase(), port: number } : undefined;
}

function readParameters(query: string): ReadonlyMap<string, string> | undefined {
  const given = new Map<string, string>();
  for (const part of query === '' ? [] : query.split('&')) {
    const [name = '', ...value] = part.split('=');
    const text = decoded(value.join('='));
    const isKnown = parameters.some((parameter) => parameter === name);
    if (!isKnown || given.has(name) || text === undefined || text === '') return undefined;
    given.set(name, text);
  }
  return given;
}

/** Undefined if a percent sign is followed by no two hexadecimal digits, or the octets are no UTF-8. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
