/**
 * `npm run soak`: load on several relay processes, to hosts with real chains and hosts that mean no good, while processes
 * and their Redis are killed at random; then it is counted, and one relay that nobody struck tells of itself.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { playCluster, type ClusterResult } from '../test/scenario/cluster/cluster.ts';
import { openSentinels } from '../test/scenario/cluster/stores.ts';
import type { RunningRelay } from '../test/support/running-relay.ts';
import { valueOf } from './prometheus.ts';
import { openSoakWorld } from './soak-world.ts';
import { floorsOf, trendOf, type Point, type Trend } from './trend.ts';

const usage = `\
Usage: npm run soak -- [OPTIONS]

Sends mail through relay processes that share one Redis, to hosts that show chains of three certificates and to hosts that
mean no good, and kills and stops the processes, and Redis, at random. One process more is left alone: of it the memory
and the event loop are watched. Exits with 1 if a message that got its 250 was lost, if one came twice without a lost
reply, or if resident memory grows with the connections made.

  --minutes N      how long there is load (default 2)
  --processes N    relay processes besides the one that is watched (default 3); 0: nobody is struck, Redis neither
  --failover       the Redis is a master with two replicas and three Sentinels: the master is killed and stopped, and replaced
  --every MS       between two blows, on average (default 1500)
  --seed N         of chance (default: the time)
`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    processes: { type: 'string', default: '3' },
    every: { type: 'string', default: '1500' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    failover: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const LOOK_EVERY_MS = 2_000;
/** The heap takes its size in the beginning: neither this part of the looks is judged nor so many connections. */
const WARM_UP = 0.25;
const WARM_UP_CONNECTIONS = 1_000;
/** The heap is cleaned about every 3,000 connections, and grows by 50 MiB meanwhile. */
const FLOOR_CONNECTIONS = 4_000;
/** Octets a connection that may be left behind: what is certainly more is a leak. */
const MOST_PER_CONNECTION = 512;

/** What the relay that nobody struck tells of itself. */
interface Watched {
  /** x: TLS connections made so far; y: octets of resident memory. */
  readonly memory: readonly Point[];
  /** Longest hold of the event loop, and of work in it, seconds. */
  readonly longestDelay: number;
  readonly longestWork: number;
  /** Lines of health that it had, with how many looks had them. */
  readonly troubles: ReadonlyMap<string, number>;
}

function watcher(): {
  readonly watch: (relay: RunningRelay, ending: AbortSignal) => Promise<void>;
  seen(): Watched;
} {
  const memory: Point[] = [];
  const troubles = new Map<string, number>();
  let longestDelay = 0;
  let longestWork = 0;
  return {
    async watch(relay, ending) {
      while (!ending.aborted) {
        await sleep(LOOK_EVERY_MS, undefined, { signal: ending }).catch(() => {});
        const [text, { body }] = await Promise.all([relay.metrics(), relay.health()]);
        memory.push({
          x: valueOf(text, 'dane_relay_tls_connections_total'),
          y: valueOf(text, 'process_resident_memory_bytes'),
        });
        longestDelay = valueOf(text, 'dane_relay_event_loop_longest_delay_seconds', 'over="life"');
        longestWork = valueOf(text, 'dane_relay_event_loop_longest_work_seconds', 'over="life"');
        for (const part of Object.keys(body.problems)) troubles.set(part, (troubles.get(part) ?? 0) + 1);
      }
    },
    seen: () => ({ memory, longestDelay, longestWork, troubles }),
  };
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const seed = Number(values.seed);
  const { watch, seen } = watcher();
  const result = await playCluster({
    processes: Number(values.processes),
    loadMs: Number(values.minutes) * 60_000,
    killRedis: true,
    ...(values.failover && { openStore: openSentinels }),
    blowEveryMs: Number(values.every),
    openPlace: openSoakWorld,
    watch,
    seed,
    tell: say,
  });
  say(`seed                                        ${seed}`);
  const isWhole = tellOfMail(result);
  const isFlat = tellOfProcess(seen());
  return isWhole && isFlat ? 0 : 1;
}

/** Whether nothing was lost, and nothing came twice without a reason. */
function tellOfMail(result: ClusterResult): boolean {
  const { accepted, recipients, unasked, kills, stops, redisKills, lost, ambiguous, unexplained } = result;
  say(`relay processes killed / stopped            ${kills} / ${stops}`);
  say(`Redis killed, or replaced                   ${redisKills}`);
  say(`messages answered with 250                  ${accepted}, to ${recipients} recipients`);
  say(`messages for hostile hosts besides          ${result.hostile}`);
  say(`messages without 250 that came all the same ${unasked}`);
  say(`lost                                        ${lost.length}`);
  say(`twice, final dot sent and no reply seen     ${ambiguous}`);
  say(`twice, for any other reason                 ${unexplained.length}`);
  for (const one of [...lost, ...unexplained].slice(0, 20)) say(`  ${one}`);
  return lost.length + unexplained.length === 0;
}

/** Whether memory does not grow with the connections, as far as can be told. */
function tellOfProcess({ memory, longestDelay, longestWork, troubles }: Watched): boolean {
  const health = [...troubles]
    .map(([part, looks]) => `${part} (${looks} of ${memory.length} looks)`)
    .join(', ');
  say(`longest hold of the event loop              ${seconds(longestDelay)}`);
  say(`longest hold that certainly was work        ${seconds(longestWork)}`);
  say(`not well, in the words of its health        ${health === '' ? 'never' : health}`);
  const judged = afterWarmUp(memory);
  const connections = (judged.at(-1)?.x ?? 0) - (judged[0]?.x ?? 0);
  const floors = floorsOf(judged, FLOOR_CONNECTIONS);
  say(`TLS connections of the one that is watched  ${memory.at(-1)?.x ?? 0}, ${connections} of them judged`);
  say(`resident memory, MiB                        ${range(judged)}`);
  say(
    `its floor, each ${FLOOR_CONNECTIONS} connections           ${floors.map(({ y }) => mebi(y)).join(', ') || 'none yet'}`,
  );
  const trend = trendOf(floors);
  if (trend === undefined) {
    say(`resident memory is flat                     cannot be told from so few connections`);
    return true;
  }
  say(`KiB for each 1,000 connections              ${growth(trend)}`);
  const isFlat = trend.low <= MOST_PER_CONNECTION;
  say(`resident memory is flat                     ${isFlat ? 'yes' : 'NO'}`);
  return isFlat;
}

function afterWarmUp(points: readonly Point[]): readonly Point[] {
  return points.slice(Math.floor(points.length * WARM_UP)).filter(({ x }) => x >= WARM_UP_CONNECTIONS);
}

function range(points: readonly Point[]): string {
  const all = points.map(({ y }) => mebi(y));
  return all.length === 0 ? 'not looked at' : `${Math.min(...all)} to ${Math.max(...all)}`;
}

function growth({ slope, low, high }: Trend): string {
  const per = (octets: number): string => `${Math.round((octets * 1_000) / 1_024)}`;
  return `${per(slope)} (95 %: ${per(low)} to ${per(high)})`;
}

function seconds(value: number): string {
  return `${value.toFixed(3)} s`;
}

function mebi(octets: number): number {
  return Math.round(octets / 2 ** 20);
}

process.exitCode = await main();
