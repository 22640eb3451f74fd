import { foreignShare, readMachine } from '../machine-load.ts';
import type { Peer } from '../peer.ts';
import { memoryBytes } from '../process-tree.ts';
import type { Sink } from '../sink.ts';
import { Submission } from '../submission.ts';
import { setStage, type Stage } from '../studies/stage.ts';
import { faultsOf, type Scene } from './scene.ts';

const idle = 1_000;
const busy = 200;
const patienceMs = 20_000;

/**
 * Many clients that send, beside very many that are connected and say nothing, against the same without those. The idle
 * ones come from several addresses, because one address may have no more than 500.
 */
export const idleClients: Scene = {
  title: '1,000 idle and 200 busy clients',
  async play({ messages = 8_000, say, ...options }) {
    const machine = readMachine();
    await using stage = await setStage(1, { ...options });
    const sink = await stage.raiseSink();
    const relay = await stage.startRelay([`intake.client_limit=${idle + 2 * busy}`]);
    const { signal } = options;
    await send(stage, sink, relay, messages / 4, 'warm', signal);

    const without = await send(stage, sink, relay, messages, 'without', signal);
    const before = memoryBytes(relay.roots);
    const clients = await connectIdle(relay);
    const grown = memoryBytes(relay.roots) - before;
    say(`${clients.length} clients are connected`);
    const beside = await send(stage, sink, relay, messages, 'beside', signal);
    const left = clients.filter((client) => client.isOpen).length;
    for (const client of clients) client.destroy();
    return [
      {
        peer: relay.name,
        figures: {
          'delivered/s': beside.perSecond,
          'without idle ones/s': without.perSecond,
          ratio: beside.perSecond / without.perSecond,
          'accept p50 ms': beside.load.acceptMs.p50,
          'accept p99 ms': beside.load.acceptMs.p99,
          'without p99 ms': without.load.acceptMs.p99,
          'KiB for an idle client': grown / idle / 1024,
          MB: beside.bytes / 1e6,
        },
        faults: [
          ...faultsOf({ what: 'g, without', ...without }),
          ...faultsOf({ what: 'g', ...beside }),
          ...(left === idle ? [] : [`g: ${idle - left} of ${idle} idle clients were turned away`]),
        ],
        foreignShare: foreignShare(machine, readMachine()),
      },
    ];
  },
};

async function send(
  stage: Stage,
  sink: Sink,
  relay: Peer,
  messages: number,
  tag: string,
  signal: AbortSignal,
) {
  const before = await sink.count();
  const load = await stage.submit(relay, { messages, sessions: busy, sizeBytes: 4096, tag });
  const after = await sink.waitFor(before.messages + load.accepted, patienceMs, signal);
  const perSecond = (after.messages - before.messages) / ((after.lastAt - load.startedAt) / 1000);
  return { before, after, load, perSecond, bytes: memoryBytes(relay.roots) };
}

async function connectIdle({ port }: Peer): Promise<readonly Submission[]> {
  const clients: Submission[] = [];
  for (let at = 0; at < idle; at += 50) {
    const some = Array.from({ length: 50 }, (_, place) =>
      Submission.open('127.0.0.1', port, `127.0.0.${2 + ((at + place) % 10)}`),
    );
    clients.push(...(await Promise.all(some)));
  }
  return clients;
}
