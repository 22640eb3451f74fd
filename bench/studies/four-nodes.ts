import { availableParallelism } from 'node:os';
import { plannedShare, sharedCapacity } from '../budget/capacity.ts';
import { foreignShare, readMachine } from '../machine-load.ts';
import type { Peer } from '../peer.ts';
import { memoryBytes } from '../process-tree.ts';
import { startRelayPeer } from '../relay-peer.ts';
import { foreignLimit } from '../rounds.ts';
import { setStage, type Study } from './stage.ts';

const nodes = 4;
const patienceMs = 20_000;
/** For so long four nodes are given what the model plans with. */
const plannedSeconds = 15;
/** They keep up if so much of it has arrived by its end. */
const keptUp = 0.95;

/**
 * Four relays with a Redis each on this machine, all at once, against what the cost of a message at one of them says, with
 * its share of the clients: they share the processors and nothing else. What is planned with must pass without a queue; what
 * they carry when all processors are wanted says how much of the reserve their being so many takes.
 */
export const fourNodes: Study = async (options) => {
  const { messages = 8_000, say, signal } = options;
  await using stage = await setStage(1, options);
  const sink = await stage.raiseSink();
  const relays: Peer[] = [];
  const faults: string[] = [];
  try {
    for (let node = 1; node <= nodes; node += 1) {
      const settings = options.relaySettings;
      relays.push(await startRelayPeer(stage.lab, { settings, split: false, name: `relay${node}` }));
    }
    // The first of a process cost more: nothing is compiled then.
    await play(relays, nodes * 5_000, 'warm');
    const one = await play(relays.slice(0, 1), messages / nodes, 'one');
    const all = await play(relays, messages, 'all');
    const cores = availableParallelism();
    const predicted = sharedCapacity(cores, one.cpuPerThousand);
    const planned = predicted * plannedShare;
    const steady = await play(relays, Math.round(planned * plannedSeconds), 'planned', planned);
    const error = all.perSecond / predicted - 1;
    say(
      `one node: ${one.perSecond.toFixed(0)}/s, ${one.cpuPerThousand.toFixed(2)} CPU s/1000 with clients and hosts`,
    );
    say(
      `${nodes} nodes, as fast as they can: ${all.perSecond.toFixed(0)}/s, predicted ${predicted.toFixed(0)}/s, error ${(error * 100).toFixed(0)} %; ${all.cpuPerThousand.toFixed(2)} CPU s/1000, ${(all.bytes / 1e6).toFixed(0)} MB in all; foreign CPU ${(all.foreign * 100).toFixed(0)} %`,
    );
    say(
      `${nodes} nodes, as planned: ${steady.perSecond.toFixed(0)}/s of ${planned.toFixed(0)}/s, accept p99 ${steady.acceptMs.toFixed(0)} ms, ${steady.cpuPerThousand.toFixed(2)} CPU s/1000; foreign CPU ${(steady.foreign * 100).toFixed(0)} %`,
    );
    if (steady.foreign > foreignLimit) say('NOISY: others used the machine, the figures say little');
    else if (steady.perSecond < keptUp * planned)
      faults.push(
        `of ${planned.toFixed(0)}/s that were planned with ${steady.perSecond.toFixed(0)}/s passed`,
      );
    return faults;
  } finally {
    await Promise.all(relays.map((relay) => relay[Symbol.asyncDispose]()));
  }

  /** Each node has its share of the messages, and of the sessions. */
  async function play(some: readonly Peer[], count: number, tag: string, perSecond = 0) {
    const before = await sink.count();
    const machine = readMachine();
    const loads = await Promise.all(
      some.map((relay, node) =>
        stage.submit(relay, {
          messages: Math.round(count / some.length),
          // As many at one node alone: how much travels together makes a difference.
          sessions: 20 / nodes,
          sizeBytes: 4096,
          messagesPerSecond: perSecond / some.length,
          tag: `${tag}-${node}`,
        }),
      ),
    );
    const accepted = loads.reduce((sum, load) => sum + load.accepted, 0);
    const after = await sink.waitFor(before.messages + accepted, patienceMs, signal);
    const now = readMachine();
    const received = after.messages - before.messages;
    if (received !== accepted || after.duplicates > before.duplicates || after.plaintext > before.plaintext)
      faults.push(`of ${accepted} messages of ${tag} ${received} arrived, in clear or twice`);
    return {
      perSecond: received / ((after.lastAt - Math.min(...loads.map(({ startedAt }) => startedAt))) / 1000),
      cpuPerThousand: ((now.ownSeconds - machine.ownSeconds) / count) * 1000,
      acceptMs: Math.max(...loads.map(({ acceptMs }) => acceptMs.p99)),
      foreign: foreignShare(machine, now),
      bytes: memoryBytes(some.flatMap(({ roots }) => roots)),
    };
  }
};
