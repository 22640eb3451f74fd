import type { Server } from 'node:net';

/** Most connections at the same time. Each takes a file descriptor that mail cannot use. */
export const MOST_CONNECTIONS = 32;
/** Most connections from one address. */
export const MOST_OF_ADDRESS = 8;
/** Longest life of a connection, however slowly the answer is read. */
export const LONGEST_MS = 30_000;

/** Closes connections beyond the limits as they come. Those of a unix socket have no address to be counted by. */
export function limitConnections(server: Server): void {
  const counts = new Map<string, number>();
  server.maxConnections = MOST_CONNECTIONS;
  server.on('connection', (socket) => {
    const timer = setTimeout(() => socket.destroy(), LONGEST_MS);
    socket.on('close', () => clearTimeout(timer));
    const address = socket.remoteAddress;
    if (address === undefined) return;
    const count = (counts.get(address) ?? 0) + 1;
    if (count > MOST_OF_ADDRESS) {
      socket.destroy();
      return;
    }
    counts.set(address, count);
    socket.on('close', () => {
      const left = (counts.get(address) ?? 0) - 1;
      if (left > 0) counts.set(address, left);
      else counts.delete(address);
    });
  });
}
