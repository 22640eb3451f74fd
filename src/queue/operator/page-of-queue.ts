import type { QueueFilter } from '../../core/delivery/queue-filter.ts';
import { listPlaces, type ListPorts } from './inspect.ts';
import type { QueuedDelivery } from './queued-delivery.ts';
import type { Place } from './walk.ts';

export interface PageWishes {
  readonly filter: QueueFilter;
  /** Where the page before ended. */
  readonly cursor?: string;
  /** So many deliveries are enough. */
  readonly count: number;
}

export interface QueuePage {
  readonly deliveries: readonly QueuedDelivery[];
  /** Where the next page begins; absent behind the last one. */
  readonly next?: string;
}

/** So many entries are looked at for a page: it may be short, or empty, and yet not be the last one. */
const MOST_LOOKS = 5_000;

/** One page of what waits and is meant. Throws BadCursor. */
export async function pageOfQueue(
  ports: ListPorts,
  { filter, cursor, count }: PageWishes,
): Promise<QueuePage> {
  const after = cursor === undefined ? {} : { after: placeOf(cursor) };
  const found: QueuedDelivery[] = [];
  let looks = 0;
  for await (const { place, deliveries } of listPlaces(ports, { filter, ...after })) {
    found.push(...deliveries);
    looks += 1;
    if (found.length >= count || looks >= MOST_LOOKS) return { deliveries: found, next: cursorOf(place) };
  }
  return { deliveries: found };
}

/** It is none that a page ended with. */
export class BadCursor extends Error {
  override readonly name = 'BadCursor';
}

function cursorOf({ destination, score, queueId }: Place): string {
  return Buffer.from(JSON.stringify([destination, score, queueId])).toString('base64url');
}

function placeOf(cursor: string): Place {
  const [destination, score, queueId] = partsOf(cursor);
  if (typeof destination !== 'string' || typeof score !== 'string' || typeof queueId !== 'string')
    throw new BadCursor('no page ended there');
  if (score === '' || !Number.isFinite(Number(score))) throw new BadCursor('no page ended there');
  return { destination, score, queueId };
}

function partsOf(cursor: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parts) ? (parts as readonly unknown[]) : [];
  } catch {
    return [];
  }
}
