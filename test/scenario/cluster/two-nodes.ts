import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { until } from '../../lab/until.ts';
import { makeDice } from '../../support/dice.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { plainPlace, startMember, type Member } from './cluster.ts';
import { handOver } from './load.ts';
import { Tally, type Figures } from './tally.ts';

const executable = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));

export interface TwoNodes extends Figures {
  /** What was struck, and how often. */
  readonly blows: Readonly<Record<string, number>>;
  /** Drains that were begun, and of them those that were killed. */
  readonly drains: number;
  /** Messages that the target has taken over, by its log. */
  readonly moved: number;
  /** Destinations at which something waits at the source in the end. */
  readonly left: number;
}

export interface TwoNodesOptions {
  readonly loadMs: number;
  readonly blowEveryMs: number;
  readonly seed: number;
  readonly tell?: (text: string) => void;
}

const CLIENTS = 6;

/** Two relays, each with a Redis of its own, under load: one is drained to the other, and everybody is killed at random. */
export async function playTwoNodes({
  loadMs,
  blowEveryMs,
  seed,
  tell = () => {},
}: TwoNodesOptions): Promise<TwoNodes> {
  const roll = makeDice(seed);
  const tally = new Tally();
  const place = await plainPlace((message) => tally.arrived(message));
  const redis = { source: await startPrivateRedis(), target: await startPrivateRedis() };
  const members: Member[] = [];
  const blows = { drain: 0, source: 0, target: 0, 'Redis of the source': 0, 'Redis of the target': 0 };
  let drain: ChildProcess | undefined;
  let drains = 0;
  const moved = new Set<string>();

  /** Resolves to whether the source is empty, as far as the command knows. */
  async function drainOnce(stopIntake: boolean): Promise<boolean> {
    drains += 1;
    const words = ['queue', 'drain', '--to', `unix://${redis.target.socketPath}`, '--json', '--wait', '2s'];
    if (stopIntake) words.push('--stop-intake');
    const set = ['--set', `redis.url=unix://${redis.source.socketPath}`];
    const child = spawn(process.execPath, [executable, ...words, ...set], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    drain = child;
    let text = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (text += String(chunk)));
    child.stderr.on('data', (chunk: Buffer) => (errors += String(chunk)));
    const [code] = (await once(child, 'close')) as [number | null];
    const last = text.trimEnd().split('\n').at(-1) ?? '';
    if (code !== null && code !== 0) tell(`drain ended with ${code}: ${last}${errors}`);
    const told = last.startsWith('{') ? (JSON.parse(last) as { waiting?: number }) : {};
    return code === 0 && told.waiting === 0;
  }

  try {
    for (const side of ['source', 'target'] as const) {
      const set = {
        'redis.url': `unix://${redis[side].socketPath}`,
        'queue.minimal_backoff': '1s',
        'queue.maximal_backoff': '2s',
        // So slow that there is always something to be moved.
        'delivery.destination_rate_delay': side === 'source' ? '2s' : '0s',
        ...place.set,
      };
      const onLine = (line: string): void => {
        tally.line(line);
        const queueId = /(\w+): moved here from /.exec(line)?.[1];
        if (queueId !== undefined) moved.add(queueId);
      };
      members.push(await startMember({ set, onLine }));
    }
    const endAt = Date.now() + loadMs;
    let serial = 0;
    async function client(): Promise<void> {
      while (Date.now() < endAt) {
        const id = `${seed}-${(serial += 1)}`;
        const bytes = roll.below(10) === 0 ? 300_000 : 2_000;
        const to = roll.pickSome(place.mailboxes, 1 + roll.below(2));
        const handed = await handOver(roll.pick(members).port, to, id, bytes);
        if (handed.kind === 'accepted') tally.accepted(id, to, handed.queueId);
        else await sleep(50);
      }
    }
    const replacing: Promise<void>[] = [];
    async function chaos(): Promise<void> {
      const victims = Object.keys(blows) as (keyof typeof blows)[];
      while (Date.now() < endAt) {
        await sleep(blowEveryMs * (0.5 + roll.fraction()));
        const victim = roll.pick(victims);
        blows[victim] += 1;
        tally.happened(`blow: ${victim} is killed`);
        if (victim === 'drain') drain?.kill('SIGKILL');
        else if (victim === 'source') replacing.push(members[0]?.replace() ?? Promise.resolve());
        else if (victim === 'target') replacing.push(members[1]?.replace() ?? Promise.resolve());
        else await redis[victim === 'Redis of the source' ? 'source' : 'target'].restart();
      }
    }
    async function draining(): Promise<void> {
      while (Date.now() < endAt) await drainOnce(false);
    }
    await Promise.all([...Array.from({ length: CLIENTS }, client), chaos(), draining()]);
    tell(`${tally.handedOver} messages accepted, ${JSON.stringify(blows)}`);
    await Promise.all(replacing);
    let isEmpty = false;
    for (let tries = 0; tries < 10 && !isEmpty; tries += 1) isEmpty = await drainOnce(true);
    await until(() => tally.missing === 0, 'all to arrive', 40_000).catch(async () => {
      for (const member of members) tell(member.lastWords());
      for (const one of Object.values(redis)) tell(await one.command('KEYS {dane-relay}:[dma]*:*'));
    });
    // What comes once too often comes a little later.
    await sleep(2_000);
    for (const line of tally.faults()) tell(line);
    const keys = await redis.source.command('KEYS {dane-relay}:[dam]*:*');
    const left = keys.split('\r\n').filter((key) => /^\{dane-relay\}:(?:d|m|away)/.test(key)).length;
    return { blows, drains, moved: moved.size, left, ...tally.figures() };
  } finally {
    drain?.kill('SIGKILL');
    for (const member of members) await member.end();
    await place.stop();
    for (const one of Object.values(redis)) await one[Symbol.asyncDispose]();
  }
}
