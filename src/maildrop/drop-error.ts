/** The maildrop does not take a message: nothing of it is left there. */
export class DropError extends Error {
  override readonly name = 'DropError';
  readonly code = 'DROP';
  /** Of sysexits: 65 for what is never taken, 75 if it may work later, 77 if this user may not. */
  readonly exitCode: 65 | 75 | 77;

  constructor(what: string, cause: unknown) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const reason = reasons[code] ?? (cause instanceof Error ? cause.message : String(cause));
    super(`${what}: ${reason}`, { cause });
    this.exitCode = code === 'EMSGSIZE' ? 65 : code === 'EACCES' || code === 'EPERM' ? 77 : 75;
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such directory: no relay with these settings has run',
  ENOTDIR: 'this is no directory',
  EACCES: 'no permission for this user',
  EPERM: 'no permission for this user',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
  EFBIG: 'this user may not write files that large',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files on this machine',
  EIO: 'the disk does not work',
};
