import { randomUUID } from 'node:crypto';
import type { Lease } from '../../core/delivery/lease.ts';
import type { DotIntent } from '../../core/smtp/transaction.ts';
import type { Log } from '../../core/log/log-event.ts';
import type { Alarms } from '../alarms/alarms.ts';
import type { ContentShelf } from '../store/content-shelf.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { retryWhileRefused } from '../redis/retry-while-refused.ts';
import { claimsInterrupted } from '../log/log-lines.ts';
import { progressAfter, withoutMoved, type ClaimPorts, type TakenClaim } from './claim.ts';
import type { openIntentLog } from './intent-log.ts';
import { LEASE_MS, type LeaseTerm, type LeaseTerms } from './lease-term.ts';
import { moveRecipients } from './move.ts';
import { createNewMail } from './new-mail.ts';
import { LONG_RECORD_BYTES, type RecordShelf } from './record-shelf.ts';
import { settledBy } from './settled.ts';
import { siteOf } from './site.ts';
import { claimsOf } from './taken-claims.ts';
import { waitingElsewhere } from './waiting-elsewhere.ts';

/** Octets of small content that travel with a batch of claims. The rest is read piece by piece while it is sent. */
const INLINE_BYTES = 1024 * 1024;

export interface LeasePorts {
  readonly store: QueueStore;
  readonly alarms: Pick<Alarms, 'wake'>;
  readonly now: () => number;
  readonly log: Log;
  readonly crowded: () => boolean;
  readonly recordIntent: ReturnType<typeof openIntentLog>;
  readonly terms: LeaseTerms;
  readonly records: RecordShelf;
  readonly contents: ContentShelf;
  /** How often the connection was made. If the number has changed, answers may have been lost. */
  readonly connections: () => number;
}

export interface OwnedLease extends Lease<TakenClaim> {
  readonly token: string;
  /** IDs of claims that were handed out, and neither settled nor given back. */
  unsettled(): readonly string[];
  /** Notes that there is new mail. */
  notify(): void;
  /** It is not renewed from `pause` to `resume`. Nothing that was claimed before is being delivered by then. */
  pause(): void;
  resume(): void;
  /** Ends the renewal. */
  end(): void;
}

/** Resolves to undefined if another run has the destination. */
export async function beginLease(
  destination: string,
  job: string,
  ports: LeasePorts,
): Promise<OwnedLease | undefined> {
  const { store, now, log, connections } = ports;
  const connection = connections();
  const asked = performance.now();
  const begun = await store.begin({ destination, uuid: randomUUID(), leaseMs: LEASE_MS, now: now(), job });
  if (begun === undefined) return undefined;
  const { token, orphans } = begun;
  if (orphans > 0) log(claimsInterrupted(destination, orphans));
  const term = ports.terms.start({ destination, token }, asked);
  return leaseOf({ destination, token }, { ...ports, term, connection });
}

interface Owner {
  readonly destination: string;
  readonly token: string;
}

interface OwnerPorts extends LeasePorts {
  readonly term: LeaseTerm;
  /** The connection over which the lease was begun. */
  readonly connection: number;
}

function leaseOf(owner: Owner, ports: OwnerPorts): OwnedLease {
  const { destination, token } = owner;
  const { store, alarms, now, crowded, term, connections, contents } = ports;
  const unsettled = new Set<string>();
  const mail = createNewMail();
  const claiming = claimPortsOf(owner, ports);
  let { connection } = ports;

  /** If its answer was lost with a connection, this process does not know of a claim. */
  async function regainLost(): Promise<void> {
    if (connection === connections()) return;
    connection = connections();
    await store.regain({ ...owner, now: now(), queueIds: [...unsettled] });
  }

  return {
    destination,
    token,
    crowded,
    site: siteOf(destination, token, ports),
    async take(count, bare = false) {
      mail.seen();
      await regainLost();
      const taken = await store.take({
        ...owner,
        now: now(),
        count,
        inlineBytes: bare ? -1 : INLINE_BYTES,
        shelvedSince: contents.oldest(destination),
        longestRecordBytes: LONG_RECORD_BYTES,
      });
      if (taken === 'lost') return 'lost';
      // A replica that took over may lack our last claims, and an operator may hold a message and release it: then the store
      // hands out once more what is being delivered, to the same run, whose claims are all alike. Only one of them may go on.
      const fresh = taken.filter(({ queueId }) => !unsettled.has(queueId));
      for (const { queueId } of fresh) unsettled.add(queueId);
      return claimsOf(fresh, destination, { ...ports, ...claiming });
    },
    async settle(claim, outcome) {
      const { queueId } = claim.message;
      contents.done(queueId, destination);
      const { reports = [], history } = outcome;
      const progress = progressAfter(claim, outcome);
      const settlement = { ...owner, queueId, now: now(), progress, reports, history };
      // The outcome is a fact outside: if it is not stored, the mail is sent twice.
      const before = connections();
      const answer = await retryWhileRefused(() => store.settle(settlement), store);
      unsettled.delete(queueId);
      if (answer.isOurs) void alarms.wake(answer.wakeups);
      return settledBy(answer, { sentAgain: connections() !== before, hasReports: reports.length > 0 });
    },
    async move(claim, elsewhere) {
      const { moved, stays } = await moveRecipients(claim.stored, elsewhere, { store, alarms, now, token });
      if (stays === undefined) {
        unsettled.delete(claim.message.queueId);
        return { moved };
      }
      const gone = new Set([...elsewhere.values()].flat());
      return { moved, stays: withoutMoved(claim, gone, stays, claiming) };
    },
    unsettled: () => [...unsettled],
    async warn({ message, routing }) {
      // When the sender was warned. The fraction distinguishes this request from others of the same moment.
      const mark = now() + Math.random();
      if (!(await store.warn({ queueId: message.queueId, mark }))) return undefined;
      return waitingElsewhere(message, routing, destination, store);
    },
    async release(claims) {
      if (claims.length === 0) return;
      const queueIds = claims.map(({ message }) => message.queueId);
      await store.release({ ...owner, now: now(), queueIds });
      for (const id of queueIds) unsettled.delete(id);
    },
    newMail: (ms) => mail.wait(ms),
    notify: () => mail.notify(),
    pause: () => term.pause(),
    resume() {
      unsettled.clear();
      term.resume();
    },
    end() {
      term.pause();
      mail.end();
    },
  };
}

/** The way from the claims of a lease to the store. */
function claimPortsOf(owner: Owner, { store, recordIntent, term }: OwnerPorts): ClaimPorts {
  return {
    note(queueId, progress, dot) {
      // Without this, more than necessary would be in doubt if a process were killed now.
      void store.hear({ ...owner, queueId, progress, dot }).catch(() => {});
    },
    intent(queueId, recipients): DotIntent {
      return {
        async record() {
          const asked = performance.now();
          const answer = await recordIntent({ ...owner, queueId, recipients });
          if (answer === 'refused') return false;
          if (answer === 'renewed') term.runsFrom(asked);
          // A slow answer from Redis is no reason to give up what no other run has taken.
          if (!term.isGood()) await term.renew();
          return true;
        },
        holds: () => term.isGood(),
      };
    },
  };
}
