import { until } from '../../test/lab/until.ts';
import { memoryBytes } from '../process-tree.ts';
import { quantile } from '../statistics.ts';
import { hangingZone, setStage, type Stage, type Study, type StudyOptions } from './stage.ts';
import type { Peer } from '../peer.ts';
import type { Sink } from '../sink.ts';

const domains = 10;
const healthyMessages = 2000;
/** Destinations that hang at the same time, in the last part. */
const manyHanging = 500;
const patienceMs = 20_000;

interface Figures {
  readonly deliveredPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly lost: number;
}

/**
 * Mail for ten destinations that work: by itself, while 10,000 messages wait for one that takes connections and says
 * nothing, and while 500 such destinations have mail besides.
 */
export const headOfLine: Study = async (options) => {
  const { messages: waiting = 10_000, say } = options;
  await using stage = await setStage(domains, options);
  const sink = await stage.raiseSink();
  const relay = await stage.startRelay();
  // Put away before the relay is, which would give what hangs twenty seconds.
  const hang = await stage.raiseHang();
  await healthy('warm', 200, stage, relay, sink, options);

  const alone = await healthy('alone', healthyMessages, stage, relay, sink, options);
  say(line('nothing hangs', alone, alone));
  const { accepted } = await stage.submit(relay, {
    messages: waiting,
    domains: 1,
    zone: hangingZone,
    tag: 'one',
  });
  const one = await healthy('beside-one', healthyMessages, stage, relay, sink, options);
  say(line(`${accepted} wait for one that hangs (${hang.open.size} connections)`, one, alone));
  await stage.submit(relay, { messages: manyHanging, domains: manyHanging, zone: hangingZone, tag: 'many' });
  await until(() => hang.open.size >= manyHanging, 'the hanging destinations are connected to', patienceMs);
  const many = await healthy('beside-many', healthyMessages, stage, relay, sink, options);
  say(line(`and ${manyHanging} more that hang (${hang.open.size} connections)`, many, alone));
  say(`Memory of the relay and its Redis at the end: ${(memoryBytes(relay.roots) / 1e6).toFixed(0)} MB`);
  return [alone, one, many].flatMap(({ lost }) => (lost > 0 ? [`${lost} messages did not arrive`] : []));
};

async function healthy(
  tag: string,
  messages: number,
  stage: Stage,
  relay: Peer,
  sink: Sink,
  { signal }: StudyOptions,
): Promise<Figures> {
  await sink.delays();
  const before = await sink.count();
  const load = await stage.submit(relay, { messages, tag });
  const after = await sink.waitFor(before.messages + load.accepted, patienceMs, signal);
  const delays = await sink.delays();
  return {
    deliveredPerSecond: (after.messages - before.messages) / ((after.lastAt - load.startedAt) / 1000),
    p50Ms: quantile(delays, 0.5),
    p99Ms: quantile(delays, 0.99),
    lost: load.accepted - (after.messages - before.messages),
  };
}

function line(what: string, { deliveredPerSecond, p50Ms, p99Ms }: Figures, alone: Figures): string {
  const ratio = (deliveredPerSecond / alone.deliveredPerSecond).toFixed(2);
  const figures = `${deliveredPerSecond.toFixed(0)}/s delivered (ratio ${ratio}), delay p50 ${p50Ms} ms, p99 ${p99Ms} ms`;
  return `${what.padEnd(60)} ${figures}`;
}
