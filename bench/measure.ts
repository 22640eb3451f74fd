import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateLoad, type LoadReport } from './generate-load.ts';
import { foreignShare, readMachine } from './machine-load.ts';
import type { Peer } from './peer.ts';
import { cpuSeconds, memoryBytes } from './process-tree.ts';
import { sessions, type Scenario } from './scenarios.ts';
import type { Sink, SinkCount } from './sink.ts';
import type { TlsLog } from './tls-log.ts';

/** What one peer did in one round. */
export interface Measurement {
  readonly peer: string;
  readonly deliveredPerSecond: number;
  readonly acceptedPerSecond: number;
  readonly acceptP50Ms: number;
  readonly acceptP99Ms: number;
  /** CPU seconds of the whole peer per 1000 messages. */
  readonly cpuPerThousand: number;
  readonly peakBytes: number;
  readonly sinkConnectionsPerThousand: number;
  /** Share of the processors that neither the peer nor the bench had. */
  readonly foreignShare: number;
  readonly accepted: number;
  readonly refusals: readonly string[];
  readonly lost: number;
  readonly duplicated: number;
  readonly plaintext: number;
  /** From the peer's log, warm-up included. */
  readonly verified: number;
  readonly notVerified: number;
  readonly failed: number;
}

export interface Bench {
  readonly scenario: Scenario;
  readonly sink: Sink;
  readonly signal: AbortSignal;
}

/** The sink has been quiet for so long: what is missing is lost. */
const patienceMs = 20_000;
/** Time for what follows the last message: duplicates at the sink, clean-up in the peer. */
const settleMs = 500;
const samplePeriodMs = 1000;

/** Sends `messages` through the peer without measuring. Rejects when they do not arrive: what follows would not either. */
export async function warmUp(peer: Peer, messages: number, tag: string, bench: Bench): Promise<void> {
  const before = await bench.sink.count();
  const load = await generateLoad(loadOf(peer, messages, tag, bench), bench.signal);
  const after = await bench.sink.waitFor(before.messages + messages, patienceMs, bench.signal);
  const arrived = after.messages - before.messages;
  if (arrived < messages) {
    const reason = load.refusals[0] ?? lastLines(peer);
    throw new Error(`${arrived} of ${messages} messages came through ${peer.name} to warm it up: ${reason}`);
  }
  await sleep(settleMs, undefined, { signal: bench.signal });
}

/** Sends `messages` through the peer and waits until the sink has them. Each `tag` may be used once. */
export async function measure(
  peer: Peer,
  log: TlsLog,
  messages: number,
  tag: string,
  bench: Bench,
): Promise<Measurement> {
  const { sink, signal } = bench;
  const before = await sink.count();
  const cpuBefore = cpuSeconds(peer.roots);
  let peakBytes = 0;
  const sample = () => (peakBytes = Math.max(peakBytes, memoryBytes(peer.roots)));
  const sampling = setInterval(sample, samplePeriodMs);
  try {
    const machineBefore = readMachine();
    const load = await generateLoad(loadOf(peer, messages, tag, bench), signal);
    await sink.waitFor(before.messages + load.accepted, patienceMs, signal);
    const foreign = foreignShare(machineBefore, readMachine());
    sample();
    await sleep(settleMs, undefined, { signal });
    return {
      peer: peer.name,
      ...atTheSink(load, before, await sink.count()),
      acceptedPerSecond: load.accepted / ((load.endedAt - load.startedAt) / 1000),
      acceptP50Ms: load.acceptMs.p50,
      acceptP99Ms: load.acceptMs.p99,
      cpuPerThousand: ((cpuSeconds(peer.roots) - cpuBefore) / load.accepted) * 1000,
      peakBytes,
      foreignShare: foreign,
      accepted: load.accepted,
      refusals: load.refusals,
      ...log.count(),
    };
  } finally {
    clearInterval(sampling);
  }
}

function lastLines({ logFiles }: Peer): string {
  return logFiles.map((file) => `${file} ends with\n${readFileSync(file, 'utf8').slice(-2000)}`).join('\n');
}

function loadOf(peer: Peer, messages: number, tag: string, { scenario }: Bench) {
  const { address, port } = peer;
  const { messagesPerConnection, sizeBytes, domains, zone } = scenario;
  const load = { address, port, messages, sessions, messagesPerConnection, sizeBytes, domains, tag };
  return zone === undefined ? load : { ...load, zone };
}

function atTheSink(load: LoadReport, before: SinkCount, after: SinkCount) {
  const received = after.messages - before.messages;
  const duplicated = after.duplicates - before.duplicates;
  return {
    deliveredPerSecond: received / ((after.lastAt - load.startedAt) / 1000),
    sinkConnectionsPerThousand: ((after.connections - before.connections) / load.accepted) * 1000,
    // More arrives than was accepted when a connection broke before its 250.
    lost: Math.max(0, load.accepted - (received - duplicated)),
    duplicated,
    plaintext: after.plaintext - before.plaintext,
  };
}
