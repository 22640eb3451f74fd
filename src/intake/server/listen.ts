import { once } from 'node:events';
import { chmod, lstat, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import type { ListenAt } from '../intake-options.ts';

/**
 * Clients that may wait in a socket of systemd, as there: while the relay is away all of them do. Linux allows no more
 * (net.core.somaxconn) unless it is told to.
 */
const mostWaiting = 4096;

/** Begins to listen. Rejects with an error that has a `code` if that cannot be. */
export async function listen(server: Server, at: ListenAt): Promise<void> {
  const begun = once(server, 'listening');
  if (at.kind === 'unix') await listenOnPath(server, at, begun);
  else if (at.kind === 'tcp') server.listen({ host: at.host, port: at.port, ipv6Only: at.ipv6Only ?? false });
  else server.listen({ fd: at.descriptor }, mostWaiting);
  await begun;
}

async function listenOnPath(
  server: Server,
  { path, mode }: Extract<ListenAt, { kind: 'unix' }>,
  begun: Promise<unknown>,
): Promise<void> {
  // It is handled by whoever waits for the beginning, and until then is nobody's.
  begun.catch(() => {});
  await clearPath(path);
  // Nobody else may open it before it has its permissions. The socket is made before listen() returns.
  const usual = process.umask(0o177);
  server.listen({ path });
  process.umask(usual);
  await begun;
  await chmod(path, mode);
}

/** Removes the socket of a process that is gone. Rejects if somebody listens there, or if it is another kind of file. */
async function clearPath(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw inUse(path, 'there is a file that is no socket');
  if (await isAnswered(path)) throw inUse(path, 'another process listens there');
  await unlink(path);
}

function inUse(path: string, why: string): Error {
  return Object.assign(new Error(`listen EADDRINUSE: unix:${path}: ${why}`), { code: 'EADDRINUSE' });
}

async function isAnswered(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    // Only this says that nobody is there; a queue that is full (EAGAIN) has somebody.
    return !(error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED');
  } finally {
    socket.destroy();
  }
}
