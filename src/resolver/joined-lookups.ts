import type { Answer, Lookup } from '../core/dns/answer.ts';
import { parseOwnerName } from '../core/dns/name.ts';
import type { RecordOf, RecordType } from '../core/dns/record.ts';

/** A `Lookup` that always receives a signal. */
export type AbortableLookup = <T extends RecordType>(
  name: string,
  type: T,
  signal: AbortSignal,
) => Promise<Answer<RecordOf[T]>>;

export interface JoinedLookups {
  readonly lookup: Lookup;
  /** Aborts every lookup in flight. */
  abort(reason: Error): void;
}

/** Equal for every spelling of the same question. */
export function lookupKey(name: string, type: RecordType): string {
  return `${type} ${parseOwnerName(name) ?? name}`;
}

interface Flight {
  readonly answer: Promise<Answer<RecordOf[RecordType]>>;
  readonly stop: AbortController;
  waiting: number;
}

/**
 * Joins simultaneous lookups of the same name and type into one. It is aborted when no caller waits for it any more. A
 * caller that aborts does not disturb the others.
 */
export function joinLookups(lookup: AbortableLookup): JoinedLookups {
  const flights = new Map<string, Flight>();

  function board(key: string, name: string, type: RecordType): Flight {
    const existing = flights.get(key);
    if (existing !== undefined) return existing;
    const stop = new AbortController();
    const flight: Flight = { answer: lookup(name, type, stop.signal), stop, waiting: 0 };
    flights.set(key, flight);
    const land = (): void => forget(key, flight);
    flight.answer.then(land, land);
    return flight;
  }

  function forget(key: string, flight: Flight): void {
    if (flights.get(key) === flight) flights.delete(key);
  }

  function wait(key: string, flight: Flight, signal: AbortSignal | undefined): Flight['answer'] {
    flight.waiting += 1;
    if (signal === undefined) return flight.answer;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        reject(signal.reason as Error);
        flight.waiting -= 1;
        if (flight.waiting > 0) return;
        forget(key, flight);
        flight.stop.abort(signal.reason);
      };
      const arrive = (): void => signal.removeEventListener('abort', leave);
      signal.addEventListener('abort', leave, { once: true });
      flight.answer.then(resolve, reject).then(arrive, arrive);
    });
  }

  return {
    lookup: async <T extends RecordType>(name: string, type: T, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      const key = lookupKey(name, type);
      return (await wait(key, board(key, name, type), signal)) as Answer<RecordOf[T]>;
    },
    abort: (reason) => {
      for (const flight of flights.values()) flight.stop.abort(reason);
    },
  };
}
