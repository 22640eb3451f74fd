import { momentText } from '../core/time/moment-text.ts';
import { nameAsked } from './name-asked.ts';
import { duration } from '../core/duration-text.ts';
import { lossWords } from '../core/sticky/sticky-memory.ts';
import type { RememberedDestination, StickyMemories } from '../queue/open-queue.ts';

type Print = (line: string) => boolean;
interface Memories {
  readonly sticky: Pick<StickyMemories, 'list' | 'release'>;
}

interface Shown {
  readonly destinations: readonly string[];
  readonly json: boolean;
  /** How long a destination is remembered. */
  readonly horizonMs: number;
  readonly now: number;
  readonly print: Print;
}

/** Shows what is remembered. True if something is of every destination that was asked for. */
export async function listRemembered(
  { sticky }: Memories,
  { destinations, json, horizonMs, now, print }: Shown,
): Promise<boolean> {
  const wanted = new Set(destinations.map(nameAsked));
  const shown = await sticky.list(wanted.size === 0 ? undefined : [...wanted]);
  for (const one of shown) {
    const lines = json ? [JSON.stringify(recordOf(one, horizonMs))] : describe(one, horizonMs, now);
    if (!lines.every((line) => print(line))) return true;
  }
  for (const { destination } of shown) wanted.delete(destination);
  if (!json && shown.length === 0 && wanted.size === 0) print('No destination is remembered');
  if (!json) for (const name of wanted) print(`${name}: nothing is remembered`);
  return wanted.size === 0;
}

/** Lets go of destinations. True if something was remembered of each. */
export async function releaseRemembered(
  { sticky }: Memories,
  destinations: readonly string[],
  print: Print,
): Promise<boolean> {
  let all = true;
  for (const name of destinations.map(nameAsked)) {
    const done = await sticky.release(name);
    const words = done
      ? 'it is forgotten; mail that waits goes at its next attempt (dane-relay queue flush)'
      : 'nothing is remembered';
    print(`${name}: ${words}`);
    all &&= done;
  }
  return all;
}

function untilOf({ hosts }: RememberedDestination, horizonMs: number): number {
  return Math.max(...hosts.values()) + horizonMs;
}

function recordOf(one: RememberedDestination, horizonMs: number): object {
  const { destination, hosts, loss } = one;
  return {
    schema: 1,
    destination,
    until: momentText(untilOf(one, horizonMs)),
    hosts: [...hosts].map(([host, at]) => ({ host, provedAt: momentText(at) })),
    ...(loss !== undefined && {
      lost: { what: loss.what, host: loss.host, since: momentText(loss.since), waits: loss.waits },
    }),
  };
}

function describe(one: RememberedDestination, horizonMs: number, now: number): readonly string[] {
  const { destination, hosts, loss } = one;
  const until = untilOf(one, horizonMs);
  return [
    `${destination}: until ${momentText(until)} (for ${duration(until - now)})`,
    ...[...hosts].map(([host, at]) => `    ${host} proved at ${momentText(at)}`),
    ...(loss === undefined
      ? []
      : [
          `    since ${momentText(loss.since)} ${loss.host} ${lossWords[loss.what]}; mail ${loss.waits ? 'waits' : 'goes'}`,
        ]),
  ];
}
