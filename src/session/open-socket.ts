import { connect as netConnect, type LookupFunction, type Socket } from 'node:net';
import { networkErrorText, timedOut } from './network-trouble.ts';
import { isShortage } from './shortage.ts';
import { whenAborted } from '../core/when-aborted.ts';

/** Why there is no connection: an error of the system, or the caller's wish. */
export type NotOpened =
  | {
      readonly kind: 'failed';
      readonly errorText: string;
      /** This machine ran out of something. */
      readonly shortage: boolean;
    }
  | { readonly kind: 'aborted' };

/**
 * Node asks the system's resolver about everything that is no IP address, including `127.1` and `0177.0.0.1`. That
 * answer is neither validated nor compared with our own addresses. No caller passes such a value today; this guards
 * against the first that does.
 */
const noLookup: LookupFunction = (name, _, done) => {
  process.nextTick(done, new Error(`no IP address: ${name}`), '');
};

/** Opens a TCP connection to an address, without Nagle's delay, because pipelined commands must leave at once. */
export async function openSocket(
  address: string,
  port: number,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Socket | NotOpened> {
  const socket = netConnect({ host: address, port, noDelay: true, lookup: noLookup });
  const cleanUp: (() => void)[] = [];
  const outcome = await new Promise<Socket | NotOpened>((resolve) => {
    socket.once('connect', () => resolve(socket));
    // Stays for the life of the socket: an error without a listener would end the process.
    socket.on('error', (error) => {
      resolve({ kind: 'failed', errorText: networkErrorText(error), shortage: isShortage(error, address) });
    });
    const silence = { kind: 'failed', errorText: timedOut, shortage: false } as const;
    const timer = setTimeout(() => resolve(silence), timeoutMs);
    cleanUp.push(
      () => clearTimeout(timer),
      whenAborted(signal, () => resolve({ kind: 'aborted' })),
    );
  });
  for (const undo of cleanUp) undo();
  if (outcome !== socket) socket.destroy();
  return outcome;
}
