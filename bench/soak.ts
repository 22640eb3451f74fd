/**
 * `npm run soak`: load on several relay processes, to hosts with real chains and hosts that mean no good, while processes
 * and their Redis are killed at random; then it is counted, and one relay that nobody struck tells of itself.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { playCluster, type ClusterResult } from '../test/scenario/cluster/cluster.ts';
import type { RunningRelay } from '../test/support/running-relay.ts';
import { valueOf } from './prometheus.ts';
import { openSoakWorld } from './soak-world.ts';
import { trendOf, type Point } from './trend.ts';

const usage = `\
Usage: npm run soak -- [OPTIONS]

Sends mail through relay processes that share one Redis, to hosts that show chains of three certificates and to hosts that
mean no good, and kills and stops the processes, and Redis, at random. One process more is left alone: of it the memory
and the event loop are watched. Exits with 1 if a message that got its 250 was lost, if one came twice without a lost
reply, or if resident memory grows with the connections made.

  --minutes N      how long there is load (default 2)
  --processes N    relay processes besides the one that is watched (default 3)
  --every MS       between two blows, on average (default 1500)
  --seed N         of chance (default: the time)
`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    processes: { type: 'string', default: '3' },
    every: { type: 'string', default: '1500' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    help: { type: 'boolean', default: false },
  },
});

const LOOK_EVERY_MS = 2_000;
/** The heap takes its size in the beginning: this part of the looks is not judged. */
const WARM_UP = 0.4;
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
  say(`Redis killed                                ${redisKills}`);
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
  const judged = memory.slice(Math.floor(memory.length * WARM_UP));
  const trend = trendOf(judged);
  const [first, last] = [judged[0], judged.at(-1)];
  const health = [...troubles]
    .map(([part, looks]) => `${part} (${looks} of ${memory.length} looks)`)
    .join(', ');
  say(
    `longest hold of the event loop              ${seconds(longestDelay)}; longest at work ${seconds(longestWork)}`,
  );
  say(`not well, in the words of its health        ${health === '' ? 'never' : health}`);
  if (first === undefined || last === undefined || trend === undefined) {
    say(`resident memory                             too few looks to tell`);
    return true;
  }
  const per = (slope: number): string => `${Math.round((slope * 1_000) / 1_024)}`;
  say(`TLS connections of the one that is watched  ${last.x}, ${last.x - first.x} of them judged`);
  say(
    `resident memory, MiB                        ${mebi(first.y)} after the warm-up, ${mebi(last.y)} at the end`,
  );
  say(
    `KiB for each 1,000 connections              ${per(trend.slope)} (95 %: ${per(trend.low)} to ${per(trend.high)})`,
  );
  const isFlat = trend.low <= MOST_PER_CONNECTION;
  say(`resident memory is flat                     ${isFlat ? 'yes' : 'NO'}`);
  return isFlat;
}

function seconds(value: number): string {
  return `${value.toFixed(3)} s`;
}

function mebi(octets: number): number {
  return Math.round(octets / 2 ** 20);
}

process.exitCode = await main();
