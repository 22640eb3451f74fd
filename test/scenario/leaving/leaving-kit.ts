import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outcome } from '../../../src/core/delivery/outcome.ts';
import type { Envelope } from '../../../src/core/mail/message.ts';
import type { Queue } from '../../../src/queue/open-queue.ts';
import { until } from '../../lab/until.ts';
import type { belongings } from '../../support/belongings.ts';
import { startPrivateRedis, type PrivateRedis } from '../../support/private-redis.ts';
import { runCommand, type Ended } from '../../support/run-command.ts';
import { queueFor, runOf } from '../queue/queue-kit.ts';

type Keep = ReturnType<typeof belongings>;

/** A queue that is left, and a place for what is exported. */
export interface LeavingWorld {
  readonly redis: PrivateRedis;
  /** Does not exist yet. */
  readonly to: string;
  readonly directory: string;
  /** Opens the queue as a relay has it. */
  relay(): Promise<Queue>;
  /** Messages that nobody has tried to deliver; resolves to their ids. */
  accept(messages: readonly Left[]): Promise<readonly string[]>;
  command(...words: readonly string[]): Promise<Ended>;
}

export interface Left {
  readonly envelope?: Partial<Envelope>;
  readonly content?: Buffer | string;
}

export async function leavingWorld(keep: Keep): Promise<LeavingWorld> {
  const redis = keep(await startPrivateRedis());
  const directory = await mkdtemp(join(tmpdir(), 'dane-relay-leaving-'));
  keep({ [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) });
  const set = {
    'redis.url': `unix://${redis.socketPath}`,
    'redis.prefix': 'test',
    data_dir: join(directory, 'data'),
    spool_dir: join(directory, 'spool'),
  };
  const relay = (): Promise<Queue> => queueFor(keep, redis.socketPath);
  return {
    redis,
    directory,
    to: join(directory, 'mail'),
    relay,
    async accept(messages) {
      const queue = await relay();
      const ids = await acceptAll(queue, messages);
      await queue.close();
      return ids;
    },
    command: (...words) => runCommand(words, set),
  };
}

let serial = 0;

export async function acceptAll(queue: Queue, messages: readonly Left[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const { envelope: some, content = 'Subject: x\r\n\r\nhello\r\n' } of messages) {
    serial += 1;
    const queueId = `4leave${process.pid}x${serial}`;
    const octets = Buffer.from(content as string);
    const envelope: Envelope = {
      sender: 'sender@example.org',
      recipients: [{ address: 'user@x.test' }],
      body: '7BIT',
      smtpUtf8: false,
      ...some,
    };
    const routing = new Map<string, number[]>();
    for (const [index, { address }] of envelope.recipients.entries()) {
      const domain = address.slice(address.lastIndexOf('@') + 1);
      routing.set(domain, [...(routing.get(domain) ?? []), index]);
    }
    const message = { queueId, envelope, arrivedAt: Date.now(), size: octets.length, messageId: '' };
    async function* pieces(): AsyncGenerator<Buffer> {
      for (let at = 0; at < octets.length; at += 65_536) yield octets.subarray(at, at + 65_536);
    }
    await queue.accept({ queueId, content: pieces(), finish: () => ({ message, routing }) });
    ids.push(queueId);
  }
  return ids;
}

/** One attempt for each message at each destination, which ends as it is said there; then nothing is under way. */
export async function attempt(
  queue: Queue,
  outcomes: Readonly<Record<string, Outcome>>,
  count: number,
): Promise<void> {
  let settled = 0;
  await queue.serve(
    runOf(async (claim, lease) => {
      await lease.settle(claim, outcomes[lease.destination] ?? {});
      settled += 1;
    }),
    10,
  );
  await until(() => settled >= count, 'the attempts');
  await queue.stopServing();
}

/** Files of an export by their names below it. */
export function filesIn(directory: string): Readonly<Record<string, string>> {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name), 'latin1')]));
}

/** What is left of an export that did not end. */
export function remains(to: string): readonly string[] {
  return [to, `${to}.partial`].filter((path) => existsSync(path));
}
