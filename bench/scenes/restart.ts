import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../test/lab/until.ts';
import { freePort } from '../free-port.ts';
import { foreignShare, readMachine } from '../machine-load.ts';
import type { Peer } from '../peer.ts';
import { runCommand } from '../run-command.ts';
import type { Sink } from '../sink.ts';
import { setStage } from '../studies/stage.ts';
import { TlsLog } from '../tls-log.ts';
import { faultsOf, type Scene, type SceneOptions, type SceneResult } from './scene.ts';

/** What the first so many messages after a restart take is the cost of a process that has compiled nothing yet. */
const first = 2_000;
const patienceMs = 30_000;
/** Connections to the one destination: as many messages may have come without their reply having been seen. */
const connections = 20;

/** A relay that ends in the middle of scenario a, and is started again: as it is told to, and killed. */
export const restart: Scene = {
  title: 'a restart in the middle of a: SIGTERM, and kill -9',
  async play(options) {
    return [await playEnd('SIGTERM', options), await playEnd('SIGKILL', options)];
  },
};

async function playEnd(
  signalName: 'SIGTERM' | 'SIGKILL',
  { messages = 8_000, signal, say, ...options }: SceneOptions,
): Promise<SceneResult> {
  const machine = readMachine();
  await using stage = await setStage(1, { ...options, signal });
  const sink = await stage.raiseSink();
  const settings = [`listen=127.0.0.1:${await freePort()}`];
  let relay = await stage.startRelay(settings);
  const begun = await sink.count();

  const sending = stage.submit(relay, { messages, sizeBytes: 4096, tag: 'before' });
  const half = Math.floor(messages / 2);
  await sink.waitFor(half - first, patienceMs, signal);
  const steadyAt = performance.now();
  await sink.waitFor(half, patienceMs, signal);
  const steady = first / ((performance.now() - steadyAt) / 1000);
  const log = new TlsLog(relay.logFiles);
  const seen = log.count();

  const endedAt = performance.now();
  await end(relay, signalName);
  const stopSeconds = (performance.now() - endedAt) / 1000;
  const before = await sending;
  const startedAt = performance.now();
  relay = await stage.startRelay(settings);
  const startSeconds = (performance.now() - startedAt) / 1000;
  say(`${signalName}: ended after ${stopSeconds.toFixed(2)} s, ready after ${startSeconds.toFixed(2)} s`);

  const again = await sink.count();
  const readyAt = performance.now();
  const resending = stage.submit(relay, { messages, sizeBytes: 4096, tag: 'after' });
  const firstSeconds = await timeFor(first, sink, again.messages, readyAt, signal);
  const laterAt = performance.now();
  await sink.waitFor(again.messages + 3 * first, patienceMs, signal);
  const later = (2 * first) / ((performance.now() - laterAt) / 1000);
  const after = await resending;
  const arrived = (await settled(sink, signal)) - begun.messages;
  const { deliveries: waiting } = JSON.parse(
    (await runCommand(stage.lab, ['queue', 'count', '--json'])).output,
  ) as { readonly deliveries: number };
  const end_ = await sink.count();
  const twice = end_.duplicates - begun.duplicates;
  const accepted = before.accepted + after.accepted;
  const may = signalName === 'SIGTERM' ? 0 : connections;
  const unique = arrived - twice;
  return {
    peer: `relay, ${signalName}`,
    figures: {
      'stop s': stopSeconds,
      'start s': startSeconds,
      [`first ${first}/s`]: first / firstSeconds,
      'later/s': later,
      'before/s': steady,
      'first to later': first / firstSeconds / later,
      'arrived twice': twice,
      'without a 250': Math.max(0, unique + waiting - accepted),
      waiting,
    },
    faults: [
      ...(unique + waiting < accepted ? [`i: ${accepted - unique - waiting} messages lost`] : []),
      // The reply to its final dot was lost with the process, or its 250 was.
      ...(unique + waiting > accepted + 20
        ? [`i: ${unique + waiting - accepted} messages more than accepted`]
        : []),
      ...(twice > may ? [`i: ${twice} messages arrived twice, ${may} may have`] : []),
      ...faultsOf({
        what: 'i, in clear text or refused',
        load: after,
        wanted: unique,
        before: begun,
        after: end_,
        log: seen,
      }).filter((fault) => !fault.includes('duplicated')),
    ],
    foreignShare: foreignShare(machine, readMachine()),
  };
}

async function end(relay: Peer, signalName: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (signalName === 'SIGTERM') return relay[Symbol.asyncDispose]();
  const [pid = -1] = relay.roots;
  process.kill(pid, signalName);
  await until(() => !isAlive(pid), 'the killed relay is gone', patienceMs);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Seconds until so many more have come. */
async function timeFor(
  count: number,
  sink: Sink,
  from: number,
  since: number,
  signal: AbortSignal,
): Promise<number> {
  await sink.waitFor(from + count, patienceMs, signal);
  return (performance.now() - since) / 1000;
}

/** The number of messages once none has come for a while. */
async function settled(sink: Sink, signal: AbortSignal): Promise<number> {
  for (let seen = -1; ;) {
    const { messages } = await sink.count();
    if (messages === seen) return messages;
    seen = messages;
    await sleep(3_000, undefined, { signal });
  }
}
