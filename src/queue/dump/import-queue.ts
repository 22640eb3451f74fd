import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { INLINE_BYTES } from '../intake/accept.ts';
import { DumpError, type DumpedMessage, type DumpLine } from './dump.ts';
import { asQueueError } from '../redis/queue-error.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { openUnfinished, type Unfinished } from '../intake/unfinished.ts';

/** Number of messages that are put in place at the same time. */
const ADOPTIONS = 32;
/** Octets of content that are written at a time. */
const BATCH_BYTES = 256 * 1024;

export interface ImportPorts {
  readonly redis: Redis;
  readonly base: string;
  readonly store: Pick<QueueStore, 'adopt' | 'discard' | 'keep' | 'listIncoming'>;
  readonly now: () => number;
}

export interface Imported {
  readonly imported: number;
  /** Messages that an earlier import of the same dump has put in place, or that were never removed. */
  readonly known: number;
}

/**
 * Puts the messages of a dump in place: each of them whole or not at all, and none twice, however often the dump is
 * imported. A relay that runs on this queue delivers them. Throws DumpError or QueueError. Messages that were in place
 * by then stay, and another import of the dump brings the rest.
 */
export async function importQueue(lines: AsyncIterable<DumpLine>, ports: ImportPorts): Promise<Imported> {
  const counts = { imported: 0, known: 0 };
  const unfinished = openUnfinished(ports);
  let dump: string | undefined;
  let arriving: Arrival | undefined;
  let ended = false;

  const adoptions = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;

  async function adopt(arrival: Arrival, name: string): Promise<void> {
    try {
      counts[(await arrival.adopt(name)) ? 'imported' : 'known'] += 1;
    } catch (error) {
      failure ??= { error };
      await arrival.discard(true);
    }
  }

  /** Several at a time: Redis waits for the disk once for all of them. */
  async function adoptIfWhole(): Promise<void> {
    if (arriving === undefined || dump === undefined || !arriving.isWhole()) return;
    const adoption = adopt(arriving, dump).finally(() => adoptions.delete(adoption));
    adoptions.add(adoption);
    arriving = undefined;
    if (adoptions.size >= ADOPTIONS) await Promise.race(adoptions);
    if (failure !== undefined) throw failure.error;
  }

  try {
    for await (const line of lines) {
      if (ended) throw new DumpError('the dump goes on behind its end');
      if ((dump === undefined) !== (line.kind === 'start')) throw new DumpError('this is no dump of a queue');
      if (line.kind === 'content' ? arriving === undefined : line.kind !== 'gone' && arriving !== undefined) {
        throw new DumpError(
          `the content of ${arriving?.queueId ?? 'a message'} is not as long as it should be`,
        );
      }
      switch (line.kind) {
        case 'start':
          dump = line.dump;
          break;
        case 'message':
          arriving = new Arrival(line.message, ports, unfinished);
          await adoptIfWhole();
          break;
        case 'content':
          await arriving?.add(line.bytes);
          await adoptIfWhole();
          break;
        case 'gone':
          await arriving?.discard(false);
          arriving = undefined;
          break;
        case 'end':
          ended = true;
          break;
      }
    }
    await Promise.all(adoptions);
    if (failure !== undefined) throw failure.error;
    if (!ended) throw new DumpError('the dump ends too early: something cut it off');
    return counts;
  } catch (error) {
    await Promise.all(adoptions);
    await arriving?.discard(!(error instanceof DumpError));
    throw error instanceof DumpError ? said(error, counts) : asQueueError(error);
  } finally {
    unfinished.stop();
  }
}

function said(error: DumpError, { imported, known }: Imported): DumpError {
  return new DumpError(
    `${error.message}; ${imported + known} messages before that are in the queue, and an import of the whole dump adds the rest`,
  );
}

/**
 * A message that is being imported. It is invisible until it is adopted. The sweeper removes what a crash leaves of it.
 */
class Arrival {
  readonly queueId: string;
  readonly #message: DumpedMessage;
  readonly #ports: ImportPorts;
  readonly #unfinished: Unfinished;
  readonly #sizeBytes: number;
  /** Name of its content until it is adopted. */
  readonly #temporary = `import-${randomUUID()}`;
  #batch: Buffer[] = [];
  #batchBytes = 0;
  #bytes = 0;
  #pieces = 0;

  constructor(message: DumpedMessage, ports: ImportPorts, unfinished: Unfinished) {
    this.queueId = message.queueId;
    this.#message = message;
    this.#ports = ports;
    this.#unfinished = unfinished;
    this.#sizeBytes = Number(message.fields['size']);
    if (!Number.isSafeInteger(this.#sizeBytes)) throw new DumpError(`message ${message.queueId} has no size`);
  }

  isWhole(): boolean {
    return this.#bytes === this.#sizeBytes;
  }

  async add(bytes: Buffer): Promise<void> {
    this.#batch.push(bytes);
    this.#batchBytes += bytes.length;
    this.#bytes += bytes.length;
    if (this.#bytes > this.#sizeBytes) throw new DumpError(`message ${this.queueId} has too much content`);
    if (this.#batchBytes >= BATCH_BYTES) await this.#write();
  }

  /** False if it was there before. */
  async adopt(dump: string): Promise<boolean> {
    const small = this.#pieces === 0 && this.#batchBytes <= INLINE_BYTES;
    const body = small ? Buffer.concat(this.#batch) : Buffer.alloc(0);
    if (!small) await this.#write();
    const temporary = this.#temporary;
    const isAdopted = await this.#ports.store.adopt({
      ...this.#message,
      temporary,
      dump,
      pieces: this.#pieces,
      body,
    });
    this.#unfinished.leave(temporary);
    return isAdopted;
  }

  /** @param mayCome Redis did not answer for all of it; what it has adopted in the meantime has another name */
  async discard(mayCome: boolean): Promise<void> {
    if (this.#pieces > 0) await this.#unfinished.discard(this.#temporary, mayCome);
  }

  async #write(): Promise<void> {
    if (this.#batch.length === 0) return;
    const { redis, base, store } = this.#ports;
    if (this.#pieces === 0) await this.#unfinished.list(store, this.#temporary);
    this.#pieces += this.#batch.length;
    await redis.rpush(`${base}b:${this.#temporary}`, ...this.#batch);
    this.#batch = [];
    this.#batchBytes = 0;
  }
}
