import type { Lease } from '../core/delivery/lease.ts';
import type { Claim } from '../core/delivery/claim.ts';
import type { Log } from '../core/log/log-event.ts';
import { movedTo } from './log-lines.ts';

/** Where claims come from, and how recipients get from there to another next hop. */
export type Movable = Pick<Lease, 'destination' | 'take' | 'move'>;

/**
 * The same lease, with every recipient's next hop looked up anew before each attempt, as Postfix does: an operator who
 * corrects an entry of the transport table sees the mail that waits follow it. What goes elsewhere now is handed over.
 */
export function rerouting<S extends Movable>(lease: S, nextHopOf: (mailbox: string) => string, log: Log): S {
  async function stay(mail: Claim): Promise<Claim | undefined> {
    // Who may have the message already, and what the operator said about that, is known of this next hop.
    if (mail.inDoubt.length > 0 || (mail.relayed ?? []).length > 0) return mail;
    const elsewhere = new Map<string, number[]>();
    for (const { index, recipient } of mail.waiting) {
      const nextHop = nextHopOf(recipient.address);
      if (nextHop === lease.destination) continue;
      const indexes = elsewhere.get(nextHop);
      if (indexes === undefined) elsewhere.set(nextHop, [index]);
      else indexes.push(index);
    }
    if (elsewhere.size === 0) return mail;
    const { moved, stays } = await lease.move(mail, elsewhere);
    if (moved) tell(mail, elsewhere);
    return stays;
  }

  function tell({ message: { queueId } }: Claim, elsewhere: ReadonlyMap<string, readonly number[]>): void {
    for (const [to, { length: recipients }] of elsewhere) {
      log(movedTo({ queueId, from: lease.destination, to, recipients }));
    }
  }

  return {
    ...lease,
    async take(count, bare) {
      const staying: Claim[] = [];
      // Fewer than were asked for would mean that there is no more.
      while (staying.length < count) {
        const asked = count - staying.length;
        const taken = await lease.take(asked, bare);
        if (taken === 'lost') return staying.length > 0 ? staying : 'lost';
        for (const mail of await Promise.all(taken.map(stay))) if (mail !== undefined) staying.push(mail);
        if (taken.length < asked) break;
      }
      return staying;
    },
  };
}
