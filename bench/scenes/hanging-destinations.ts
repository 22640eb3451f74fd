import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { PeerKind } from '../arguments.ts';
import { foreignShare, readMachine } from '../machine-load.ts';
import type { Peer } from '../peer.ts';
import { startPostfixPeer } from '../postfix-peer.ts';
import { memoryBytes } from '../process-tree.ts';
import { runCommand } from '../run-command.ts';
import type { Sink } from '../sink.ts';
import { quantile } from '../statistics.ts';
import { hangingHost, setStage, type Stage } from '../studies/stage.ts';
import { sinkName, type BenchWorld, benchWorld } from '../world.ts';
import { faultsOf, type Scene, type SceneOptions, type SceneResult } from './scene.ts';

const working = 4;
const hangingForEach = 8;
const domains = working * (1 + hangingForEach);
/** Nothing more has come for so long: what hangs has taken all there is. */
const patienceMs = 20_000;

/**
 * Of nine messages eight are for destinations that take the connection and say nothing. The one that can be delivered is
 * compared with as many that nothing stands in the way of.
 */
export const hangingDestinations: Scene = {
  title: 'eight destinations that hang for every one that works',
  async play(options) {
    const results: SceneResult[] = [];
    for (const kind of options.peers) if (kind !== 'split') results.push(await playPeer(kind, options));
    return results;
  },
};

async function playPeer(kind: Exclude<PeerKind, 'split'>, options: SceneOptions): Promise<SceneResult> {
  const { messages = 1_000, signal, say } = options;
  const machine = readMachine();
  await using stage = await setStage(domains, options, await worldThatHangs());
  const sink = await stage.raiseSink();
  const { open } = await stage.raiseHang();
  await using peer = kind === 'relay' ? await stage.startRelay() : await startPostfixPeer(stage.lab);
  await part(stage, sink, peer, { tag: 'warm', messages: 200, domains: working }, signal);

  const alone = await part(stage, sink, peer, { tag: 'alone', messages, domains: working }, signal);
  say(`${peer.name}, nothing hangs: ${alone.perSecond.toFixed(0)}/s`);
  const beside = await part(
    stage,
    sink,
    peer,
    { tag: 'beside', messages: messages * (1 + hangingForEach), domains },
    signal,
  );
  const waiting = await waitingIn(peer, stage);
  const notArrived = beside.wanted - beside.arrived;
  const lost = beside.load.accepted - beside.arrived - waiting;
  return {
    peer: peer.name,
    figures: {
      'delivered/s where it can be': beside.perSecond,
      'alone/s': alone.perSecond,
      'delay p50 ms': beside.p50Ms,
      'delay p99 ms': beside.p99Ms,
      'alone p99 ms': alone.p99Ms,
      'not delivered in time': notArrived,
      'accept p99 ms': beside.load.acceptMs.p99,
      'connections that hang': open.size,
      MB: memoryBytes(peer.roots) / 1e6,
    },
    faults: [
      ...faultsOf({ what: 'j, alone', ...alone }),
      // Postfix keeps what stands behind others: that is its figure, and nobody's fault.
      ...(kind === 'relay' ? faultsOf({ what: 'j', ...beside }) : []),
      ...(lost === 0 ? [] : [`j, ${peer.name}: ${lost} messages neither arrived nor wait`]),
    ],
    foreignShare: foreignShare(machine, readMachine()),
  };
}

interface PartLoad {
  readonly tag: string;
  readonly messages: number;
  readonly domains: number;
}

async function part(stage: Stage, sink: Sink, peer: Peer, wished: PartLoad, signal: AbortSignal) {
  await sink.delays();
  const before = await sink.count();
  const load = await stage.submit(peer, { ...wished, sizeBytes: 4096 });
  // The domains take turns, in whole rounds.
  const wanted = (load.accepted * working) / wished.domains;
  const after = await sink.waitFor(before.messages + wanted, patienceMs, signal);
  const delays = await sink.delays();
  const arrived = after.messages - after.duplicates - (before.messages - before.duplicates);
  return {
    before,
    after,
    load,
    wanted,
    arrived,
    perSecond: arrived / ((after.lastAt - load.startedAt) / 1000),
    p50Ms: quantile(delays, 0.5),
    p99Ms: quantile(delays, 0.99),
  };
}

async function waitingIn({ name, logFiles }: Peer, { lab }: Stage): Promise<number> {
  if (name === 'relay') {
    const { output } = await runCommand(lab, ['queue', 'count', '--json']);
    return (JSON.parse(output) as { readonly deliveries: number }).deliveries;
  }
  const directory = path.join(path.dirname(logFiles[0] ?? ''), 'config');
  const { stdout } = await promisify(execFile)('postqueue', ['-c', directory, '-j'], {
    maxBuffer: 1024 ** 3,
  });
  return stdout.split('\n').filter((line) => line !== '').length;
}

/** The first domains have hosts that take mail; the rest share one that hangs. */
async function worldThatHangs(): Promise<BenchWorld> {
  const { world, certificates } = await benchWorld(working);
  const [bench, ...others] = world.domains;
  if (bench === undefined) throw new Error('a world without a domain');
  const hanging = Array.from(
    { length: domains - working },
    (_, at) => `d${working + at} MX 10 ${hangingHost}.`,
  );
  return {
    certificates,
    world: {
      hosts: world.hosts.filter(({ name }) => name !== sinkName(working)),
      domains: [{ ...bench, records: (names) => [...(bench.records?.(names) ?? []), ...hanging] }, ...others],
    },
  };
}
