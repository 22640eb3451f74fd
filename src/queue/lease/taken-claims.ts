import type { Log } from '../../core/log/log-event.ts';
import { QueueError } from '../redis/queue-error.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { decodeRecord } from '../forms/record.ts';
import type { Taken } from '../scripts/take.ts';
import { recordUnreadable } from '../log/log-lines.ts';
import type { ContentShelf } from '../store/content-shelf.ts';
import { claimOf, type TakenClaim, type ClaimPorts } from './claim.ts';
import type { RecordShelf } from './record-shelf.ts';

export interface TakenPorts extends ClaimPorts {
  readonly store: Pick<QueueStore, 'content'>;
  readonly records: RecordShelf;
  readonly contents: Pick<ContentShelf, 'content' | 'missed'>;
  readonly log: Log;
}

/** The claims among what `take` returned, without those whose message is gone or unreadable. Throws QueueError. */
export async function claimsOf(
  taken: readonly Taken[],
  destination: string,
  ports: TakenPorts,
): Promise<readonly TakenClaim[]> {
  const claims: TakenClaim[] = [];
  for (const one of taken) {
    const claim = await claimOfTaken(one, destination, ports);
    if (claim !== undefined) claims.push(claim);
  }
  return claims;
}

async function claimOfTaken(
  { queueId, record: text, progress, body, shelved, dot, isExpired }: Taken,
  destination: string,
  ports: TakenPorts,
): Promise<TakenClaim | undefined> {
  const { store, records, contents, log } = ports;
  const here = body === undefined ? contents.content(queueId) : [body];
  if (shelved && here === undefined) contents.missed(destination);
  const content = () => here ?? store.content(queueId);
  try {
    const record = text === undefined ? await records.record(queueId) : decodeRecord(text);
    if (record === undefined) return undefined;
    return claimOf({ destination, record, progress, dot, isExpired }, content, ports);
  } catch (error) {
    if (error instanceof QueueError) throw error;
    // It stays claimed until the next start, neither lost nor bounced, and the log says so.
    log(recordUnreadable(queueId, error));
    return undefined;
  }
}
