import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';

/** `localhost. A IN` with RD, which a resolver answers without asking others (RFC 6761 §6.3). */
const question = Buffer.from('01000001000000000000096c6f63616c686f73740000010001', 'hex');

/** Whether a DNS server answers at all at this IPv4 address and port. */
export function answersDns(address: string, port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const id = randomBytes(2);
    const socket = createSocket('udp4');
    const settle = (answers: boolean): void => {
      clearTimeout(timer);
      socket.removeAllListeners().on('error', () => undefined);
      socket.close();
      resolve(answers);
    };
    const timer = setTimeout(() => settle(false), timeoutMs);
    socket.on('message', (reply) => {
      if (reply.subarray(0, 2).equals(id)) settle(true);
    });
    socket.on('error', () => settle(false));
    socket.on('connect', () => socket.send(Buffer.concat([id, question])));
    socket.connect(port, address);
  });
}
