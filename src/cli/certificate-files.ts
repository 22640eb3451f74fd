import {
  lchownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** The files of `dane-relay certificate`. The authorities of a system are files with the ending `.crt`. */
export const certificateFiles = ['ca.key', 'ca.crt', 'relay.key', 'relay.crt', 'relay.csr'] as const;
export type CertificateFile = (typeof certificateFiles)[number];

const onlyOwner = 0o600;
const everybody = 0o644;

/** A directory of keys and certificates. */
export class CertificateFiles {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  pathOf(file: CertificateFile): string {
    return join(this.directory, file);
  }

  /** The text of a file; undefined if it does not exist. */
  read(file: CertificateFile): string | undefined {
    const path = this.pathOf(file);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  }

  /**
   * Writes a key that does not exist yet; throws EEXIST if it does. The key of the relay belongs to the owner of the
   * directory, because root makes it and another user runs the relay. The key of the authority stays with its maker.
   */
  writeKey(file: 'ca.key' | 'relay.key', pem: string): void {
    const path = this.pathOf(file);
    this.#makeDirectory();
    writeFileSync(path, pem, { mode: onlyOwner, flag: 'wx', flush: true });
    if (file === 'relay.key') giveToOwnerOf(this.directory, path);
  }

  /** Writes a file that everybody may read. A simultaneous reader gets either the old text or the new one. */
  replace(file: Exclude<CertificateFile, `${string}.key`>, pem: string): void {
    const path = this.pathOf(file);
    this.#makeDirectory();
    writeFileSync(`${path}.new`, pem, { mode: everybody, flush: true });
    giveToOwnerOf(this.directory, `${path}.new`);
    renameSync(`${path}.new`, path);
  }

  #makeDirectory(): void {
    const first = mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    if (first !== undefined) giveToOwnerOf(dirname(first), ...pathsBetween(first, this.directory));
  }
}

/** A directory, and those on the way down to one below it. */
function pathsBetween(from: string, to: string): string[] {
  return to === from ? [from] : [...pathsBetween(from, dirname(to)), to];
}

/** Only root can do this; files of other users already belong to them. */
function giveToOwnerOf(directory: string, ...paths: readonly string[]): void {
  const { uid, gid } = statSync(directory);
  if (process.getuid?.() === 0) for (const path of paths) lchownSync(path, uid, gid);
}
