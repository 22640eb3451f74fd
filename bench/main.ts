/** `npm run bench`: how many messages a second our relay delivers, beside Postfix on the same machine. */
import { mkdtemp, statfs, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, tmpdir } from 'node:os';
import path from 'node:path';
import { startLab, type Lab } from '../test/lab/lab.ts';
import { ArgumentError, parseArguments, usage, type Arguments, type PeerKind } from './arguments.ts';
import type { Peer } from './peer.ts';
import { postfixVersion, startPostfixPeer } from './postfix-peer.ts';
import { startRelayPeer } from './relay-peer.ts';
import { foreignLimit, playRounds, type Round } from './rounds.ts';
import { sessions } from './scenarios.ts';
import { startSink } from './sink.ts';
import { faults, table } from './summary.ts';
import { benchWorld, sinkName } from './world.ts';

const EX_USAGE = 64;
const EX_NOPERM = 77;
const tmpfsMagic = 0x01021994;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(argv: readonly string[]): Promise<number> {
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
  const rounds = await run(wanted, untilInterrupted());
  const names = [...new Set(rounds.flatMap(({ measurements }) => measurements.map(({ peer }) => peer)))];
  const out = wanted.out ?? path.join(await mkdtemp(path.join(tmpdir(), 'dane-bench-')), 'bench.json');
  await writeFile(out, `${JSON.stringify({ ...(await circumstances(wanted)), rounds }, undefined, 2)}\n`);

  const noisy = rounds.filter((round) => round.noisy).length;
  say(`\n${table(names, rounds)}\n`);
  say(
    `Medians (min-max) of ${noisy === rounds.length ? 'NOISY rounds only' : `${rounds.length - noisy} quiet rounds`}; ` +
      `${noisy} of ${rounds.length} rounds had more than ${foreignLimit * 100} % foreign CPU. Raw figures: ${out}`,
  );
  const found = faults(names, rounds);
  for (const fault of found) say(`FAULT: ${fault}`);
  if (found.length === 0)
    say('No message was lost, duplicated or sent in plaintext; every connection was verified.');
  return found.length === 0 ? 0 : 1;
}

async function run(wanted: Arguments, signal: AbortSignal): Promise<readonly Round[]> {
  say(
    `Scenario ${wanted.scenarioName}: ${wanted.scenario.title}; ${wanted.messages} messages, ${sessions} sessions`,
  );
  const { world, certificate } = await benchWorld();
  await using lab = await startLab(world);
  const { address } = lab.host(sinkName);
  const { port, directory } = lab;
  await using sink = await startSink({ name: sinkName, address, port, directory }, certificate);
  const peers: Peer[] = [];
  try {
    for (const kind of wanted.peers) {
      peers.push(await startPeer(kind, lab, wanted));
      signal.throwIfAborted();
    }
    return await playRounds(
      peers,
      wanted.rounds,
      wanted.messages,
      { scenario: wanted.scenario, sink, signal },
      say,
    );
  } finally {
    await Promise.all(peers.map((peer) => peer[Symbol.asyncDispose]()));
  }
}

function startPeer(kind: PeerKind, lab: Lab, wanted: Arguments): Promise<Peer> {
  if (kind === 'postfix') return startPostfixPeer(lab);
  const { relaySettings, split, cpuProfile } = wanted;
  return startRelayPeer(lab, {
    settings: relaySettings,
    split,
    ...(cpuProfile === undefined ? {} : { cpuProfile }),
  });
}

async function circumstances({
  scenarioName,
  scenario,
  messages,
  relaySettings,
  split,
}: Arguments): Promise<object> {
  return {
    measuredAt: new Date().toISOString(),
    machine: { kernel: release(), processors: availableParallelism(), model: cpus()[0]?.model },
    node: process.version,
    postfix: await postfixVersion(),
    scenario: { name: scenarioName, ...scenario, messages, sessions },
    relay: { settings: relaySettings, split },
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
