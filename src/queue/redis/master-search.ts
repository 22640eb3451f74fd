import { Socket, createConnection } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AbstractConnector, Redis, type RedisOptions } from 'ioredis';
import type { SentinelAddress, SentinelPlace } from '../../core/sentinel-url.ts';
import { newestMaster, type KnownMaster, type Word } from './newest-master.ts';
import { QueueError } from './queue-error.ts';
import { redisWords } from './redis-words.ts';

/** A master that Sentinels know. All connections of a queue search together, and none believes an older word than another. */
export interface MasterSearch {
  readonly address: SentinelAddress;
  /** Asks now, together with whoever asks at the same time. Rejects with QueueError. */
  find(): Promise<KnownMaster>;
}

const PATIENCE_MS = 1_000;
/** From FIN to the end of a connection whose peer says nothing more: a master that was replaced may have been stopped. */
const DISCONNECT_MS = 100;

export function searchMaster(address: SentinelAddress): MasterSearch {
  let known: KnownMaster | undefined;
  let asking: Promise<KnownMaster> | undefined;

  async function ask(): Promise<KnownMaster> {
    const found = newestMaster(await wordsOfMost(address), address, known);
    if ('trouble' in found) {
      const { trouble, isForGood } = found;
      throw new QueueError('QUEUE_UNAVAILABLE', trouble, isForGood ? { cause: new Error(trouble) } : {});
    }
    known = found;
    return found;
  }

  return { address, find: () => (asking ??= ask().finally(() => (asking = undefined))) };
}

/** Resolves once more than half of the Sentinels have said something, or none is left to wait for. */
async function wordsOfMost(address: SentinelAddress): Promise<readonly Word[]> {
  const { sentinels } = address;
  const words: Word[] = [];
  await new Promise<void>((resolve) => {
    let left = sentinels.length;
    for (const place of sentinels) {
      void wordOf(place, address).then((word) => {
        words.push(word);
        left -= 1;
        const answered = words.filter(({ kind }) => kind === 'master').length;
        if (left === 0 || answered > sentinels.length / 2) resolve();
      });
    }
  });
  return words;
}

/** What one Sentinel says. The connection is for this question only. */
async function wordOf(place: SentinelPlace, address: SentinelAddress): Promise<Word> {
  const { user, password } = address.sentinelLogin;
  const sentinel = new Redis({
    ...place,
    ...(password === '' ? {} : { username: user || 'default', password }),
    ...(address.sentinelTls ? { tls: {} } : {}),
    lazyConnect: true,
    replyMapping: 'legacy',
    enableReadyCheck: false,
    enableOfflineQueue: false,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: PATIENCE_MS,
    commandTimeout: PATIENCE_MS,
  });
  let reason: unknown;
  sentinel.on('error', (error: Error) => (reason = error));
  try {
    await sentinel.connect();
    // During a failover the first is already the new one, and the second has its epoch.
    const [where, facts] = await Promise.all([
      sentinel.call('SENTINEL', 'get-master-addr-by-name', address.name),
      sentinel.call('SENTINEL', 'master', address.name),
    ]);
    return masterIn(place, where, facts);
  } catch (error) {
    const why = reason ?? error;
    const isUnknown = why instanceof Error && /No such master/i.test(why.message);
    return { kind: isUnknown ? 'stranger' : 'silent', place, why: redisWords(why) };
  } finally {
    sentinel.disconnect();
  }
}

function masterIn(place: SentinelPlace, where: unknown, facts: unknown): Word {
  if (!Array.isArray(where) || !Array.isArray(facts)) return { kind: 'stranger', place, why: '' };
  const [host, port] = where.map(String);
  const epoch = Number(facts[facts.indexOf('config-epoch') + 1]);
  const isWhole = host !== undefined && Number(port) > 0 && Number.isSafeInteger(epoch);
  if (!isWhole) return { kind: 'silent', place, why: 'its answer is none of a Sentinel' };
  return { kind: 'master', place, master: { host, port: Number(port), epoch } };
}

/** The options with which a connection leads to the master, wherever that is when it connects. */
export function toMaster(search: MasterSearch): RedisOptions {
  const { login, database, tls } = search.address;
  class MasterConnector extends AbstractConnector {
    constructor() {
      super(DISCONNECT_MS);
    }

    override async connect(): Promise<Socket> {
      this.connecting = true;
      try {
        const { host, port } = await search.find();
        this.stream = tls ? connectTls({ host, port }) : createConnection({ host, port });
        this.stream.once('error', (error: Error) => (this.firstError = error));
        if (!this.connecting) this.stream.destroy();
      } catch (error) {
        // A connection that failed, so that it is tried again like any other.
        this.firstError = error instanceof Error ? error : new Error(String(error));
        this.stream = new Socket().destroy();
      }
      return this.stream;
    }

    /** @param info INFO of the one it has reached, which may have been replaced meanwhile */
    override check(info: { readonly role?: string }): boolean {
      return info.role === undefined || info.role === 'master';
    }
  }
  const { user, password } = login;
  return {
    Connector: MasterConnector,
    db: database,
    ...(password === '' ? {} : { username: user || 'default', password }),
    ...(tls ? { tls: {} } : {}),
  };
}
