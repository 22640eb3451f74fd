import { createSocket } from 'node:dgram';

/** Servers of the root: nothing is sent there, only the system is asked which way that would go. */
const farAway = { 4: '198.41.0.4', 6: '2001:503:ba3e::2:30' } as const;

/** The address from which this machine would send to the Internet; undefined without a way out of this family. */
export function sourceAddress(family: 4 | 6): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(family === 4 ? 'udp4' : 'udp6');
    socket.once('error', () => {
      socket.close();
      resolve(undefined);
    });
    socket.connect(53, farAway[family], () => {
      const { address } = socket.address();
      socket.close();
      resolve(address);
    });
  });
}
