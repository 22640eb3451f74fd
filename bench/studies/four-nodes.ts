import { availableParallelism } from 'node:os';
import { sharedCapacity } from '../budget/capacity.ts';
import { foreignShare, readMachine } from '../machine-load.ts';
import type { Peer } from '../peer.ts';
import { memoryBytes } from '../process-tree.ts';
import { startRelayPeer } from '../relay-peer.ts';
import { foreignLimit } from '../rounds.ts';
import { setStage, type Study } from './stage.ts';

const nodes = 4;
const patienceMs = 20_000;
/** The model may be wrong by this much. */
const mostError = 0.25;

/**
 * Four relays with a Redis each on this machine, all at once, against what the cost of a message at one of them says, with
 * its share of the clients: they share the processors and nothing else.
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
    await play(relays, nodes * 2_500, 'warm');
    const one = await play(relays.slice(0, 1), messages / nodes, 'one');
    const all = await play(relays, messages, 'all');
    const cores = availableParallelism();
    const predicted = sharedCapacity(cores, one.cpuPerThousand);
    const error = all.perSecond / predicted - 1;
    say(
      `one node: ${one.perSecond.toFixed(0)}/s, ${one.cpuPerThousand.toFixed(2)} CPU s/1000 with clients and hosts`,
    );
    say(
      `${nodes} nodes: ${all.perSecond.toFixed(0)}/s, predicted ${predicted.toFixed(0)}/s, error ${(error * 100).toFixed(0)} %; ${all.cpuPerThousand.toFixed(2)} CPU s/1000, ${(all.bytes / 1e6).toFixed(0)} MB in all; foreign CPU ${(all.foreign * 100).toFixed(0)} %`,
    );
    if (all.foreign > foreignLimit) say('NOISY: others used the machine, the error says little');
    else if (Math.abs(error) > mostError) faults.push(`the model is wrong by ${(error * 100).toFixed(0)} %`);
    return faults;
  } finally {
    await Promise.all(relays.map((relay) => relay[Symbol.asyncDispose]()));
  }

  /** Each node has its share of the messages, and of the sessions. */
  async function play(some: readonly Peer[], count: number, tag: string) {
    const before = await sink.count();
    const machine = readMachine();
    const loads = await Promise.all(
      some.map((relay, node) =>
        stage.submit(relay, {
          messages: count / some.length,
          // As many at one node alone: how much travels together makes a difference.
          sessions: 20 / nodes,
          sizeBytes: 4096,
          tag: `${tag}-${node}`,
        }),
      ),
    );
    const accepted = loads.reduce((sum, load) => sum + load.accepted, 0);
    const after = await sink.waitFor(before.messages + accepted, patienceMs, signal);
    const now = readMachine();
    const received = after.messages - before.messages;
    if (received !== count || after.duplicates > before.duplicates || after.plaintext > before.plaintext)
      faults.push(`of ${count} messages of ${tag} ${received} arrived, in clear or twice`);
    return {
      perSecond: received / ((after.lastAt - Math.min(...loads.map(({ startedAt }) => startedAt))) / 1000),
      cpuPerThousand: ((now.ownSeconds - machine.ownSeconds) / count) * 1000,
      foreign: foreignShare(machine, now),
      bytes: memoryBytes(some.flatMap(({ roots }) => roots)),
    };
  }
};
