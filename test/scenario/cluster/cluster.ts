import { setTimeout as sleep } from 'node:timers/promises';
import { chooseAddresses } from '../../lab/address-space.ts';
import { startMailHost, type MailHost } from '../../lab/mail-host.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { startRelay, until, type RunningRelay } from '../../support/running-relay.ts';
import { dice } from './dice.ts';
import { handOver } from './load.ts';
import { Tally, type Figures } from './tally.ts';

export interface ClusterOptions {
  /** Relay processes on one Redis, each of which accepts and delivers. */
  readonly processes: number;
  readonly loadMs: number;
  /** Kill Redis, too. */
  readonly killRedis: boolean;
  readonly seed: number;
  /** Between two blows, on average. */
  readonly blowEveryMs: number;
  readonly tell?: (text: string) => void;
}

export interface ClusterResult extends Figures {
  /** SIGKILL of a relay, of Redis; SIGSTOP of a relay. */
  readonly kills: number;
  readonly redisKills: number;
  readonly stops: number;
}

const DESTINATIONS = 6;
const CLIENTS = 8;
/** Longer than a lease: who sleeps so long has lost its destinations when it wakes. */
const LONGEST_SLEEP_MS = 9_000;
const DRAIN_MS = 120_000;

/** Several relays under load, struck at random; afterwards everything is left to come to rest, and counted. */
export async function playCluster(options: ClusterOptions): Promise<ClusterResult> {
  const { processes, loadMs, seed, tell = () => {} } = options;
  const roll = dice(seed);
  const tally = new Tally();
  const space = await chooseAddresses();
  const redis = await startPrivateRedis();
  const hosts: MailHost[] = [];
  const members: Member[] = [];
  try {
    for (let index = 1; index <= DESTINATIONS; index += 1) {
      const place = { name: `mx${index}.cluster.test`, address: space.address(index), port: space.port };
      // Replies that take a while: there is always something under way to be cut off.
      const manners = { startTls: false, delayMs: 15 };
      hosts.push(await startMailHost({ ...place, onMessage: (message) => tally.arrived(message) }, manners));
    }
    const set = {
      'redis.url': `unix://${redis.socketPath}`,
      'dns.servers': '127.0.0.1:9',
      'dns.dnssec_probe': '',
      'tls.level': 'none',
      'delivery.port': String(space.port),
      'queue.minimal_backoff': '1s',
      'queue.maximal_backoff': '2s',
    };
    for (let index = 0; index < processes; index += 1) {
      members.push(await startMember(set, (line) => tally.line(line)));
    }

    const endAt = Date.now() + loadMs;
    const blows = { kills: 0, redisKills: 0, stops: 0 };
    const addresses = Array.from({ length: DESTINATIONS }, (_, index) => space.address(index + 1));
    let serial = 0;
    async function client(): Promise<void> {
      while (Date.now() < endAt) {
        const id = `${seed}-${(serial += 1)}`;
        const to = roll.some(addresses, 1 + roll.below(2)).map((address) => `rcpt@[${address}]`);
        // One in ten is too large to go in one command.
        const handed = await handOver(roll.one(members).port, to, id, roll.below(10) === 0 ? 300_000 : 2_000);
        if (handed.kind === 'accepted') tally.accepted(id, to);
        else await sleep(50);
      }
    }
    async function chaos(): Promise<void> {
      while (Date.now() < endAt) {
        await sleep(options.blowEveryMs * (0.5 + roll.fraction()));
        if (options.killRedis && roll.below(5) === 0) {
          blows.redisKills += 1;
          await redis.restart();
        } else if (roll.below(3) === 0) {
          blows.stops += 1;
          roll.one(members).sleep(1_000 + roll.below(LONGEST_SLEEP_MS - 1_000));
        } else {
          blows.kills += 1;
          await roll.one(members).replace();
        }
      }
    }
    await Promise.all([...Array.from({ length: CLIENTS }, client), chaos()]);
    tell(`${tally.handedOver} messages accepted, ${JSON.stringify(blows)}`);
    await Promise.all(members.map((member) => member.awake()));
    await until(() => tally.missing === 0, 'all to arrive', DRAIN_MS).catch(() => {
      for (const member of members) tell(member.lastWords());
    });
    // What comes once too often comes a little later.
    await sleep(2_000);
    return { ...blows, ...tally.figures() };
  } finally {
    await Promise.all(members.map((member) => member.end()));
    await Promise.all(hosts.map((host) => host.stop()));
    await redis[Symbol.asyncDispose]();
  }
}

/** A relay process and its successors. */
interface Member {
  readonly port: number;
  /** SIGKILL, and a new one in its place. */
  replace(): Promise<void>;
  /** SIGSTOP, and SIGCONT after a while. */
  sleep(ms: number): void;
  awake(): Promise<void>;
  lastWords(): string;
  end(): Promise<void>;
}

async function startMember(
  set: Readonly<Record<string, string>>,
  onLine: (line: string) => void,
): Promise<Member> {
  let relay: RunningRelay = await startRelay({ set, onLine });
  let sleeping = Promise.resolve();
  let replacing: Promise<void> | undefined;

  async function replace(): Promise<void> {
    await relay.kill();
    await relay[Symbol.asyncDispose]();
    // Redis may be on its way up again.
    for (;;) {
      try {
        relay = await startRelay({ set, onLine });
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
