import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** Below the range from which the kernel gives ports to clients (32768 and up), so that none takes it later. */
const range = { from: 20_000, to: 32_000 };
const maxTries = 100;

/** A port that is free now for both UDP and TCP. */
export async function freePort(address: string): Promise<number> {
  for (let left = maxTries; left > 0; left--) {
    const port = randomInt(range.from, range.to);
    if ((await isFreeForTcp(address, port)) && (await isFreeForUdp(address, port))) return port;
  }
  throw new Error(`no free port on ${address} from ${range.from} to ${range.to}`);
}

function isFreeForTcp(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, address, () => server.close(() => resolve(true)));
  });
}

function isFreeForUdp(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind(port, address, () => socket.close(() => resolve(true)));
  });
}
