import type { Config } from '../config/config.ts';
import { destinationOf } from '../core/route/destination.ts';

/** The next hop of a mailbox as this relay is configured: one relayhost for all mail, or what follows the @. */
export function nextHopIn({ delivery: { relayhost } }: Config): (mailbox: string) => string {
  return relayhost === undefined ? (mailbox) => destinationOf(mailbox).nextHop : () => relayhost.nextHop;
}
