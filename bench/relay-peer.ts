import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Lab } from '../test/lab/lab.ts';
import { until } from '../test/lab/until.ts';
import { startPrivateRedis } from '../test/support/private-redis.ts';
import type { Peer } from './peer.ts';

const executable = new URL('../../dist/main.js', import.meta.url).pathname;
const startTimeoutMs = 30_000;

export interface RelayOptions {
  /** `key=value`, winning over what the lab needs. */
  readonly settings: readonly string[];
  /** Sessions with one destination; absent: the relay's default. */
  readonly concurrency?: number;
  /** Two processes and a Redis of the bench, instead of one process with a Redis of its own. */
  readonly split: boolean;
  readonly cpuProfile?: string;
  /** Its directory in that of the lab; default `relay` or `relay-split`. */
  readonly name?: string;
  /** Further arguments of Node, and variables of its environment. */
  readonly node?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts our relay with its defaults, but for the lab's resolver and port. */
export async function startRelayPeer(lab: Lab, options: RelayOptions): Promise<Peer> {
  const name = options.name ?? (options.split ? 'relay-split' : 'relay');
  const directory = path.join(lab.directory, name);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (!options.split) {
    const relay = await startProcess(lab, directory, options, 'all', []);
    return {
      name,
      ...relay.listens(),
      roots: [relay.pid],
      logFiles: [relay.logFile],
      [Symbol.asyncDispose]: relay.stop,
    };
  }
  const redis = await startPrivateRedis();
  const url = [`redis.url=unix://${redis.socketPath}`];
  const started: RelayProcess[] = [];
  const stop = async () => {
    await Promise.all(started.map((relay) => relay.stop()));
    await redis[Symbol.asyncDispose]();
  };
  try {
    const delivery = await startProcess(lab, directory, options, 'delivery', url);
    started.push(delivery);
    const intake = await startProcess(lab, directory, options, 'intake', url);
    started.push(intake);
    return {
      name,
      ...intake.listens(),
      roots: [intake.pid, delivery.pid, redis.pid],
      logFiles: [intake.logFile, delivery.logFile],
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface RelayProcess {
  readonly pid: number;
  readonly logFile: string;
  listens(): { readonly address: string; readonly port: number };
  stop(): Promise<void>;
}

/** Its standard output goes to a file, as Postfix writes its log to one. */
async function startProcess(
  lab: Lab,
  directory: string,
  { settings, concurrency, cpuProfile, node = [], env = {} }: RelayOptions,
  role: 'all' | 'intake' | 'delivery',
  further: readonly string[],
): Promise<RelayProcess> {
  const logFile = path.join(directory, `${role}.log`);
  const wanted = [
    `data_dir=${directory}`,
    'listen=127.0.0.1:0',
    'hostname=relay.test',
    `dns.servers=${lab.dnsServer}`,
    `delivery.port=${lab.port}`,
    ...(concurrency === undefined ? [] : [`delivery.destination_concurrency_limit=${concurrency}`]),
    ...further,
    ...settings,
  ];
  const profiling = cpuProfile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${cpuProfile}`];
  const command = [process.execPath, ...node, ...profiling, executable, 'run', '--role', role];
  // A relay that is started again begins its log anew: what it says there must not be taken for its predecessor's.
  const output = openSync(logFile, 'w');
  // When the bench dies, the relay stops as it is told to by SIGTERM, and takes its Redis with it.
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'TERM', ...command, ...wanted.flatMap((setting) => ['--set', setting])],
    { stdio: ['ignore', output, output], env: { ...environment(), ...env } },
  );
  closeSync(output);
  const exited = once(child, 'exit');
  const log = () => readFileSync(logFile, 'utf8');
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  const relay: RelayProcess = {
    pid: child.pid ?? -1,
    logFile,
    listens() {
      const [, address = '', port] = /listening on ([\d.]+):(\d+)/.exec(log()) ?? [];
      return { address, port: Number(port) };
    },
    async stop() {
      child.kill('SIGTERM');
      if (!ended()) await exited;
    },
  };
  try {
    await until(() => ended() || /: ready$/m.test(log()), 'the relay is ready', startTimeoutMs);
    if (ended()) throw new Error('the relay ended before it was ready');
  } catch (error) {
    await relay.stop();
    throw new Error(`Cannot start the relay; its log:\n${log()}`, { cause: error });
  }
  return relay;
}

/** Settings of the person at the keyboard are not those of the bench. */
function environment(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('DANE_RELAY_'));
  // No settings of a relay that this machine may have.
  return { ...Object.fromEntries(others), DANE_RELAY_CONFIG: '' };
}
