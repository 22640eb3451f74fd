import { connect as netConnect, type LookupFunction, type Socket } from 'node:net';
import { networkErrorText, timedOut } from './network-trouble.ts';
import { isShortage } from './shortage.ts';
import { whenAborted } from '../core/when-aborted.ts';

/** Why there is no connection: the words of the system, or the caller's wish. */
export type NotOpened =
  | {
      readonly kind: 'failed';
      readonly errorText: string;
      /** This machine is short of something. */
      readonly shortage: boolean;
    }
  | { readonly kind: 'aborted' };

/**
 * Node asks the system's resolver for whatever is no IP address, `127.1` and `0177.0.0.1` among it; what that says is neither
 * validated nor held against our own addresses. Nobody comes here with one: this is for the day when somebody does.
 */
const noLookup: LookupFunction = (name, _, done) => {
  process.nextTick(done, new Error(`no IP address: ${name}`), '');
};

/** Opens a TCP connection to an address, without Nagle's delay: pipelined commands must leave at once. */
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
