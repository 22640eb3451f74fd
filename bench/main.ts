/** `npm run bench`: how many messages a second our relay delivers, beside Postfix on the same machine. */
import { mkdtemp, statfs, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, tmpdir } from 'node:os';
import path from 'node:path';
import { startLab, type Lab } from '../test/lab/lab.ts';
import { ArgumentError, parseArguments, usage, type Arguments, type PeerKind } from './arguments.ts';
import type { Peer } from './peer.ts';
import { postfixVersion, startPostfixPeer } from './postfix-peer.ts';
import { startRelayPeer } from './relay-peer.ts';
import { foreignLimit, playRounds, type Round, type RoundsPlan } from './rounds.ts';
import { scenarios, sessions, type Scenario } from './scenarios.ts';
import { resultLine, type SceneResult } from './scenes/scene.ts';
import { scenes } from './scenes/scenes.ts';
import { startSink } from './sink.ts';
import { faults, table, type Played } from './summary.ts';
import { runBudget } from './budget/run-budget.ts';
import { runStudy } from './studies/run-study.ts';
import { benchWorld } from './world.ts';

const EX_USAGE = 64;
const EX_NOPERM = 77;
const tmpfsMagic = 0x01021994;
const usualMinutes = 12;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(argv: readonly string[]): Promise<number> {
  const [first = '', ...rest] = argv;
  if (argv.includes('--budget')) return runBudget(argv, untilInterrupted(), say);
  if (/^[a-z]/.test(first)) return runStudy(first, rest, untilInterrupted(), say);
  const wanted = parseArguments(argv);
  if (wanted === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  if (process.getuid?.() !== 0) {
    process.stderr.write('bench: must be run by root: Postfix needs users and a resolver file of its own\n');
    return EX_NOPERM;
  }
  if ((await statfs(tmpdir())).type === tmpfsMagic) {
    say(`Warning: ${tmpdir()} is in memory, so nothing waits for a disk. Set TMPDIR to a directory on one.`);
  }
  const signal = untilInterrupted();
  const played = await playAll(wanted, signal);
  const shown = await playScenes(wanted, signal);
  const out = wanted.out ?? path.join(await mkdtemp(path.join(tmpdir(), 'dane-bench-')), 'bench.json');
  await writeFile(
    out,
    `${JSON.stringify({ ...(await circumstances(wanted)), scenarios: played, scenes: shown }, undefined, 2)}\n`,
  );

  if (played.length > 0) {
    say(`\n${table(played)}\n`);
    say(
      `Medians (min-max) of rounds with no more than ${foreignLimit * 100} % foreign CPU, or of all if NOISY.`,
    );
  }
  for (const { name, results } of shown) for (const result of results) say(resultLine(name, result));
  say(`Raw figures: ${out}`);
  const found = [
    ...played.flatMap(faults),
    ...shown.flatMap(({ results }) => results.flatMap((result) => result.faults)),
  ];
  for (const fault of found) say(`FAULT: ${fault}`);
  if (found.length === 0 && played.length > 0)
    say('No message was lost, duplicated or sent in plaintext; every connection was verified.');
  if (found.length === 0 && shown.length > 0) say(`No fault in ${shown.map(({ name }) => name).join(', ')}.`);
  return found.length === 0 ? 0 : 1;
}

interface ShownScene {
  readonly name: string;
  readonly results: readonly SceneResult[];
}

async function playScenes(wanted: Arguments, signal: AbortSignal): Promise<readonly ShownScene[]> {
  const shown: ShownScene[] = [];
  for (const name of wanted.scenarios) {
    const scene = scenes[name];
    if (scene === undefined) continue;
    say(`Scenario ${name}: ${scene.title}`);
    const { messages, minutes, peers, relaySettings, cpuProfile } = wanted;
    const results = await scene.play({
      ...(messages === undefined ? {} : { messages }),
      ...(minutes === undefined ? {} : { minutes }),
      ...(cpuProfile === undefined ? {} : { cpuProfile }),
      peers,
      relaySettings,
      signal,
      say,
    });
    shown.push({ name, results });
  }
  return shown;
}

/** One scenario after the other; what one leaves of its share of the time goes to the rest. */
async function playAll(wanted: Arguments, signal: AbortSignal): Promise<readonly PlayedScenario[]> {
  const endsAt = Date.now() + (wanted.minutes ?? usualMinutes) * 60_000;
  const played: PlayedScenario[] = [];
  const names = wanted.scenarios.filter((name) => scenarios[name] !== undefined);
  for (const [index, name] of names.entries()) {
    const scenario = scenarios[name];
    if (scenario === undefined) continue;
    const messages = wanted.messages ?? scenario.messages;
    say(`Scenario ${name}: ${scenario.title}; ${messages} messages, ${sessions} sessions`);
    const share = (endsAt - Date.now()) / (names.length - index);
    const plan = { wanted: wanted.rounds, messages, endsAt: Date.now() + share };
    const rounds = await play(scenario, plan, wanted, signal);
    played.push({ name, scenario: { ...scenario, messages, sessions }, rounds });
  }
  return played;
}

interface PlayedScenario extends Played {
  readonly scenario: Scenario & { readonly sessions: number };
}

async function play(
  scenario: Scenario,
  plan: RoundsPlan,
  wanted: Arguments,
  signal: AbortSignal,
): Promise<readonly Round[]> {
  const { world, certificates } = await benchWorld(scenario.domains);
  await using lab = await startLab(world);
  const { port, directory } = lab;
  const addresses = world.hosts.map(({ name }) => lab.host(name).address);
  const { roundTripMs } = scenario;
  await using sink = await startSink({ addresses, port, directory, roundTripMs }, certificates);
  const peers: Peer[] = [];
  try {
    for (const kind of wanted.peers) {
      peers.push(await startPeer(kind, lab, scenario, wanted));
      signal.throwIfAborted();
    }
    return await playRounds(peers, plan, { scenario, sink, signal }, say);
  } finally {
    await Promise.all(peers.map((peer) => peer[Symbol.asyncDispose]()));
  }
}

function startPeer(
  kind: PeerKind,
  lab: Lab,
  { concurrency }: Scenario,
  { relaySettings, cpuProfile }: Arguments,
): Promise<Peer> {
  if (kind === 'postfix') return startPostfixPeer(lab, concurrency);
  return startRelayPeer(lab, {
    settings: relaySettings,
    split: kind === 'split',
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(cpuProfile === undefined ? {} : { cpuProfile }),
  });
}

async function circumstances({ relaySettings }: Arguments): Promise<object> {
  return {
    measuredAt: new Date().toISOString(),
    machine: { kernel: release(), processors: availableParallelism(), model: cpus()[0]?.model },
    node: process.version,
    postfix: await postfixVersion(),
    relay: { settings: relaySettings },
  };
}

/** Aborted by the first SIGINT, SIGTERM or SIGHUP, so that everything is put away. */
function untilInterrupted(): AbortSignal {
  const interruption = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => interruption.abort(new Error(`interrupted by ${name}`)));
  }
  return interruption.signal;
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof ArgumentError) return `${error.message}\n\n${usage}`;
  const isInterruption = error.name === 'AbortError' && error.cause instanceof Error;
  return isInterruption ? (error.cause as Error).message : (error.stack ?? error.message);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench: ${explain(error)}\n`);
  process.exitCode = error instanceof ArgumentError ? EX_USAGE : 1;
}
