import { generateKeyPair, type KeyObject } from 'node:crypto';
import { lchown, mkdir, open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../core/error-words.ts';
import { keySuffix } from './key-files.ts';

export const newKeyTypes = ['both', 'rsa', 'ed25519'] as const;
/** Which keys are to be made. */
export type NewKeyType = (typeof newKeyTypes)[number];

/** A key that could not be written, in words for the operator. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
  readonly code = 'DKIM_KEY_FILE';
}

export interface NewKey {
  readonly selector: string;
  readonly file: string;
  readonly pem: string;
}

const generate = promisify(generateKeyPair);

/** RFC 8301 §3.2: what signers ought to have. Longer keys make large DNS answers, and signing slow. */
const rsaBits = 2048;

/**
 * Makes keys of a domain in the directory of keys, each for a selector of its own (RFC 8463 §5). They belong to whom the
 * directory belongs. Throws KeyFileError, and nothing was made, if one of the files is there already.
 */
export async function makeKeys(
  directory: string,
  domain: string,
  selector: string,
  type: NewKeyType,
): Promise<readonly NewKey[]> {
  const types = type === 'both' ? (['rsa', 'ed25519'] as const) : [type];
  const folder = join(directory, domain);
  const named = types.map((one) => {
    const name = types.length > 1 ? `${selector}-${one}` : selector;
    return { type: one, selector: name, file: join(folder, `${name}${keySuffix}`) };
  });
  for (const { file, selector: name } of named) {
    // RFC 6376 §3.1: what a selector once meant is still in mail, and in caches.
    if (await isThere(file))
      throw new KeyFileError(`${file} is there already: choose another selector than ${name}`);
  }
  const owner = await makeFolders(directory, folder);
  const made: NewKey[] = [];
  for (const { type: one, selector: name, file } of named) {
    const pem = (await newPrivateKey(one)).export({ type: 'pkcs8', format: 'pem' }).toString();
    await write(file, pem, owner);
    made.push({ selector: name, file, pem });
  }
  return made;
}

async function newPrivateKey(type: 'rsa' | 'ed25519'): Promise<KeyObject> {
  const pair =
    type === 'rsa' ? await generate('rsa', { modulusLength: rsaBits }) : await generate('ed25519', undefined);
  return pair.privateKey;
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Throws KeyFileError. Root makes keys for the user that the relay has. */
async function makeFolders(directory: string, folder: string): Promise<Owner> {
  try {
    await makeFolder(folder);
    return await stat(directory);
  } catch (error) {
    throw new KeyFileError(`cannot make ${folder}: ${messageOf(error)}`, { cause: error });
  }
}

/** With all that is missing above it; what is made belongs to whom the first belongs that is there. */
async function makeFolder(path: string): Promise<void> {
  if (await isThere(path)) return;
  const parent = dirname(path);
  await makeFolder(parent);
  await mkdir(path, { mode: 0o700 });
  await give(path, await stat(parent));
}

async function write(file: string, pem: string, owner: Owner): Promise<void> {
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(pem);
      // The file and not its name: the directory may belong to a user who could put something else there.
      if (process.getuid?.() === 0) await handle.chown(owner.uid, owner.gid);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new KeyFileError(`cannot write ${file}: ${messageOf(error)}`, { cause: error });
  }
}

async function give(path: string, { uid, gid }: Owner): Promise<void> {
  if (process.getuid?.() === 0) await lchown(path, uid, gid);
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
