import { createHmac } from 'node:crypto';
import type { PasswordHash } from '../users/password-hash.ts';
import type { ScramCredentials, ScramVerifier } from '../users/scram-verifier.ts';
import { canServeScram, nameKey, type Prepare, type User, type UserTable } from '../users/users-file.ts';
import { RememberedLogins } from './remembered-logins.ts';
import { serverMechanisms, type ServerMechanism } from './server-mechanism.ts';
import { full, WorkQueue } from './work-queue.ts';

/** What a password is held against, where a user has no hash but a verifier for SCRAM. */
export type Check = PasswordHash | { readonly kind: 'scram'; readonly verifier: ScramVerifier };

/** Whether a user has named the right password. `user` is the name as the operator wrote it. */
export type Verdict =
  | { readonly kind: 'right'; readonly user: string }
  | { readonly kind: 'wrong' }
  /** It cannot be told now: the trouble is ours. */
  | { readonly kind: 'unable'; readonly reason: string };

/** What the front doors ask about logins. */
export interface LoginVerifier {
  /** What can be offered, the strongest first; empty while nobody can log in. */
  mechanisms(): readonly ServerMechanism[];
  /** For SCRAM. An unknown user looks like a known one. */
  credentialsOf(user: string): ScramCredentials;
  /** @param owner whoever wants to know: an address. Owners take turns */
  verify(user: string, password: string, owner: string): Promise<Verdict>;
}

export interface LoginPorts {
  readonly table: () => UserTable;
  readonly prepare: Prepare;
  /** Computes elsewhere than in this thread, and rejects if it cannot. */
  readonly check: (against: Check, password: string) => Promise<boolean>;
  /** Milliseconds of any clock. */
  readonly now: () => number;
  /** Random, new with each process. */
  readonly processKey: Buffer;
  /** Random and kept: an unknown user has the same salt tomorrow. */
  readonly decoyKey: Buffer;
}

/** Two computations fill two processors. The others wait, of one address a few only. */
const bounds = { running: 2, waiting: 100, waitingOfOne: 20 };
/** Octets. Nobody has such a password; some hashes take the longer the more there is to hash. */
const longestPassword = 1024;

/**
 * Judges names and passwords. Whether there is such a user or not, it costs the same: a password for an unknown one is
 * held against what another user has stored, whom the unknown name picks, and the verdict does not depend on it.
 */
export function createLoginVerifier({ table, prepare, check, ...ports }: LoginPorts): LoginVerifier {
  const queue = new WorkQueue(bounds);
  const remembered = new RememberedLogins(ports.processKey);
  const underWay = new Map<string, Promise<boolean | typeof full>>();
  let of = table();

  /** The users as they are now. Nothing that is remembered outlives a change. */
  function current(): UserTable {
    const now = table();
    if (now !== of) {
      remembered.forget();
      underWay.clear();
      of = now;
    }
    return now;
  }

  function like(users: readonly User[], key: string): User | undefined {
    return users[digestOf(ports.processKey, 'like', key).readUInt32BE() % Math.max(1, users.length)];
  }

  /** One computation for all who ask the same thing at the same time. */
  async function compute(
    digest: string,
    owner: string,
    work: () => Promise<boolean>,
  ): Promise<boolean | typeof full> {
    const running = underWay.get(digest);
    if (running !== undefined) return running;
    const mine = queue.run(owner, work);
    underWay.set(digest, mine);
    try {
      return await mine;
    } finally {
      if (underWay.get(digest) === mine) underWay.delete(digest);
    }
  }

  return {
    mechanisms() {
      const users = current();
      if (users.users.size === 0) return [];
      return serverMechanisms.filter((mechanism) => mechanism !== 'SCRAM-SHA-256' || canServeScram(users));
    },

    credentialsOf(name) {
      const { users } = current();
      const key = nameKey(name, prepare) ?? '';
      const known = users.get(key);
      if (known?.scram !== undefined) return { user: known.name, verifier: known.scram };
      const scrams = [...users.values()].flatMap(({ scram }) => scram ?? []);
      // As many of the others have, so that an unknown user does not stand out.
      const other = scrams[digestOf(ports.decoyKey, 'like', key).readUInt32BE() % Math.max(1, scrams.length)];
      const [salt, storedKey, serverKey] = ['salt', 'stored key', 'server key'].map((what) =>
        digestOf(ports.decoyKey, what, key),
      ) as [Buffer, Buffer, Buffer];
      return {
        verifier: {
          iterations: other?.iterations ?? 4096,
          salt: salt.subarray(0, other?.salt.length ?? 16),
          storedKey,
          serverKey,
        },
      };
    },

    async verify(name, password, owner) {
      const users = current();
      if (users.users.size === 0) return { kind: 'unable', reason: 'there are no users' };
      if (password === '' || Buffer.byteLength(password) > longestPassword) return { kind: 'wrong' };
      const key = nameKey(name, prepare) ?? '';
      const known = users.users.get(key);
      const digest = remembered.digest(key, password);
      if (known !== undefined && remembered.has(digest, ports.now()))
        return { kind: 'right', user: known.name };
      const against = checkOf(known ?? like([...users.users.values()], key));
      if (against === undefined) return { kind: 'wrong' };
      let isRight: boolean | typeof full;
      try {
        isRight = await compute(digest, owner, () => check(against, passwordFor(against, password)));
      } catch {
        return { kind: 'unable', reason: 'passwords cannot be checked now' };
      }
      if (isRight === full) return { kind: 'unable', reason: 'too many logins at the same time' };
      if (known === undefined || !isRight) return { kind: 'wrong' };
      if (current() === users) remembered.remember(digest, ports.now());
      return { kind: 'right', user: known.name };
    },
  };

  /** RFC 5802 §2.2: what we have made ourselves is of the prepared password. Others hash the octets that they get. */
  function passwordFor(against: Check, password: string): string {
    const isOurs = against.kind === 'scrypt' || against.kind === 'scram';
    return isOurs ? (prepare(password) ?? password) : password;
  }
}

function checkOf(user: User | undefined): Check | undefined {
  if (user?.password !== undefined) return user.password;
  return user?.scram === undefined ? undefined : { kind: 'scram', verifier: user.scram };
}

function digestOf(key: Buffer, what: string, name: string): Buffer {
  return createHmac('sha256', key).update(`${what}\0${name}`).digest();
}
