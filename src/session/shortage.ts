import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isLoopbackAddress } from '../core/dns/ip-address.ts';
import type { Log } from '../core/log/log-event.ts';
import { wireTrouble, type Peer, type Stage, type WireTrouble } from '../core/smtp/verdict.ts';
import type { Trouble } from '../core/mail/status.ts';
import { shortageOf } from './log-lines.ts';

/** Files, memory, buffers, ports: what a process or a machine runs out of. */
const shortages: ReadonlySet<string> = new Set([
  'EADDRINUSE',
  'EAGAIN',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
]);

/**
 * Whether an error on the way to `address` says that this machine is short of something: then no host is to blame, and
 * no mail may be returned for it. What its rules forbid (EACCES, EPERM) and where it has no route to (ENETUNREACH) is not
 * such an error: that stays as it is, and whoever sent the mail must hear of it in the end.
 */
export function isShortage({ code = '' }: NodeJS.ErrnoException, address: string): boolean {
  // All local ports are in use; but without any address of the family it only says that there is no way there.
  return code === 'EADDRNOTAVAIL' ? hasAddressToward(address) : shortages.has(code);
}

function hasAddressToward(remote: string): boolean {
  const family = isIPv6(remote) ? 'IPv6' : 'IPv4';
  const near = isLoopbackAddress(remote);
  return Object.values(networkInterfaces())
    .flatMap((infos) => infos ?? [])
    .some((info) => info.family === family && info.internal === near && !/^fe80:/i.test(info.address));
}

/** As `wireTrouble`; the operator is told where it is trouble of his own machine. */
export function toldTrouble(log: Log, stage: Stage, trouble: WireTrouble, peer: Peer): Trouble {
  const status = wireTrouble(stage, trouble, peer);
  if (trouble.kind === 'lost' && trouble.shortage !== undefined) log(shortageOf(peer, status.reason));
  return status;
}
