import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Log } from '../core/outcome/log-event.ts';
import { ringsOf, type Alarms } from './alarms.ts';
import { claimOf, progressAfter, withoutMoved, type Claim, type Leave, type Verdict } from './claim.ts';
import { insist } from './insist.ts';
import type { openLeaveBook } from './leave-book.ts';
import { moveRecipients } from './move.ts';
import { noAnswer, QueueError } from './queue-error.ts';
import { decodeRecord, encodeProgress, encodeRecord, type Progress } from './record.ts';
import { LONG_RECORD_BYTES, type RecordShelf } from './record-shelf.ts';
import { list, runInTurn, runScript, text, type Raw } from './redis.ts';
import { settledBy, type Settled } from './settled.ts';
import { siteOf, type Site } from './site.ts';
import { readContent } from './stored-content.ts';
import { waitingElsewhere, type WaitingElsewhere } from './waiting-elsewhere.ts';

/** So much small content travels with a batch of claims; the rest is read piece by piece while it is sent. */
const INLINE_BYTES = 1024 * 1024;
/** A run that is not heard of for so long has lost its destination to whoever wants it. */
export const LEASE_MS = 6_000;
const RENEW_MS = 2_000;

/** The right to serve a destination: one run in one process has it at a time. */
export interface Lease {
  readonly destination: string;
  readonly site: Site;
  /**
   * Claims up to `count` due messages; empty when there are none, `lost` when another process took over. With `bare` no
   * content comes with them: it is read when it is asked for.
   */
  take(count: number, bare?: boolean): Promise<readonly Claim[] | 'lost'>;
  /** Writes the outcome down, durably. */
  settle(claim: Claim, verdict: Verdict): Promise<Settled>;
  /**
   * Asks to be the one to tell the sender that the message is late: undefined when somebody did so before, else those
   * of its recipients that wait at its other destinations after an attempt failed.
   */
  warn(claim: Claim): Promise<readonly WaitingElsewhere[] | undefined>;
  /**
   * Hands recipients (by their index) over to other destinations, durably. Resolves to what is left of the claim, if
   * anything; not moved: it must be looked at again a little later.
   */
  move(
    claim: Claim,
    elsewhere: ReadonlyMap<string, readonly number[]>,
  ): Promise<{ readonly moved: boolean; readonly stays?: Claim }>;
  /** Gives claims back untouched, due at once. */
  release(claims: readonly Claim[]): Promise<void>;
  /** Resolves to true as soon as new mail may have come since the last `take`, false after `ms`. */
  newMail(ms: number): Promise<boolean>;
  /** As many destinations are served as may be at a time: others may be waiting. */
  crowded(): boolean;
}

export interface LeasePorts {
  readonly redis: Redis;
  readonly base: string;
  readonly alarms: Alarms;
  readonly now: () => number;
  readonly log: Log;
  readonly crowded: () => boolean;
  readonly askLeave: ReturnType<typeof openLeaveBook>;
  readonly records: RecordShelf;
  /** How often the connection was made: another number than before means that answers may have been lost. */
  readonly connections: () => number;
}

export interface OwnedLease extends Lease {
  readonly token: string;
  /** Ids of claims that were handed out and neither settled nor given back. */
  unsettled(): readonly string[];
  /** Somebody said that there is mail. */
  poke(): void;
  /** Ends the renewal. */
  end(): void;
}

/** Resolves to undefined when another run owns the destination. */
export async function beginLease(
  destination: string,
  job: string,
  ports: LeasePorts,
): Promise<OwnedLease | undefined> {
  const { redis, base, alarms, now, log, crowded, askLeave, records, connections } = ports;
  let connection = connections();
  let leaseEnds = performance.now() + LEASE_MS;
  const begun = await runScript(redis, 'begin', [base, destination, randomUUID(), LEASE_MS, now(), job]);
  if (begun === -1) return undefined;
  const token = text(list(begun)[0]);
  const orphans = list(begun)[1];
  const unsettled = new Set<string>();
  if (typeof orphans === 'number' && orphans > 0) {
    log({
      component: 'qmgr',
      severity: 'warning',
      event: 'claims interrupted',
      text: `${orphans} deliveries to ${destination} were interrupted and start again`,
    });
  }
  let renewing = false;
  async function renew(): Promise<void> {
    // The lease is counted from before the command: it never runs longer here than in Redis.
    const asked = performance.now();
    const answer = await runScript(redis, 'renew', [base, destination, token, LEASE_MS]);
    if (answer === 1) leaseEnds = asked + LEASE_MS;
  }
  const renewal = setInterval(() => {
    // While Redis is away one waits for it, not one every two seconds.
    if (renewing) return;
    renewing = true;
    void renew()
      .catch(() => {})
      .finally(() => (renewing = false));
  }, RENEW_MS);
  let poked = false;
  let wake: (() => void) | undefined;
  let waiting: Promise<void> | undefined;

  return {
    destination,
    token,
    crowded,
    site: siteOf(destination, token, ports),
    async take(count, bare = false) {
      poked = false; // Whatever was announced until now is seen by this.
      if (connection !== connections()) {
        connection = connections();
        await runScript(redis, 'regain', [base, destination, token, now(), ...unsettled]);
      }
      const raw = await runScript(redis, 'take', [
        base,
        destination,
        token,
        now(),
        count,
        bare ? -1 : INLINE_BYTES,
        LONG_RECORD_BYTES,
      ]);
      if (raw === -1) return 'lost';
      const taken = list(raw).map(list);
      for (const [id] of taken) unsettled.add(text(id));
      const claims: Claim[] = [];
      for (const entry of taken) claims.push(...(await claimsOf(entry)));
      return claims;
    },
    async settle(claim, verdict) {
      const { reports = [] } = verdict;
      const { queueId } = claim.message;
      const progress = progressAfter(claim, verdict);
      const args = [
        base,
        destination,
        token,
        queueId,
        now(),
        progress?.nextAt ?? 0,
        progress === undefined ? '' : encodeProgress(progress),
        ...reports.flatMap(({ message, content, destination: to }) => [
          message.queueId,
          encodeRecord({ message, routing: new Map([[to, [0]]]) }),
          content,
          to,
        ]),
      ];
      // It has happened out there: a verdict that is not kept is a mail that is sent twice.
      const before = connections();
      const raw = await insist(async () => {
        const answer = await runScript(redis, 'settle', args);
        if (list(answer).length === 0) throw noAnswer();
        return answer;
      }, redis);
      unsettled.delete(queueId);
      void alarms.ring(ringsOf(list(raw)[1]));
      return settledBy(raw, { sentAgain: connections() !== before, hasReports: reports.length > 0 });
    },
    async move(claim, elsewhere) {
      const { moved, stays } = await moveRecipients(claim.stored, elsewhere, {
        redis,
        base,
        alarms,
        now,
        token,
      });
      if (stays === undefined) {
        unsettled.delete(claim.message.queueId);
        return { moved };
      }
      const gone = new Set([...elsewhere.values()].flat());
      return { moved, stays: withoutMoved(claim, gone, stays, { leave: leaveOf, note }) };
    },
    unsettled: () => [...unsettled],
    async warn({ message, routing }) {
      // When it was told; the fraction tells this asking from any other of the same moment.
      const mark = now() + Math.random();
      if ((await runScript(redis, 'warn', [base, message.queueId, mark])) !== 1) return undefined;
      return waitingElsewhere(message, routing, destination, ports);
    },
    async release(claims) {
      if (claims.length === 0) return;
      const ids = claims.map(({ message }) => message.queueId);
      await runScript(redis, 'release', [base, destination, token, now(), ...ids]);
      for (const id of ids) unsettled.delete(id);
    },
    async newMail(ms) {
      if (poked) return true;
      // One timer for all who ask: a caller that stopped waiting leaves nothing behind.
      waiting ??= new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }).finally(() => {
        waiting = undefined;
        wake = undefined;
      });
      await waiting;
      return poked;
    },
    poke() {
      poked = true;
      wake?.();
    },
    end() {
      clearInterval(renewal);
      wake?.();
    },
  };

  /** One, or none when its message is gone or cannot be read. */
  async function claimsOf([id, stored, progress, whole, body, dot]: readonly Raw[]): Promise<
    readonly Claim[]
  > {
    const queueId = text(id);
    const inline = whole === 1 && Buffer.isBuffer(body) ? body : undefined;
    const content = () => (inline === undefined ? readContent(redis, base, queueId) : [inline]);
    try {
      const record = text(stored) === '' ? await records.record(queueId) : decodeRecord(text(stored));
      if (record === undefined) return [];
      const taken = { destination, record, progress: text(progress), dot: text(dot) };
      return [claimOf(taken, content, { leave: leaveOf, note })];
    } catch (error) {
      if (error instanceof QueueError) throw error;
      // Claimed and left so until the next start: neither lost nor bounced, and the operator is told.
      log({
        component: 'qmgr',
        severity: 'error',
        event: 'record unreadable',
        text: `${queueId}: cannot read the queue record: ${String(error)}`,
        fields: { queueId },
      });
      return [];
    }
  }

  function isGood(): boolean {
    return performance.now() < leaseEnds;
  }

  function note(queueId: string, progress: Progress, dot: string): void {
    const args = [base, destination, token, queueId, encodeProgress(progress), dot];
    // Without it more is in doubt than need be, should somebody be killed now.
    // The next final dot is written down behind it: it must not strike that out.
    void runInTurn(redis, 'hear', args).catch(() => {});
  }

  function leaveOf(queueId: string, recipients: string): Leave {
    return {
      async ask() {
        const asked = performance.now();
        const answer = await askLeave({ destination, token, queueId, recipients });
        if (answer === 'refused') return false;
        if (answer === 'renewed') leaseEnds = asked + LEASE_MS;
        // A Redis that was slow to answer is no reason to give up what nobody else has taken.
        if (!isGood()) await renew();
        return true;
      },
      good: isGood,
    };
  }
}
