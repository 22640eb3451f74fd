import type { Severity } from '../core/log/log-event.ts';
import { abortWith } from '../core/when-aborted.ts';
import { nameservers } from './resolv-conf.ts';
import type { Server } from './server.ts';
import type { Trial } from './trial.ts';
import { chooseUpstream, isSameUpstream, upstreamText, upstreamTrouble } from './upstream.ts';
import type { Choices, Upstream } from './upstream.ts';

export interface UpstreamWatchOptions {
  /** Text of /etc/resolv.conf; empty where there is none. */
  readonly readResolvConf: () => Promise<string>;
  /** One of the root's servers that works, if there is one; `undefined` where none is known. */
  readonly tryRoot: (signal: AbortSignal) => Promise<Trial | undefined>;
  readonly tryServer: (server: Server, signal: AbortSignal) => Promise<Trial>;
  /** Makes the private Unbound ask these servers. */
  readonly ask: (upstream: Upstream) => Promise<void>;
  /** Whether the private Unbound validates now. */
  readonly isSound: () => boolean;
  readonly say: (severity: Severity, text: string) => void;
  /** Epoch ms. */
  readonly now: () => number;
  /** Interval of the check whether to choose again. */
  readonly tickMs: number;
  /** Interval at which the root's servers and the forwarders in use are tried, while forwarders are in use. */
  readonly reviewMs: number;
}

export interface UpstreamWatch {
  /** Resolves when a choice was made or the watch is stopped. */
  readonly begun: Promise<void>;
  /** Why no server can be asked; undefined otherwise. */
  trouble(): string | undefined;
  /**
   * Notes a failed lookup. Unbound answers the probes from its cache long after it has lost the servers that it asks.
   */
  suspect(): void;
  stop(): void;
}

const maxPauseMs = 60_000;
/** Number of failed lookups that cause a check. Some domains are always broken. */
const suspicious = 3;
/** Number of successful trials in a row of the root's servers before they replace forwarders that work. */
const goodReviews = 2;

/**
 * Finds the servers that the private Unbound can ask: the root's servers or, if those are out of reach, the servers of
 * resolv.conf. It chooses at the start, whenever Unbound does not validate or lookups fail, whenever a relevant
 * resolv.conf changes, and periodically while forwarders are in use.
 */
export function watchUpstream(options: UpstreamWatchOptions): UpstreamWatch {
  const { now, tickMs, reviewMs } = options;
  const stopped = new AbortController();
  let current: Upstream = { kind: 'root' };
  let chosenFor: string | undefined;
  let chosenAt = -Infinity;
  let vain = 0;
  let failures = 0;
  let rootGood = 0;
  let trouble: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function choose(): Promise<void> {
    const isFirst = chosenFor === undefined;
    const sound = isSound();
    failures = 0;
    chosenFor = await options.readResolvConf();
    chosenAt = now();
    const choices = await tryAll(nameservers(chosenFor));
    rootGood = choices.root?.works === true ? rootGood + 1 : 0;
    const stays = current.kind === 'forwarders' && sound && rootGood > 0 && rootGood < goodReviews;
    const next = stays ? current : chooseUpstream(current, choices);
    vain = isSameUpstream(current, next) && !sound ? vain + 1 : 0;
    const changes = !isSameUpstream(current, next);
    if (changes) await options.ask(next);
    current = next;
    const found = upstreamTrouble(choices);
    const isNews = isFirst || changes || trouble !== undefined;
    if (found === undefined && isNews) options.say('info', upstreamText(next, choices));
    if (found !== undefined && trouble === undefined)
      options.say('warning', `${found}; mail waits, nothing is bounced`);
    trouble = found;
  }

  /** The root's servers come first: if they work, the others are not tried. */
  async function tryAll(servers: readonly Server[]): Promise<Choices> {
    const others = new AbortController();
    const release = abortWith(stopped.signal, others);
    try {
      const forwarders = Promise.all(servers.map((server) => options.tryServer(server, others.signal)));
      forwarders.catch(() => undefined);
      const root = await options.tryRoot(stopped.signal);
      const enough = current.kind === 'root' && (root === undefined || root.works);
      return { root, forwarders: enough ? [] : await forwarders };
    } finally {
      release();
      others.abort();
    }
  }

  function isSound(): boolean {
    return options.isSound() && failures < suspicious && trouble === undefined;
  }

  async function isDue(): Promise<boolean> {
    const sound = isSound();
    if (current.kind === 'root' && sound) return false;
    if ((await options.readResolvConf()) !== chosenFor) return true;
    const pauseMs = sound ? reviewMs : Math.min(maxPauseMs, tickMs * 2 ** Math.min(vain, 20));
    return now() - chosenAt >= pauseMs;
  }

  async function run(isFirst: boolean): Promise<void> {
    try {
      if (isFirst || (await isDue())) await choose();
    } catch (error) {
      if (!stopped.signal.aborted)
        options.say('warning', `whom to ask for DNS records was not found out: ${String(error)}`);
    }
    if (stopped.signal.aborted) return;
    timer = setTimeout(() => void run(false), tickMs);
    timer.unref();
  }

  return {
    begun: run(true),
    trouble: () => trouble,
    suspect: () => {
      failures += 1;
    },
    stop: () => {
      clearTimeout(timer);
      stopped.abort();
    },
  };
}
