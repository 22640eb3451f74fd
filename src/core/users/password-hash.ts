import { scramIterations, type ScramVerifier } from './scram-verifier.ts';

/** What a password is checked against. */
export type PasswordHash =
  | ScryptHash
  /** SHA-crypt of crypt(3), `$5$` and `$6$`. */
  | { readonly kind: 'sha-crypt'; readonly text: string }
  | { readonly kind: 'bcrypt'; readonly text: string }
  | Argon2Hash;

/** RFC 7914, in the form of PHC: N is 2 to the power of `ln`. */
export interface ScryptHash {
  readonly kind: 'scrypt';
  readonly ln: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** RFC 9106, version 1.3. */
export interface Argon2Hash {
  readonly kind: 'argon2id';
  readonly memoryKib: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** What stands behind the name of a user, or why it cannot be used; the reason has nothing of it in it. */
export type Stored =
  | { readonly kind: 'password'; readonly hash: PasswordHash }
  | { readonly kind: 'scram'; readonly verifier: ScramVerifier }
  | { readonly kind: 'refused'; readonly reason: string };

/** What this Node.js can compute. */
export interface Abilities {
  readonly argon2: boolean;
}

/** One check is to take neither minutes nor all the memory, whatever the file says. */
const most = { scryptBytes: 256 * 1024 ** 2, shaRounds: 1_000_000, bcryptCost: 14, argon2Kib: 256 * 1024 };

const anew = 'set the password anew with "dane-relay user add"';

/**
 * Reads a hash as crypt(3), PHC, PostgreSQL or Dovecot write it, `{SCHEME}` in front or not. Hashes that can be guessed
 * in hours are refused, with advice.
 */
export function readStored(text: string, abilities: Abilities): Stored {
  const [, name = '', rest = ''] = /^\{([^{}]*)\}(.*)$/s.exec(text) ?? [undefined, '', text];
  // Dovecot: CRYPT stands for whatever crypt(3) writes, and for a hash without a scheme.
  const scheme = name.toUpperCase();
  if (scheme === 'SCRAM-SHA-256') return readDovecotScram(rest);
  const weak = weakSchemes[scheme.replace(/\.(?:B64|BASE64|HEX)$/, '')];
  if (weak !== undefined) return refused(weak);
  if (!cryptSchemes.has(scheme)) return refused(`the scheme {${scheme}} is not known here: ${anew}`);
  return readCrypt(rest, abilities);
}

const cryptSchemes = new Set([
  '',
  'CRYPT',
  'SHA256-CRYPT',
  'SHA512-CRYPT',
  'BLF-CRYPT',
  'ARGON2ID',
  'SCRYPT',
]);

const inClear = `the password stands there as it is: ${anew}`;
const tooFast = `this kind of hash can be guessed in hours: ${anew}`;
/** Schemes of Dovecot that no password should be stored in. */
const weakSchemes: Readonly<Record<string, string>> = {
  PLAIN: inClear,
  CLEAR: inClear,
  CLEARTEXT: inClear,
  'PLAIN-TRUNC': inClear,
  ...Object.fromEntries(
    `DES-CRYPT MD5 MD5-CRYPT PLAIN-MD4 PLAIN-MD5 LDAP-MD5 SMD5 CRAM-MD5 HMAC-MD5 DIGEST-MD5 LANMAN NTLM RPA SHA SHA1
    SHA256 SHA512 SSHA SSHA256 SSHA512 SCRAM-SHA-1 OTP SKEY`
      .split(/\s+/)
      .map((scheme) => [scheme, tooFast]),
  ),
};

function readCrypt(text: string, { argon2 }: Abilities): Stored {
  const [, id = ''] = /^\$([^$]*)\$/.exec(text) ?? [];
  switch (id) {
    case 'scrypt':
      return readScrypt(text);
    case '5':
    case '6':
      return readShaCrypt(text);
    case '2a':
    case '2b':
    case '2y':
      return readBcrypt(text);
    case 'argon2id':
      if (!argon2) return refused(`argon2id needs Node.js 24.7 or newer here: update it, or ${anew}`);
      return readArgon2(text);
    case 'y':
    case 'gy':
    case '7':
      return refused(`yescrypt cannot be computed here: ${anew}`);
    case '1':
    case 'apr1':
    case 'md5':
    case '2x':
    case 'sha1':
      return refused(tooFast);
    default:
      if (text.startsWith('SCRAM-SHA-256$')) return readPostgresScram(text);
      if (text === '' || /^[!*]/.test(text)) return refused('there is no password: the user cannot log in');
      return refused(/^[./0-9A-Za-z]{13}$/.test(text) ? tooFast : `no hash that is known here: ${anew}`);
  }
}

function readScrypt(text: string): Stored {
  const [, cost, blocks, lanes, salt = '', hash = ''] =
    /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/.exec(
      text,
    ) ?? [];
  const [ln, r, p] = [Number(cost), Number(blocks), Number(lanes)];
  if (hash === '') return damaged;
  // RFC 7914 §2: so many octets are walked through; below 2^14 they fit into what a guesser has plenty of.
  if (ln < 14 || r < 1 || p < 1) return refused(tooFast);
  if (128 * r * 2 ** ln > most.scryptBytes || p > 4) return tooDear;
  return {
    kind: 'password',
    hash: { kind: 'scrypt', ln, r, p, salt: fromBase64(salt), hash: fromBase64(hash) },
  };
}

function readShaCrypt(text: string): Stored {
  const [, rounds = '5000', hash = ''] =
    /^\$[56]\$(?:rounds=(\d{1,9})\$)?[./0-9A-Za-z]{0,16}\$([./0-9A-Za-z]{43}|[./0-9A-Za-z]{86})$/.exec(
      text,
    ) ?? [];
  if (hash.length !== (text.startsWith('$5') ? 43 : 86)) return damaged;
  return Number(rounds) > most.shaRounds ? tooDear : { kind: 'password', hash: { kind: 'sha-crypt', text } };
}

function readBcrypt(text: string): Stored {
  const [, cost] = /^\$2[aby]\$(\d\d)\$[./0-9A-Za-z]{53}$/.exec(text) ?? [];
  if (cost === undefined || Number(cost) < 4) return damaged;
  return Number(cost) > most.bcryptCost ? tooDear : { kind: 'password', hash: { kind: 'bcrypt', text } };
}

function readArgon2(text: string): Stored {
  const [, memory, time, lanes, salt = '', hash = ''] =
    /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/.exec(
      text,
    ) ?? [];
  const [memoryKib, passes, parallelism] = [Number(memory), Number(time), Number(lanes)];
  // RFC 9106 §3.1: eight blocks for each lane at least.
  if (hash === '' || passes < 1 || parallelism < 1 || memoryKib < 8 * parallelism) return damaged;
  if (memoryKib > most.argon2Kib || passes > 20) return tooDear;
  return {
    kind: 'password',
    hash: {
      kind: 'argon2id',
      memoryKib,
      passes,
      parallelism,
      salt: fromBase64(salt),
      hash: fromBase64(hash),
    },
  };
}

/** `iterations,salt,StoredKey,ServerKey` */
function readDovecotScram(text: string): Stored {
  return readScram(/^(\d{1,7}),([A-Za-z0-9+/=]+),([A-Za-z0-9+/=]+),([A-Za-z0-9+/=]+)$/.exec(text));
}

/** `SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey` */
function readPostgresScram(text: string): Stored {
  return readScram(
    /^SCRAM-SHA-256\$(\d{1,7}):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)$/.exec(text),
  );
}

function readScram(parts: readonly string[] | null): Stored {
  const [, count = '', ...octets] = parts ?? [];
  const [salt, storedKey, serverKey] = octets.map(fromBase64);
  if (salt === undefined || storedKey?.length !== 32 || serverKey?.length !== 32 || salt.length < 8)
    return damaged;
  const iterations = Number(count);
  if (iterations < scramIterations.least) return refused(tooFast);
  if (iterations > scramIterations.most) return tooDear;
  return { kind: 'scram', verifier: { iterations, salt, storedKey, serverKey } };
}

const damaged = refused(`the hash is cut off or damaged: ${anew}`);
const tooDear = refused(`to check this hash takes too much memory or time: ${anew}`);

function refused(reason: string): Stored & { readonly kind: 'refused' } {
  return { kind: 'refused', reason };
}

function fromBase64(text: string): Buffer {
  return Buffer.from(text, 'base64');
}

/** As PHC writes it, which passlib and others read too. */
export function writeScrypt({ ln, r, p, salt, hash }: Omit<ScryptHash, 'kind'>): string {
  const text = (octets: Buffer): string => octets.toString('base64').split('=', 1)[0] ?? '';
  return `$scrypt$ln=${ln},r=${r},p=${p}$${text(salt)}$${text(hash)}`;
}

/** As Dovecot writes it: it has no colon, which ends a field of the file. */
export function writeScram({ iterations, salt, storedKey, serverKey }: ScramVerifier): string {
  const octets = [salt, storedKey, serverKey].map((one) => one.toString('base64'));
  return `{SCRAM-SHA-256}${[iterations, ...octets].join(',')}`;
}

/** In the words of `dane-relay user list`. */
export function schemeOf(hash: PasswordHash): string {
  if (hash.kind === 'sha-crypt') return hash.text.startsWith('$5') ? 'SHA256-CRYPT' : 'SHA512-CRYPT';
  return hash.kind;
}
