import type { Lookup } from '../core/dns/answer.ts';
import type { Probes, ProbeName } from './probes.ts';
import type { Server } from './server.ts';
import { watchServer, type ServerWatch, type ServerStanding } from './server-watch.ts';
import { changeText, type Change, type WatchedServer } from './validation-words.ts';

/** Whether the resolver validates, and what an operator needs to know about it. */
export interface ValidationState {
  /** At least one server does. */
  readonly validating: boolean;
  /** At least one server answers, signed or not. */
  readonly answering: boolean;
  /** Which probes ended badly at their last try, at any server. */
  readonly failedProbes: readonly ProbeName[];
  /** One line: what is the matter, what it means, what to do. */
  readonly reason: string;
  /** Epoch ms at which it became so. */
  readonly sinceMs: number;
}

export interface WatchOptions {
  /** Each with a lookup of its own, uncached; at least one. */
  readonly servers: readonly { readonly server: Server; readonly lookup: Lookup }[];
  readonly probes: Probes;
  /** Between two rounds of probes while all is well. */
  readonly intervalMs: number;
  /** How long after an answer that could not be confirmed nothing is believed, see `distrust`. */
  readonly holdMs: number;
  /** Epoch ms. */
  readonly now: () => number;
  /** Called after the first probes, and then once for every change. */
  readonly onChange: (change: Change) => void;
}

export interface ValidationWatch {
  state(): ValidationState;
  /** The state after a new probe of every server that counts as validating. */
  check(): Promise<ValidationState>;
  /** The servers to ask: those that validate; if there are none, those that may do so again; else all. */
  inUse(): readonly Server[];
  /** Another number whenever another server is in use, or one stands differently than before. */
  generation(): number;
  /**
   * Whether an answer that was asked for in that generation can be believed: the servers in use were good throughout, and for
   * an unsigned answer also prove it now, after the answer.
   */
  confirm(generation: number, secure: boolean): Promise<boolean>;
  /**
   * An answer that nobody could confirm was handed out nevertheless, for mail at a level that needs no DNSSEC. For a
   * while the state stays bad, so that nobody finds it good who built on that answer.
   */
  distrust(): void;
  stop(): void;
}

interface Member {
  readonly server: Server;
  readonly watch: ServerWatch;
}

/**
 * Asks every server by itself for records whose security is known, so that one which lost its DNSSEC (RFC 7672 §2.1.1)
 * is noticed, and left out, before it makes every signed domain look like an unsigned one.
 */
export function startValidationWatch(options: WatchOptions): ValidationWatch {
  const { probes, intervalMs, now } = options;
  let generation = 0;
  let distrustedAt = -Infinity;
  let told: readonly WatchedServer[] = [];
  let state: ValidationState = {
    validating: false,
    answering: false,
    failedProbes: [],
    reason: 'DNSSEC validation is not probed yet',
    sinceMs: now(),
  };
  const members: Member[] = options.servers.map(({ server, lookup }) => ({
    server,
    watch: watchServer({
      lookup,
      probes,
      intervalMs,
      now,
      mayReturn: () => now() - distrustedAt >= options.holdMs,
      onChange: heed,
    }),
  }));
  const begun = Promise.all(members.map(({ watch }) => watch.begun));

  function heed(): void {
    generation += 1;
    const servers = members.map(({ server, watch }) => ({
      name: nameOf(server),
      standing: watch.standing(),
      shortcoming: watch.shortcoming(),
      what: watch.what(),
    }));
    const validating = servers.some(({ standing }) => standing === 'sound');
    // Nothing is said against the resolver before all servers had their turn.
    if (!validating && servers.some(({ standing }) => standing === 'unknown')) return;
    const change = changeText(told, servers);
    told = servers;
    if (change === undefined) return;
    const shortcomings = servers.flatMap(({ shortcoming }) => shortcoming ?? []);
    state = {
      validating,
      answering: servers.some(({ shortcoming }) => shortcoming?.kind !== 'does not answer'),
      failedProbes: [...new Set(shortcomings.map(({ probe }) => probe))],
      reason: change.text,
      sinceMs: now(),
    };
    options.onChange(change);
  }

  function thatAre(standing: ServerStanding): readonly Member[] {
    return members.filter(({ watch }) => watch.standing() === standing);
  }

  function inUse(): readonly Member[] {
    const choices = [thatAre('sound'), thatAre('recovering'), members];
    return choices.find((choice) => choice.length > 0) ?? members;
  }

  async function areGood(chosen: readonly Member[]): Promise<boolean> {
    const proofs = await Promise.all(chosen.map(({ watch }) => watch.fresh()));
    return proofs.every(Boolean);
  }

  return {
    state: () => state,
    check: async () => {
      await begun;
      await areGood(thatAre('sound'));
      return state;
    },
    inUse: () => inUse().map(({ server }) => server),
    generation: () => generation,
    confirm: async (since, secure) => {
      await begun;
      const asked = inUse();
      if (generation !== since || asked.some(({ watch }) => watch.standing() === 'unsound')) return false;
      return secure || ((await areGood(asked)) && generation === since);
    },
    distrust: () => {
      distrustedAt = now();
    },
    stop: () => {
      for (const { watch } of members) watch.stop();
    },
  };
}

function nameOf({ address, port }: Server): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
