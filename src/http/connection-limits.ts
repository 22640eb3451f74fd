import type { Server } from 'node:http';

/** Connections beyond the limits are closed as they come. One address has half of them at most, but for this host's own. */
export function limitConnections(server: Server, limit: number): void {
  const counts = new Map<string, number>();
  const ofAddress = Math.max(1, Math.floor(limit / 2));
  server.maxConnections = limit;
  server.on('connection', (socket) => {
    const address = socket.remoteAddress;
    if (address === undefined || address === '::1' || /^(?:::ffff:)?127\./.test(address)) return;
    const count = (counts.get(address) ?? 0) + 1;
    if (count > ofAddress) return void socket.destroy();
    counts.set(address, count);
    socket.on('close', () => {
      const left = (counts.get(address) ?? 0) - 1;
      if (left > 0) counts.set(address, left);
      else counts.delete(address);
    });
  });
}
