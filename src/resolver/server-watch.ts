import type { Lookup } from '../core/dns/answer.ts';
import { askOthers, askSigned, type Probes, type Finding, type Shortcoming } from './probes.ts';
import { publicProbes } from './public-probes.ts';
import { shareFresh } from './share-fresh.ts';

/**
 * `unknown` until the first probes are answered. One bad probe makes a server `unsound`. A good round of probes makes
 * it `recovering`, and only further ones make it `sound` again, so that a server that flaps is not believed in between.
 */
export type ServerStanding = 'unknown' | 'sound' | 'recovering' | 'unsound';

export interface ServerWatchOptions {
  /** Asks this server alone, uncached. */
  readonly lookup: Lookup;
  readonly probes: Probes;
  /** Interval between two rounds while all is well. */
  readonly intervalMs: number;
  /** Epoch ms. */
  readonly now: () => number;
  /** Whether a server that recovers may be believed yet. */
  readonly mayReturn: () => boolean;
  /** Is called when the standing, or the kind of failure, has changed. */
  readonly onChange: () => void;
}

export interface ServerWatch {
  standing(): ServerStanding;
  /** Why, until the server is sound again. */
  shortcoming(): Shortcoming | undefined;
  /** The last finding, for the log. */
  what(): string;
  /** Whether the signed probe, asked after this call, gets the right answer. False once stopped. */
  fresh(): Promise<boolean>;
  /** Resolves when the first round is over or the watch is stopped. */
  readonly begun: Promise<void>;
  stop(): void;
}

/** Interval while unsound: a second after the first bad probe, then longer each time, up to the maximum. */
const firstRecheckMs = 1000;
const maxRecheckMs = 5000;
/** A server that recovers is believed after two good rounds with this time between them. */
const confirmMs = 500;

/** Asks one server, at once and then periodically, whether it validates (RFC 7672 §2.1.1). */
export function watchServer(options: ServerWatchOptions): ServerWatch {
  const { lookup, probes, now } = options;
  const everybodys = publicProbes(lookup, probes.publicOnes ?? [], now);
  const stopped = new AbortController();
  let standing: ServerStanding = 'unknown';
  let shortcoming: Shortcoming | undefined;
  let what = 'not probed yet';
  let failures = 0;
  let recoveringSince = 0;
  let timer: NodeJS.Timeout | undefined;
  let inRound = false;

  /** `undefined` once stopped. */
  const askFresh = shareFresh(async () => {
    const finding = await unlessStopped(askSigned(lookup, probes, stopped.signal));
    if (finding !== undefined && finding.kind !== 'validates') reject(finding);
    return finding;
  });

  async function askTheOthers(): Promise<Finding> {
    const own = await askOthers(lookup, probes, stopped.signal);
    if (own.kind !== 'validates') return own;
    const known = await everybodys.ask(standing === 'sound', stopped.signal);
    if (known.kind !== 'validates') return known;
    return { kind: 'validates', what: [own.what, known.what].filter(Boolean).join(', ') };
  }

  async function unlessStopped(asking: Promise<Finding>): Promise<Finding | undefined> {
    try {
      return await asking;
    } catch (error) {
      if (stopped.signal.aborted) return undefined;
      throw error;
    }
  }

  function reject(finding: Shortcoming): void {
    failures += 1;
    what = finding.what;
    const isNews = standing !== 'unsound' || shortcoming?.kind !== finding.kind;
    standing = 'unsound';
    shortcoming = finding;
    if (isNews) options.onChange();
    plan();
  }

  function accept(): void {
    const before = standing;
    failures = 0;
    if (standing === 'unknown') standing = 'sound';
    if (standing === 'unsound') {
      standing = 'recovering';
      recoveringSince = now();
    }
    if (standing === 'recovering' && now() - recoveringSince >= confirmMs && options.mayReturn()) {
      standing = 'sound';
      shortcoming = undefined;
    }
    if (standing !== before) options.onChange();
  }

  async function round(): Promise<void> {
    inRound = true;
    clearTimeout(timer);
    const failuresBefore = failures;
    const signed = await askFresh();
    const others = signed?.kind === 'validates' ? await unlessStopped(askTheOthers()) : undefined;
    if (others !== undefined && others.kind !== 'validates') reject(others);
    // A good state at the beginning counts only if nothing was bad since.
    if (others?.kind === 'validates' && failures === failuresBefore) {
      what = [signed?.what, others.what].filter(Boolean).join(', ');
      accept();
    }
    inRound = false;
    plan();
  }

  function plan(): void {
    clearTimeout(timer);
    if (inRound || stopped.signal.aborted) return;
    timer = setTimeout(() => void round(), Math.min(waitMs(), options.intervalMs));
    timer.unref();
  }

  function waitMs(): number {
    if (standing === 'sound') return options.intervalMs;
    return standing === 'recovering' ? confirmMs : Math.min(firstRecheckMs * failures, maxRecheckMs);
  }

  const begun = round();
  return {
    standing: () => standing,
    shortcoming: () => shortcoming,
    what: () => what,
    fresh: async () => (await askFresh())?.kind === 'validates',
    begun,
    stop: () => {
      clearTimeout(timer);
      stopped.abort();
    },
  };
}
