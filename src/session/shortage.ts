import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isLoopbackAddress } from '../core/dns/ip-address.ts';
import type { Log } from '../core/log/log-event.ts';
import { wireTrouble, type Peer, type Stage, type WireTrouble } from '../core/smtp/verdict.ts';
import type { Trouble } from '../core/mail/status.ts';
import { shortageOf } from './log-lines.ts';
import type { SessionNotes } from './session-notes.ts';

/** What a process or a machine can run out of: files, memory, buffers, ports. */
const shortages: ReadonlySet<string> = new Set([
  'EADDRINUSE',
  'EAGAIN',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
]);

/**
 * Whether an error on the way to `address` means that this machine ran out of something. Then no host is to blame, and
 * no mail may be returned for it. What local rules forbid (EACCES, EPERM), and a missing route (ENETUNREACH), are not
 * such errors: they persist, and the sender must hear of them in the end.
 */
export function isShortage(
  { code = '' }: NodeJS.ErrnoException,
  address: string,
  interfaces = networkInterfaces,
): boolean {
  // All local ports are in use. Without any address of the family, though, this code only means that there is no route.
  return code === 'EADDRNOTAVAIL' ? hasAddressToward(address, interfaces()) : shortages.has(code);
}

function hasAddressToward(remote: string, interfaces: ReturnType<typeof networkInterfaces>): boolean {
  const family = isIPv6(remote) ? 'IPv6' : 'IPv4';
  const near = isLoopbackAddress(remote);
  return Object.values(interfaces)
    .flatMap((infos) => infos ?? [])
    .some((info) => info.family === family && info.internal === near && !/^fe80:/i.test(info.address));
}

interface Told {
  readonly log: Log;
  readonly notes?: Pick<SessionNotes, 'trouble'>;
}

/** As `wireTrouble`, with a log line for the operator if the trouble is that of this machine. */
export function toldTrouble({ log, notes }: Told, stage: Stage, trouble: WireTrouble, peer: Peer): Trouble {
  const status = wireTrouble(stage, trouble, peer);
  notes?.trouble(status.reason);
  if (trouble.kind === 'lost' && trouble.shortage !== undefined) log(shortageOf(peer, status.reason));
  return status;
}
