/** A CPU profile as Node writes it (`--cpu-prof`): times in microseconds of the monotonic clock. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly startTime: number;
  /** The node of each sample. */
  readonly samples: readonly number[];
  /** Between the samples. */
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

/** A step of a message through the relay, and the code that takes it. The first that matches counts. */
const steps: readonly (readonly [step: string, code: RegExp])[] = [
  ['log lines', /dist\/maillog\//],
  ['counts for the metrics', /dist\/(?:metrics|status)\/|prom-client/],
  ['the dialogue with the client', /dist\/intake\/|smtp-server/],
  ['the sessions with hosts, and TLS', /dist\/(?:session|tls|certificates)\//],
  ['lookups', /dist\/resolver\/|dns-packet/],
  ['alarms', /bullmq/],
  ['commands of Redis', /ioredis|redis-parser|@ioredis|standard-as-callback/],
  ['queue: accept, take, settle', /dist\/queue\//],
  ['delivery: who is sent what, and what came of it', /dist\/delivery\//],
];

export const otherStep = 'Node.js itself: sockets, timers, streams without a caller';
export const collecting = 'collecting garbage';
const named = new Map([
  ['(garbage collector)', collecting],
  ['(idle)', ''],
  ['(root)', otherStep],
  ['(program)', otherStep],
]);

/**
 * Milliseconds by step, between two moments of the monotonic clock (microseconds). What runs is counted for the nearest
 * caller that belongs to a step: a write of Node is of whoever asked for it. Idle time is no step.
 */
export function cpuBySteps(profile: CpuProfile, from: number, to: number): ReadonlyMap<string, number> {
  const stepOf = stepsOfNodes(profile.nodes);
  const found = new Map<string, number>();
  let at = profile.startTime;
  for (const [index, node] of profile.samples.entries()) {
    // A sample stands for the time until the next one.
    at += profile.timeDeltas[index] ?? 0;
    const lasted = profile.timeDeltas[index + 1] ?? 0;
    const step = stepOf.get(node) ?? otherStep;
    if (step === '' || at < from || at > to) continue;
    found.set(step, (found.get(step) ?? 0) + lasted / 1000);
  }
  return new Map([...found].toSorted(([, one], [, other]) => other - one));
}

function stepsOfNodes(nodes: readonly ProfileNode[]): ReadonlyMap<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  );
  const known = new Map<number, string>();
  function stepOf(id: number): string {
    // A stack may be deep: no recursion.
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const { functionName, url } = byId.get(at)?.callFrame ?? { functionName: '', url: '' };
      const own = named.get(functionName) ?? steps.find(([, code]) => code.test(url))?.[0];
      if (own !== undefined) return own;
    }
    return otherStep;
  }
  for (const { id } of nodes) known.set(id, stepOf(id));
  return known;
}
