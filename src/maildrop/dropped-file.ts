import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import {
  decodeDroppedMail,
  endMarkBytes,
  readEndMark,
  type DroppedMail,
} from '../core/sendmail/dropped-mail.ts';

/** A file of the maildrop, which anybody on this machine may have made, and may be changing. */
export type DroppedFile =
  | {
      readonly kind: 'message';
      readonly uid: number;
      readonly mail: DroppedMail;
      /** Epoch milliseconds. */
      readonly droppedAt: number;
      /** Throws if the file is shorter by now than it was. */
      readonly content: () => AsyncIterable<Buffer>;
      close(): Promise<void>;
    }
  /** There is no such file. */
  | { readonly kind: 'gone' }
  /** It is none that sendmail made, and never will be. */
  | { readonly kind: 'strange'; readonly why: string; readonly uid?: number }
  /** This process may not read it, or not now. */
  | { readonly kind: 'unreadable'; readonly why: string };

const pieceBytes = 64 * 1024;

/** Opens a file of the maildrop. Never rejects. */
export async function openDropped(path: string): Promise<DroppedFile> {
  let file: FileHandle | undefined;
  try {
    // Nothing is followed, and nothing is waited for: a symbolic link or a FIFO may bear the name.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const found = await read(file);
    if (found.kind !== 'message') await file.close();
    return found;
  } catch (error) {
    await file?.close().catch(() => {});
    return troubleOf(error);
  }
}

async function read(file: FileHandle): Promise<DroppedFile> {
  const stats = await file.stat();
  const { uid, size, nlink, mtimeMs } = stats;
  const strange = (why: string): DroppedFile => ({ kind: 'strange', why, uid });
  if (!stats.isFile()) return strange('no regular file');
  // A hard link may lead to somebody else's file.
  if (nlink > 1) return strange('a file with several names');
  const jsonBytes = readEndMark(await readAt(file, size - endMarkBytes, endMarkBytes));
  const contentBytes = size - endMarkBytes - (jsonBytes ?? 0);
  if (jsonBytes === undefined || contentBytes < 0) return strange('not complete');
  const mail = decodeDroppedMail(await readAt(file, contentBytes, jsonBytes), contentBytes);
  if (mail === undefined) return strange('an envelope that cannot be read');
  return {
    kind: 'message',
    uid,
    mail,
    droppedAt: mtimeMs,
    content: () => contentOf(file, contentBytes),
    close: () => file.close(),
  };
}

async function* contentOf(file: FileHandle, bytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes;) {
    const piece = await readAt(file, at, Math.min(pieceBytes, bytes - at));
    if (piece.length === 0) throw new Error('the file has become shorter');
    yield piece;
    at += piece.length;
  }
}

/** As much as there is of these octets. */
async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  if (position < 0) return Buffer.alloc(0);
  const octets = Buffer.alloc(length);
  let at = 0;
  while (at < length) {
    const { bytesRead } = await file.read(octets, at, length - at, position + at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return octets.subarray(0, at);
}

function troubleOf(error: unknown): DroppedFile {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return { kind: 'gone' };
  if (code === 'ELOOP' || code === 'EMLINK') return { kind: 'strange', why: 'a symbolic link' };
  // A socket, or a device that is not there.
  if (code === 'ENXIO') return { kind: 'strange', why: 'no regular file' };
  return { kind: 'unreadable', why: code === 'EACCES' ? 'no permission to read it' : code || String(error) };
}
