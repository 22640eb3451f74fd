import type { Redis } from 'ioredis';
import type { Message } from '../core/mail/message.ts';
import type { Log } from '../core/outcome/log-event.ts';
import { accept, type Incoming } from './accept.ts';
import { openAlarms, type Alarms } from './alarms.ts';
import { flushQueue, listQueue, type QueuedDelivery } from './inspect.ts';
import { deleteMessage, releaseMessage, type Released } from './intervene.ts';
import { keyBase, wakeChannel } from './keys.ts';
import { openLeaveBook } from './leave-book.ts';
import { LEASE_MS } from './lease.ts';
import { asQueueError, QueueError } from './queue-error.ts';
import { assertSafe, connectRedis, runScript, type RedisAddress } from './redis.ts';
import { serve, type Run, type Service } from './serve.ts';
import { sweep } from './sweeper.ts';

export interface QueueOptions {
  readonly address: RedisAddress;
  readonly prefix: string;
  /** Take a Redis that can lose mail; the operator said so. */
  readonly allowUnsafe: boolean;
  /** Nobody else uses this Redis: what is claimed at start was claimed by a dead predecessor. */
  readonly soleUser: boolean;
}

export interface QueuePorts {
  readonly now: () => number;
  readonly log: Log;
}

export interface Queue {
  /** Resolves when the message is on stable storage. Throws QueueError at once while Redis is away or unsafe. */
  accept(incoming: Incoming): Promise<Message>;
  /** Starts to deliver; call once. */
  serve(run: Run, concurrency: number): Promise<void>;
  list(): AsyncIterable<QueuedDelivery>;
  /** Makes everything deferred due now; the number of deliveries. */
  flush(): Promise<number>;
  /** Makes what is held of a message due now. */
  release(queueId: string): Promise<Released>;
  /** Forgets a message, whoever still waits for it; false when there is none of that id. */
  delete(queueId: string): Promise<boolean>;
  /** Undefined while all is well, else what is wrong with Redis. */
  trouble(): string | undefined;
  stopServing(): Promise<void>;
  close(): Promise<void>;
}

const SWEEP_MS = 60_000;

/**
 * Connects to Redis and checks that it keeps what it is given, at start and after every reconnect.
 * Throws QueueError when it cannot be reached or is not safe.
 */
export async function openQueue(options: QueueOptions, ports: QueuePorts): Promise<Queue> {
  const { address, prefix } = options;
  const { log, now } = ports;
  const base = keyBase(prefix);
  const intake = connectRedis(address, 'impatient', log);
  const commands = connectRedis(address, 'patient', log);
  let unsafe: string | undefined;
  let service: Service | undefined;
  let ears: Redis | undefined;
  let sweeping: NodeJS.Timeout | undefined;

  try {
    await intake.connect();
    if (!options.allowUnsafe) await assertSafe(intake);
    await commands.connect();
  } catch (error) {
    intake.disconnect();
    commands.disconnect();
    throw asQueueError(error);
  }
  if (!options.allowUnsafe) watchSafety(intake, log, (reason) => (unsafe = reason));
  const alarms = openAlarms(address, prefix, commands, log);
  const shared = {
    redis: commands,
    base,
    alarms,
    now,
    log,
    askLeave: openLeaveBook(commands, base, LEASE_MS),
  };
  if (options.soleUser) await forgetPredecessor(commands, base, alarms);

  return {
    async accept(incoming) {
      if (unsafe !== undefined) throw new QueueError('QUEUE_UNSAFE', unsafe);
      return accept(incoming, { redis: intake, base, alarms, now });
    },
    async serve(run, concurrency) {
      service = serve(run, concurrency, shared);
      ears = connectRedis(address, 'patient', log);
      ears.on('message', (_channel, destination: string) => service?.poke(destination));
      await ears.subscribe(wakeChannel(prefix));
      const sweepOnce = (): void => {
        sweep(shared).catch((error: unknown) =>
          log({
            component: 'qmgr',
            severity: 'warning',
            event: 'sweep failed',
            text: `queue sweep failed: ${String(error)}`,
          }),
        );
      };
      sweepOnce();
      sweeping = setInterval(sweepOnce, SWEEP_MS);
    },
    list: () => listQueue(commands, base),
    flush: () => flushQueue(commands, base, alarms, now()),
    release: (queueId) => releaseMessage(commands, base, alarms, now(), queueId),
    delete: (queueId) => deleteMessage(commands, base, queueId),
    trouble: () =>
      unsafe ?? (intake.status === 'ready' ? undefined : `Redis is not reachable (${intake.status})`),
    async stopServing() {
      clearInterval(sweeping);
      await service?.stop();
      ears?.disconnect();
    },
    async close() {
      await alarms.close().catch(() => {});
      intake.disconnect();
      commands.disconnect();
    },
  };
}

/** A Redis that comes back may be another one, or have another configuration. */
function watchSafety(redis: Redis, log: Log, set: (reason: string | undefined) => void): void {
  redis.on('ready', () => {
    assertSafe(redis).then(
      () => set(undefined),
      (error: unknown) => {
        if (!(error instanceof QueueError) || error.code !== 'QUEUE_UNSAFE') return;
        set(error.message);
        log({
          component: 'qmgr',
          severity: 'error',
          event: 'mail refused',
          text: `no mail is taken: ${error.message}`,
        });
      },
    );
  });
}

/** At start as the sole user: every alarm and every ownership is a dead process's; `sweep` sets the alarms anew. */
async function forgetPredecessor(redis: Redis, base: string, alarms: Alarms): Promise<void> {
  await alarms.clear();
  const destinations = await redis.smembers(`${base}dests`);
  for (const destination of destinations) {
    await redis.del(`${base}owner:${destination}`);
    await runScript(redis, 'rewake', [base, destination, 0]);
  }
}
