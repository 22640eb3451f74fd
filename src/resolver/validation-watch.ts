import type { Lookup } from '../core/dns/answer.ts';
import type { Probes, ProbeName } from './probes.ts';
import { nameOfServer, type Server } from './server.ts';
import { watchServer, type ServerWatch, type ServerStanding } from './server-watch.ts';
import { changeText, type Change, type WatchedServer } from './validation-words.ts';

/** Whether the resolver validates, with what an operator needs to know. */
export interface ValidationState {
  /** At least one server does. */
  readonly validating: boolean;
  /** At least one server answers, signed or not. */
  readonly answering: boolean;
  /** Probes whose last try failed, at any server. */
  readonly failedProbes: readonly ProbeName[];
  /** One line: what is wrong, what it means, what to do. */
  readonly reason: string;
  /** Epoch ms of the last change. */
  readonly sinceMs: number;
}

export interface WatchOptions {
  /** At least one server, each with its own uncached lookup. */
  readonly servers: readonly { readonly server: Server; readonly lookup: Lookup }[];
  readonly probes: Probes;
  /** Interval between two rounds of probes while all is well. */
  readonly intervalMs: number;
  /** How long nothing is believed after an answer that could not be confirmed; see `distrust`. */
  readonly holdMs: number;
  /** Epoch ms. */
  readonly now: () => number;
  /** Is called after the first probes, and then once for every change. */
  readonly onChange: (change: Change) => void;
}

export interface ValidationWatch {
  state(): ValidationState;
  /** The state after a new probe of every server that counts as validating. */
  check(): Promise<ValidationState>;
  /** The servers to ask: those that validate; if there are none, those that may soon validate again; otherwise all. */
  inUse(): readonly Server[];
  /** Changes whenever the servers in use, or the standing of one of them, change. */
  generation(): number;
  /**
   * Whether an answer that was asked for in that generation can be believed: the servers in use were good throughout,
   * and for an unsigned answer they also prove it now, after the answer.
   */
  confirm(generation: number, secure: boolean): Promise<boolean>;
  /**
   * Notes that an unconfirmed answer was used, for mail at a level that needs no DNSSEC. The state stays bad for a
   * while, so that nothing that relied on that answer finds the state good.
   */
  distrust(): void;
  stop(): void;
}

interface Member {
  readonly server: Server;
  readonly watch: ServerWatch;
}

/**
 * Asks every server separately for records whose security is known. A server that has lost DNSSEC (RFC 7672 §2.1.1) is
 * noticed and left out before it makes every signed domain look unsigned.
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
      name: nameOfServer(server),
      standing: watch.standing(),
      shortcoming: watch.shortcoming(),
      what: watch.what(),
    }));
    const validating = servers.some(({ standing }) => standing === 'sound');
    // The resolver is not reported as bad before all servers were asked.
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
