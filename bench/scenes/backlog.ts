import { setTimeout as sleep } from 'node:timers/promises';
import { fillQueue, templateOf, type Template } from '../fill-queue.ts';
import { foreignShare, readMachine } from '../machine-load.ts';
import type { Peer } from '../peer.ts';
import { privateRedisOf, type PrivateRedis } from '../private-redis.ts';
import { memoryBytes } from '../process-tree.ts';
import { runCommand, type CommandRun } from '../run-command.ts';
import { valueOf } from '../prometheus.ts';
import type { Sink } from '../sink.ts';
import { freePort } from '../free-port.ts';
import { hangingZone, linesOf, setStage, type Stage } from '../studies/stage.ts';
import { faultsOf, type Scene } from './scene.ts';
import { until } from '../../test/lab/until.ts';

const patienceMs = 20_000;
/** Half of the backlog waits for one destination, the rest for so many others. */
const destinations = 2_000;
const sent = 4_000;
const triedLooks = 15;
/** What waits is not tried again while the scene lasts, unless it is flushed. */
const settings = ['queue.minimal_backoff=3h', 'queue.maximal_backoff=3h'];
/** Commands of Redis that take longer than this are told. */
const slowMicros = 10_000;

/**
 * New mail beside very many messages that wait for hosts which refuse connections; and what the operator does with such a
 * queue.
 */
export const backlog: Scene = {
  title: 'a backlog of 200,000 messages while new mail flows',
  async play({ messages = 200_000, say, ...options }) {
    const { signal } = options;
    const machine = readMachine();
    await using stage = await setStage(1, options);
    const { lab } = stage;
    const redis = privateRedisOf(lab);
    const sink = await stage.raiseSink();
    const faults: string[] = [];
    const status = await freePort();
    const own = [...settings, `status.listen=127.0.0.1:${status}`];

    let relay = await stage.startRelay(own);
    await flow('warm', sent / 4);
    const empty = await flow('empty', sent);
    say(`with an empty queue ${empty.perSecond.toFixed(0)}/s delivered`);
    const emptyRedisBytes = await redis.info('used_memory');
    const template = await deferOne(stage, relay);
    const filling = performance.now();
    const filled = await fillQueue(lab, template, waitingPlaces(messages));
    if (filled !== messages) faults.push(`f: ${messages - filled} messages could not be put into the queue`);
    const redisBytes = ((await redis.info('used_memory')) - emptyRedisBytes) / messages;
    say(
      `${filled} messages wait, after ${((performance.now() - filling) / 1000).toFixed(0)} s: ${redisBytes.toFixed(0)} octets of Redis each`,
    );

    const stopSeconds = await timed(async () => relay[Symbol.asyncDispose]());
    const startSeconds = await timed(async () => void (relay = await stage.startRelay(own)));
    say(`stopped after ${stopSeconds.toFixed(2)} s, ready again after ${startSeconds.toFixed(1)} s`);
    await redis.ask(
      'CONFIG',
      'SET',
      'slowlog-log-slower-than',
      String(slowMicros),
      'slowlog-max-len',
      '1000',
    );
    await flow('warm-again', sent / 4);
    const full = await flow('full', sent);
    say(`beside the backlog ${full.perSecond.toFixed(0)}/s delivered`);
    const bytes = memoryBytes(relay.roots);

    const listed = await command(['queue', 'list'], `in ${messages + 1} deliveries`);
    const flushed = await command(['queue', 'flush'], `${messages + 1} deliveries are due now`);
    const during = await flow('flushed', sent);
    say(`while what was flushed is tried ${during.perSecond.toFixed(0)}/s delivered`);
    const left = await quietLog(relay, messages, signal);
    await tellWork('what was flushed');
    say(`of what was flushed ${left} messages have not been tried yet`);
    const deleted = await command(
      ['queue', 'delete', '--older', '1s', '--yes'],
      `${messages + 1} of ${messages + 1} messages: removed`,
    );
    await command(['queue', 'count'], '0 deliveries');
    const longestWorkMs = await tellWork('all');
    const slow = await slowest(redis, say);

    async function flow(tag: string, count: number) {
      const flowed = await send(stage, sink, relay, count, tag, signal, faults);
      await tellWork(tag);
      return flowed;
    }
    /** When the event loop was held the longest so far. */
    async function tellWork(step: string): Promise<number> {
      const text = await (await fetch(`http://127.0.0.1:${status}/metrics`)).text();
      const ms = 1000 * valueOf(text, 'dane_relay_event_loop_longest_work_seconds', 'over="life"');
      say(`after ${step} the longest work of the relay without a pause was ${ms.toFixed(0)} ms`);
      return ms;
    }
    async function command(words: readonly string[], end: string): Promise<CommandRun> {
      const done = await runCommand(lab, words, { lastLine: true });
      if (!done.output.includes(end)) faults.push(`f: ${words.join(' ')} ended with "${done.output}"`);
      say(`${words.join(' ')}: ${done.seconds.toFixed(1)} s, ${(done.peakBytes / 1e6).toFixed(0)} MB`);
      await tellWork(words.slice(0, 2).join(' '));
      await sleep(100, undefined, { signal });
      return done;
    }
    return [
      {
        peer: relay.name,
        figures: {
          'delivered/s': full.perSecond,
          'with an empty queue/s': empty.perSecond,
          ratio: full.perSecond / empty.perSecond,
          'while flushed/s': during.perSecond,
          'octets of Redis a message': redisBytes,
          'MB in all': bytes / 1e6,
          'stop s': stopSeconds,
          'start s': startSeconds,
          'list s': listed.seconds,
          'list MB': listed.peakBytes / 1e6,
          'flush s': flushed.seconds,
          'flush MB': flushed.peakBytes / 1e6,
          'not tried yet': left,
          'delete s': deleted.seconds,
          'delete MB': deleted.peakBytes / 1e6,
          'longest command of Redis ms': slow,
          'longest work of the relay ms': longestWorkMs,
        },
        faults,
        foreignShare: foreignShare(machine, readMachine()),
      },
    ];
  },
};

/** The names of where the backlog waits, one for each message. */
export function* waitingPlaces(messages: number): Generator<string> {
  for (let at = 0; at < messages; at += 1)
    yield at % 2 === 0 ? `one.${hangingZone}` : `d${Math.floor(at / 2) % destinations}.${hangingZone}`;
}

/** Resolves once it was tried and waits. */
export async function deferOne(stage: Stage, relay: Peer, sizeBytes = 4096): Promise<Template> {
  const load = {
    messages: 1,
    sessions: 1,
    sizeBytes,
    domains: 1,
    zone: `first.${hangingZone}`,
    tag: 'first',
  };
  const { accepted } = await stage.submit(relay, load);
  if (accepted !== 1) throw new Error('the message that is to wait was refused');
  await until(() => linesOf(relay, /status=deferred/g) > 0, 'a message waits', patienceMs);
  // Settled behind the line.
  await sleep(500);
  return templateOf(stage.lab);
}

async function send(
  stage: Stage,
  sink: Sink,
  relay: Peer,
  messages: number,
  tag: string,
  signal: AbortSignal,
  faults: string[],
) {
  const before = await sink.count();
  const load = await stage.submit(relay, { messages, sizeBytes: 4096, tag });
  const after = await sink.waitFor(before.messages + load.accepted, patienceMs, signal);
  faults.push(...faultsOf({ what: `f, ${tag}`, load, before, after }));
  return { perSecond: (after.messages - before.messages) / ((after.lastAt - load.startedAt) / 1000) };
}

/** Waits a while for what was flushed to be tried; resolves to how much of it was not. */
async function quietLog(relay: Peer, flushed: number, signal: AbortSignal): Promise<number> {
  let left = flushed;
  for (let looks = 0; looks < triedLooks && left > 0; looks += 1) {
    await sleep(1_000, undefined, { signal });
    left = Math.max(0, flushed - linesOf(relay, /status=deferred/g));
  }
  return left;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

/** Milliseconds of the longest command since it was told to keep them; the longest ones are said. */
async function slowest(redis: PrivateRedis, say: (line: string) => void): Promise<number> {
  const text = await redis.ask('--json', 'SLOWLOG', 'GET', '1000');
  const entries = (JSON.parse(text) as readonly (readonly unknown[])[])
    .map((entry) => ({
      micros: Number(entry[2]),
      words: (entry[3] as readonly string[]).slice(0, 2).join(' '),
    }))
    .toSorted((one, other) => other.micros - one.micros);
  for (const { micros, words } of entries.slice(0, 5))
    say(`a command of Redis took ${(micros / 1000).toFixed(0)} ms: ${words.slice(0, 200)}`);
  return (entries[0]?.micros ?? 0) / 1000;
}
