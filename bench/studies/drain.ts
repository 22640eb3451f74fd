import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../test/lab/until.ts';
import type { SinkCount } from '../sink.ts';
import { linesOf, setStage, type Study } from './stage.ts';

const domains = 20;
const backoffSeconds = 10;
const patienceMs = 40_000;

/**
 * How a backlog goes out: of one destination that was down and comes up, and of twenty after the relay itself was away
 * and all of it is due at once. The backoff is short here, so that an outage takes seconds.
 */
export const drain: Study = async (options) => {
  const { messages = 5_000, say, signal } = options;
  const faults: string[] = [];
  const settings = [`queue.minimal_backoff=${backoffSeconds}s`, `queue.maximal_backoff=${backoffSeconds}s`];

  async function part(what: string, spread: number, isRelayAway: boolean): Promise<void> {
    await using stage = await setStage(spread, options);
    let relay = await stage.startRelay(settings);
    const { accepted } = await stage.submit(relay, { messages, tag: `drain-${spread}` });
    const deferred = (): number => linesOf(relay, /status=deferred/g);
    await until(() => deferred() >= accepted, 'everything was deferred', patienceMs);
    if (isRelayAway) {
      await relay[Symbol.asyncDispose]();
      await sleep((backoffSeconds + 2) * 1_000, undefined, { signal });
    }
    const sink = await stage.raiseSink();
    const upAt = Date.now();
    if (isRelayAway) relay = await stage.startRelay(settings);
    const after = await sink.waitFor(accepted, patienceMs, signal);
    say(line(what, after, upAt, accepted));
    if (after.messages < accepted) faults.push(`${accepted - after.messages} messages did not arrive`);
    if (after.duplicates > 0) faults.push(`${after.duplicates} messages arrived twice`);
  }

  await part('one destination was down', 1, false);
  await part(`the relay was away, ${domains} destinations`, domains, true);
  return faults;
};

function line(what: string, after: SinkCount, upAt: number, accepted: number): string {
  const { firstAt, lastAt, messages, connections, mostOpen } = after;
  const seconds = (lastAt - firstAt) / 1000;
  return (
    `${what.padEnd(45)} ${messages} of ${accepted}: the first after ${((firstAt - upAt) / 1000).toFixed(1)} s, ` +
    `all within ${seconds.toFixed(1)} s of it (${(messages / seconds).toFixed(0)}/s), ` +
    `at most ${mostOpen} connections to a host, ${connections} in all`
  );
}
