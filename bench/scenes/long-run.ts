import { fillQueue } from '../fill-queue.ts';
import { foreignShare, readMachine } from '../machine-load.ts';
import { privateRedisOf } from '../private-redis.ts';
import { memoryBytes } from '../process-tree.ts';
import { quantile } from '../statistics.ts';
import { setStage } from '../studies/stage.ts';
import { deferOne, waitingPlaces } from './backlog.ts';
import { faultsOf, type Scene } from './scene.ts';

const messagesPerSecond = 50;
const usualMinutes = 10;
/** So that a rewrite of the append-only file has something to write. */
const backlogMessages = 20_000;
/** Windows of the run, in each of which Redis rewrites its file once. */
const windowSeconds = 30;
const patienceMs = 20_000;

interface Window {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
  readonly relayBytes: number;
  readonly redisBytes: number;
}

/** A low rate for a long time, with rewrites of the append-only file: delay and memory are to stay as they are. */
export const longRun: Scene = {
  title: `${messagesPerSecond}/s for ${usualMinutes} minutes, with rewrites of the append-only file`,
  async play({ minutes = usualMinutes, say, ...options }) {
    const { signal } = options;
    const machine = readMachine();
    await using stage = await setStage(1, options);
    const redis = privateRedisOf(stage.lab);
    const sink = await stage.raiseSink();
    const relay = await stage.startRelay(['queue.minimal_backoff=3h', 'queue.maximal_backoff=3h']);
    await fillQueue(stage.lab, await deferOne(stage, relay), waitingPlaces(backlogMessages));
    await stage.submit(relay, { messages: 2_000, sizeBytes: 4096, tag: 'warm' });
    await sink.delays();

    const windows: Window[] = [];
    const rewrites = (): Promise<number> => redis.info('aof_rewrites');
    const rewritesBefore = await rewrites();
    const before = await sink.count();
    const count = Math.round(minutes * 60 * messagesPerSecond);
    const over = new AbortController();
    const sending = stage
      .submit(relay, {
        messages: count,
        messagesPerSecond,
        sizeBytes: 4096,
        messagesPerConnection: 100,
        tag: 'long',
      })
      .finally(() => over.abort());
    while (!over.signal.aborted) {
      await redis.ask('BGREWRITEAOF');
      await pause(windowSeconds * 1000, AbortSignal.any([over.signal, signal]));
      signal.throwIfAborted();
      if (over.signal.aborted && windows.length > 0) break;
      const delays = await sink.delays();
      const redisBytes = await redis.info('used_memory');
      const [p50Ms, p99Ms, mostMs] = [0.5, 0.99, 1].map((share) => quantile(delays, share)) as [
        number,
        number,
        number,
      ];
      const bytes = memoryBytes(relay.roots);
      windows.push({ p50Ms, p99Ms, mostMs, relayBytes: bytes, redisBytes });
      say(
        `${delays.length} messages: p50 ${p50Ms} ms, p99 ${p99Ms} ms, at most ${mostMs} ms; ${mega(bytes)} MB`,
      );
    }
    const load = await sending;
    const after = await sink.waitFor(before.messages + load.accepted, patienceMs, signal);
    const rewritten = (await rewrites()) - rewritesBefore;
    const third = Math.max(1, Math.floor(windows.length / 3));
    const [begin, end] = [windows.slice(0, third), windows.slice(-third)];
    const lowest = (some: readonly Window[]): number => Math.min(...some.map(({ relayBytes }) => relayBytes));
    const middle = (some: readonly Window[]): number =>
      quantile(
        some.map(({ p99Ms }) => p99Ms),
        0.5,
      );
    return [
      {
        peer: relay.name,
        figures: {
          minutes,
          'messages/s': load.accepted / ((load.endedAt - load.startedAt) / 1000),
          'accept p50 ms': load.acceptMs.p50,
          'accept p99 ms': load.acceptMs.p99,
          'delay p99 ms at first': middle(begin),
          'delay p99 ms at last': middle(end),
          'delay at most ms': Math.max(...windows.map(({ mostMs }) => mostMs)),
          'MB at first': lowest(begin) / 1e6,
          'MB at last': lowest(end) / 1e6,
          'Redis MB at last': (end.at(-1)?.redisBytes ?? 0) / 1e6,
          rewrites: rewritten,
        },
        faults: [
          ...faultsOf({ what: 'h', load, before, after }),
          ...(rewritten === 0 ? ['h: Redis never rewrote its file'] : []),
          ...(lowest(end) > 1.25 * lowest(begin) ? ['h: memory grew by more than a quarter'] : []),
        ],
        foreignShare: foreignShare(machine, readMachine()),
      },
    ];
  },
};

function mega(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

/** Ends early, and quietly, when it is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
    if (signal.aborted) resolve();
  });
}
