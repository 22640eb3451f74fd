import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../lab/until.ts';
import { chooseAddresses } from '../../lab/address-space.ts';
import { startMailHost, type LabMessage } from '../../lab/mail-host.ts';
import { makeDice } from '../../support/dice.ts';
import { startRelay, type RelayOptions, type RunningRelay } from '../../support/running-relay.ts';
import { handOver } from './load.ts';
import { openOneRedis, type OpenStore } from './stores.ts';
import { Tally, type Figures } from './tally.ts';

export interface ClusterOptions {
  /** Relay processes on one Redis, each of which accepts and delivers, to be struck. Without any, nobody is. */
  readonly processes: number;
  readonly loadMs: number;
  /** Strike Redis, too. */
  readonly killRedis: boolean;
  /** The Redis of the relays; by default one alone, which is killed and started again. */
  readonly openStore?: OpenStore;
  readonly seed: number;
  /** Between two blows, on average. */
  readonly blowEveryMs: number;
  /** Where the mail goes; by default to hosts that take it, in clear. */
  readonly openPlace?: OpenPlace;
  /** One more relay that nobody strikes, and what is to be seen of it meanwhile. */
  readonly watch?: (relay: RunningRelay, ending: AbortSignal) => Promise<void>;
  readonly tell?: (text: string) => void;
}

/** The world around the relays. */
export interface ClusterPlace {
  /** Settings of the relays. */
  readonly set: Readonly<Record<string, string>>;
  readonly policies?: readonly string[];
  /** A mailbox at each destination that takes its mail. */
  readonly mailboxes: readonly string[];
  /** Mailboxes at hosts that mean no good: what becomes of their mail is not counted. */
  readonly hostile: readonly string[];
  stop(): Promise<void>;
}

/** @param arrived hears of every message that a destination of `mailboxes` has taken */
export type OpenPlace = (arrived: (message: LabMessage) => void) => Promise<ClusterPlace>;

export interface ClusterResult extends Figures {
  /** SIGKILL of a relay; blows at Redis; SIGSTOP of a relay. */
  readonly kills: number;
  readonly redisKills: number;
  readonly stops: number;
  /** Messages for hostile hosts that got their 250. */
  readonly hostile: number;
}

const DESTINATIONS = 6;
const CLIENTS = 8;
/** One message in so many is for a hostile host, where there are any. */
const HOSTILE_IN = 20;
/** Longer than a lease: who sleeps so long has lost its destinations when it wakes. */
const LONGEST_SLEEP_MS = 9_000;

/** Hosts that take everything in clear, at addresses that need no DNS. */
export const plainPlace: OpenPlace = async (onMessage) => {
  const space = await chooseAddresses();
  const addresses = Array.from({ length: DESTINATIONS }, (_, index) => space.address(index + 1));
  // Replies that take a while: there is always something under way to be cut off.
  const manners = { startTls: false, delayMs: 15 };
  const hosts = await Promise.all(
    addresses.map((address, index) =>
      startMailHost({ name: `mx${index}.cluster.test`, address, port: space.port, onMessage }, manners),
    ),
  );
  return {
    set: {
      'dns.servers': '127.0.0.1:9',
      'dns.dnssec_probe': '',
      'tls.level': 'none',
      'delivery.port': String(space.port),
    },
    mailboxes: addresses.map((address) => `rcpt@[${address}]`),
    hostile: [],
    stop: async () => void (await Promise.all(hosts.map((host) => host.stop()))),
  };
};

/** Several relays under load, struck at random; afterwards everything is left to come to rest, and counted. */
export async function playCluster(options: ClusterOptions): Promise<ClusterResult> {
  const { processes, loadMs, seed, watch, tell = () => {} } = options;
  const roll = makeDice(seed);
  const tally = new Tally();
  const place = await (options.openPlace ?? plainPlace)((message) => tally.arrived(message));
  const store = await (options.openStore ?? openOneRedis)((command) => tally.command(command));
  const members: Member[] = [];
  const ending = new AbortController();
  let watched: RunningRelay | undefined;
  try {
    const set = {
      ...store.set,
      'queue.minimal_backoff': '1s',
      'queue.maximal_backoff': '2s',
      ...place.set,
    };
    const relay: RelayOptions = {
      set,
      ...(place.policies && { policies: place.policies }),
      onLine: (line) => tally.line(line),
    };
    for (let index = 0; index < processes; index += 1) members.push(await startMember(relay));
    watched = watch && (await startRelay(relay));
    const watching = watched && watch?.(watched, ending.signal);

    const endAt = Date.now() + loadMs;
    const blows = { kills: 0, redisKills: 0, stops: 0 };
    let serial = 0;
    let hostile = 0;
    const doors = (): readonly { readonly port: number }[] => (watched ? [...members, watched] : members);
    async function client(): Promise<void> {
      while (Date.now() < endAt) {
        const id = `${seed}-${(serial += 1)}`;
        const { port } = roll.pick(doors());
        // One in ten is too large to go in one command.
        const bytes = roll.below(10) === 0 ? 300_000 : 2_000;
        if (place.hostile.length > 0 && roll.below(HOSTILE_IN) === 0) {
          const handed = await handOver(port, [roll.pick(place.hostile)], id, bytes, '');
          if (handed.kind === 'accepted') hostile += 1;
          continue;
        }
        const to = roll.pickSome(place.mailboxes, 1 + roll.below(2));
        const handed = await handOver(port, to, id, bytes);
        if (handed.kind === 'accepted') tally.accepted(id, to, handed.queueId);
        else await sleep(50);
      }
    }
    async function chaos(): Promise<void> {
      if (members.length === 0) return;
      while (Date.now() < endAt) {
        await sleep(options.blowEveryMs * (0.5 + roll.fraction()));
        if (options.killRedis && roll.below(5) === 0) {
          blows.redisKills += 1;
          await store.strike(roll, (text) => tally.happened(`blow: ${text}`));
        } else if (roll.below(3) === 0) {
          blows.stops += 1;
          const member = roll.pick(members);
          const ms = 1_000 + roll.below(LONGEST_SLEEP_MS - 1_000);
          tally.happened(`blow: relay ${member.pid} is stopped for ${ms} ms`);
          member.sleep(ms);
        } else {
          blows.kills += 1;
          const member = roll.pick(members);
          tally.happened(`blow: relay ${member.pid} is killed`);
          await member.replace();
        }
      }
    }
    await Promise.all([...Array.from({ length: CLIENTS }, client), chaos()]);
    tell(`${tally.handedOver} messages accepted, ${JSON.stringify(blows)}`);
    await Promise.all(members.map((member) => member.awake()));
    await until(() => tally.missing === 0, 'all to arrive').catch(() => {
      for (const member of members) tell(member.lastWords());
    });
    // What comes once too often comes a little later.
    await sleep(2_000);
    ending.abort();
    await watching;
    for (const line of tally.faults()) tell(line);
    return { ...blows, hostile, ...tally.figures() };
  } finally {
    ending.abort();
    await Promise.all(members.map((member) => member.end()));
    await watched?.[Symbol.asyncDispose]();
    await place.stop();
    await store[Symbol.asyncDispose]();
  }
}

/** A relay process and its successors. */
export interface Member {
  readonly port: number;
  readonly pid: number;
  /** SIGKILL, and a new one in its place. */
  replace(): Promise<void>;
  /** SIGSTOP, and SIGCONT after a while. */
  sleep(ms: number): void;
  awake(): Promise<void>;
  lastWords(): string;
  end(): Promise<void>;
}

export async function startMember(options: RelayOptions): Promise<Member> {
  let relay: RunningRelay = await startRelay(options);
  let sleeping = Promise.resolve();
  let replacing: Promise<void> | undefined;

  async function replace(): Promise<void> {
    await relay.kill();
    await relay[Symbol.asyncDispose]();
    // Redis may be on its way up again.
    for (;;) {
      try {
        relay = await startRelay(options);
        return;
      } catch {
        await sleep(200);
      }
    }
  }
  return {
    get port() {
      return relay.port;
    },
    get pid() {
      return relay.pid;
    },
    async replace() {
      replacing ??= replace().finally(() => {
        replacing = undefined;
      });
      await replacing;
    },
    sleep(ms) {
      const sleeper = relay;
      sleeper.signal('SIGSTOP');
      sleeping = Promise.all([
        sleeping,
        sleep(ms).then(() => {
          sleeper.signal('SIGCONT');
        }),
      ]).then(() => {});
    },
    async awake() {
      await sleeping;
      await replacing;
    },
    lastWords: () => relay.lines.slice(-40).join('\n'),
    async end() {
      await sleeping;
      await relay.kill();
      await relay[Symbol.asyncDispose]();
    },
  };
}
