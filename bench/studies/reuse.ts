import type { Load } from '../generate-load.ts';
import { linesOf, setStage, type Study } from './stage.ts';

const domains = 50;
const patienceMs = 20_000;

/** How many messages go out over a connection that served another one before, for several kinds of traffic. */
export const reuse: Study = async (options) => {
  const { messages = 2_000, say, signal } = options;
  await using stage = await setStage(domains, options);
  const sink = await stage.raiseSink();
  const relay = await stage.startRelay();
  const faults: string[] = [];

  async function part(what: string, load: Partial<Load> & { readonly tag: string }): Promise<void> {
    const before = await sink.count();
    const [sentBefore, reusedBefore] = counts();
    const { accepted } = await stage.submit(relay, load);
    const after = await sink.waitFor(before.messages + accepted, patienceMs, signal);
    const [sent, reused] = counts();
    const share = ((reused - reusedBefore) / (sent - sentBefore)) * 100;
    const connections = after.connections - before.connections;
    say(
      `${what.padEnd(50)} ${share.toFixed(1)} % on a used connection, ${connections} connections for ${accepted}`,
    );
    if (after.messages - before.messages < accepted) faults.push(`messages of "${what}" did not arrive`);
  }
  /** Messages that were sent, and those of them on a used connection. */
  function counts(): readonly [number, number] {
    return [linesOf(relay, /status=sent/g), linesOf(relay, /, conn_use=\d+,.*status=sent/g)];
  }

  await part('one destination, as fast as it goes', { messages, domains: 1, tag: 'burst' });
  await part(`${domains} destinations, as fast as it goes`, { messages, domains, tag: 'many' });
  const slowly = { sessions: 1, messagesPerConnection: 1_000, domains: 1 };
  await part('one destination, a message every 100 ms', {
    ...slowly,
    messages: 60,
    pauseMs: 100,
    tag: 'slow',
  });
  await part('one destination, a message every 1.5 s', {
    ...slowly,
    messages: 8,
    pauseMs: 1_500,
    tag: 'slower',
  });
  return faults;
};
