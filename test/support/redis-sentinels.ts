import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../src/children/free-port.ts';
import { allDone } from '../lab/all-done.ts';
import { until } from '../lab/until.ts';
import { startPrivateRedis, type PrivateRedis } from './private-redis.ts';

export interface ReplicaNode extends PrivateRedis {
  readonly port: number;
}

/** A master with replicas on the loopback, and three Sentinels that watch it; gone when disposed. */
export interface RedisSentinels extends AsyncDisposable {
  /** `sentinel://…` with all Sentinels, or `sentinels://…`. */
  readonly url: string;
  readonly sentinels: readonly number[];
  /** Their ports without TLS, where `sentinels` are those with TLS. */
  readonly plainSentinels: readonly number[];
  readonly nodes: readonly ReplicaNode[];
  /** The one that most Sentinels call master. */
  master(): Promise<ReplicaNode>;
  /** Resolves when there is a master other than this one, and takes writes. */
  replaced(node: ReplicaNode): Promise<ReplicaNode>;
  /** Resolves when this many replicas of the master have all that it had when this was asked; it may have more by then. */
  inStep(replicas: number): Promise<void>;
}

export interface SentinelOptions {
  readonly replicas?: number;
  /** After which a silent master is taken for down. */
  readonly downAfterMs?: number;
  /** More settings of each Redis. */
  readonly settings?: Readonly<Record<string, string>>;
  /** More lines of the configuration of each Sentinel. */
  readonly sentinelLines?: readonly string[];
  /** What clients log in with. */
  readonly password?: string;
  readonly sentinelPassword?: string;
  /** Sentinels and Redis speak TLS, with clients and with each other. */
  readonly tls?: ServerTls;
}

/** Paths of PEM files. The certificate is for 127.0.0.1. */
export interface ServerTls {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
}

export const MASTER_NAME = 'mail.queue';

export async function startRedisSentinels(options: SentinelOptions = {}): Promise<RedisSentinels> {
  const { replicas = 2, downAfterMs = 1_500, settings = {}, password, sentinelPassword, tls } = options;
  const nodes: ReplicaNode[] = [];
  const stops: (() => Promise<void>)[] = [];
  const end = async (): Promise<void> => {
    await allDone(stops.splice(0).map((stop) => stop()));
  };
  try {
    for (let index = 0; index <= replicas; index += 1) {
      const port = await freePort('127.0.0.1');
      const master = nodes[0];
      const redis = await startPrivateRedis({
        bind: '127.0.0.1',
        ...(tls === undefined ? { port: String(port) } : { 'tls-port': String(port), ...tlsSettings(tls) }),
        'repl-diskless-sync-delay': '0',
        'repl-ping-replica-period': '1',
        'repl-timeout': '5',
        ...(master === undefined ? {} : { replicaof: `127.0.0.1 ${master.port}` }),
        ...(password === undefined ? {} : { requirepass: password, masterauth: password }),
        ...settings,
      });
      nodes.push(Object.assign(redis, { port }));
      stops.push(async () => redis[Symbol.asyncDispose]());
    }
    const first = nodes[0];
    if (first === undefined) throw new Error('no master');
    const sentinels: number[] = [];
    const plainSentinels: number[] = [];
    for (let count = 0; count < 3; count += 1) {
      const sentinel = await startSentinel(first.port, downAfterMs, options);
      sentinels.push(sentinel.port);
      plainSentinels.push(sentinel.plainPort);
      stops.push(sentinel.stop);
    }
    const userinfo = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
    const query =
      sentinelPassword === undefined ? '' : `?sentinel_password=${encodeURIComponent(sentinelPassword)}`;
    const scheme = tls === undefined ? 'sentinel' : 'sentinels';
    const url = `${scheme}://${userinfo}${sentinels.map((port) => `127.0.0.1:${port}`).join(',')}/${MASTER_NAME}${query}`;
    const asked = { password: sentinelPassword, tls };
    const login = { password, tls };

    const known = async (): Promise<number | undefined> => {
      const ports = await Promise.all(
        sentinels.map((port) => masterPort(port, asked).catch(() => undefined)),
      );
      const [best] = ports.filter((port) => ports.filter((other) => other === port).length > 1);
      return best;
    };
    const world: RedisSentinels = {
      url,
      sentinels,
      plainSentinels,
      nodes,
      async master() {
        const port = await known();
        const node = nodes.find((one) => one.port === port);
        if (node === undefined) throw new Error(`no master at ${port}`);
        return node;
      },
      async replaced(node) {
        let found: ReplicaNode | undefined;
        await until(async () => {
          found = await world.master().catch(() => undefined);
          return found !== undefined && found !== node && (await role(found, login)) === 'master';
        }, 'another master');
        if (found === undefined) throw new Error('no other master');
        return found;
      },
      async inStep(count) {
        let wanted: number | undefined;
        await until(async () => {
          const info = await infoOf(await world.master(), login);
          const had = (wanted ??= Number(/^master_repl_offset:(\d+)/m.exec(info)?.[1]));
          const there = [...info.matchAll(/^slave\d+:.*state=online,offset=(\d+)/gm)];
          return there.filter(([, at]) => Number(at) >= had).length >= count;
        }, `${count} replicas in step`);
      },
      [Symbol.asyncDispose]: end,
    };
    await until(async () => {
      const counts = await Promise.all(sentinels.map((port) => others(port, asked).catch(() => '')));
      return counts.every((one) => one === `2 ${replicas}`);
    }, 'Sentinels that know each other and the replicas');
    await world.inStep(replicas);
    return world;
  } catch (error) {
    await end();
    throw error;
  }
}

async function startSentinel(
  masterPort: number,
  downAfterMs: number,
  { password, sentinelPassword, sentinelLines = [], tls }: SentinelOptions,
): Promise<{ readonly port: number; readonly plainPort: number; readonly stop: () => Promise<void> }> {
  const plainPort = await freePort('127.0.0.1');
  const port = tls === undefined ? plainPort : await freePort('127.0.0.1');
  const directory = await mkdtemp(join(tmpdir(), 'dr-sentinel-'));
  const file = join(directory, 'sentinel.conf');
  const lines = [
    `port ${plainPort}`,
    ...(tls === undefined
      ? []
      : Object.entries({ 'tls-port': port, ...tlsSettings(tls) }).map(([name, value]) => `${name} ${value}`)),
    'bind 127.0.0.1',
    `dir ${directory}`,
    `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${masterPort} 2`,
    `sentinel down-after-milliseconds ${MASTER_NAME} ${downAfterMs}`,
    `sentinel failover-timeout ${MASTER_NAME} 6000`,
    `sentinel parallel-syncs ${MASTER_NAME} 2`,
    ...(password === undefined ? [] : [`sentinel auth-pass ${MASTER_NAME} ${password}`]),
    ...(sentinelPassword === undefined
      ? []
      : [`requirepass ${sentinelPassword}`, `sentinel sentinel-pass ${sentinelPassword}`]),
    ...sentinelLines,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const child: ChildProcess = spawn('setpriv', ['--pdeathsig', 'KILL', 'redis-server', file, '--sentinel'], {
    stdio: 'ignore',
  });
  return {
    port,
    plainPort,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await gone;
      }
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** For a Redis and for a Sentinel. */
function tlsSettings({ certificate, key, authority }: ServerTls): Record<string, string> {
  return {
    'tls-cert-file': certificate,
    'tls-key-file': key,
    'tls-ca-cert-file': authority,
    'tls-auth-clients': 'no',
    'tls-replication': 'yes',
  };
}

interface Login {
  readonly password?: string | undefined;
  readonly tls?: ServerTls | undefined;
}

async function asking<T>(
  port: number,
  { password, tls }: Login,
  ask: (redis: Redis) => Promise<T>,
): Promise<T> {
  const redis = new Redis({
    host: '127.0.0.1',
    port,
    ...(tls === undefined ? {} : { tls: { ca: readFileSync(tls.authority) } }),
    ...(password === undefined ? {} : { password }),
    lazyConnect: true,
    replyMapping: 'legacy',
    retryStrategy: () => null,
    enableReadyCheck: false,
    commandTimeout: 1_000,
  });
  redis.on('error', () => {});
  try {
    await redis.connect();
    return await ask(redis);
  } finally {
    redis.disconnect();
  }
}

function masterPort(sentinel: number, login: Login): Promise<number> {
  return asking(sentinel, login, async (redis) => {
    const answer = (await redis.call('SENTINEL', 'get-master-addr-by-name', MASTER_NAME)) as string[];
    return Number(answer[1]);
  });
}

/** Numbers of other Sentinels and of replicas that a Sentinel knows. */
function others(sentinel: number, login: Login): Promise<string> {
  return asking(sentinel, login, async (redis) => {
    const facts = (await redis.call('SENTINEL', 'master', MASTER_NAME)) as string[];
    const fact = (name: string): string => facts[facts.indexOf(name) + 1] ?? '';
    return `${fact('num-other-sentinels')} ${fact('num-slaves')}`;
  });
}

function infoOf({ port }: ReplicaNode, login: Login): Promise<string> {
  return asking(port, login, (redis) => redis.info('replication'));
}

async function role(node: ReplicaNode, login: Login): Promise<string> {
  return /^role:(\w+)/m.exec(await infoOf(node, login).catch(() => ''))?.[1] ?? '';
}
