import type { Server } from 'node:net';

/** Connections at the same time. Each is a file that mail cannot have. */
export const MOST_CONNECTIONS = 32;
/** Of these, from one address. */
export const MOST_OF_ADDRESS = 8;
/** However slowly an answer is read, nobody stays longer. */
export const LONGEST_MS = 30_000;

/** Connections beyond the limits are closed as they come. Those of a unix socket have no address to be counted by. */
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
