import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ComposeService } from '../tools/containers/compose.ts';
import { openStore, environmentOf, image } from '../fresh/container/image.ts';
import { run, type Ended } from '../fresh/shell.ts';
import { until } from '../lab/until.ts';

/** Set by test/fresh/container/play.ts: a store that has the image, and a directory that goes with the tests. */
const { CONTAINER_IMAGES: images = '', CONTAINER_DIRECTORY: directory = '' } = process.env;

export interface Container {
  readonly name: string;
  /** Runs a program in it. */
  exec(...words: readonly string[]): Promise<Ended>;
  /** 0 if its health check says that it is well. */
  health(): Promise<number>;
  /** Resolves with the first line of its log that the expression matches. */
  line(pattern: RegExp): Promise<string>;
  log(): Promise<string>;
  /** As `docker stop`, with so many seconds to end; resolves to its exit code. */
  stop(seconds?: number): Promise<number>;
  /** Resolves to its exit code. */
  ended(): Promise<number>;
  /** As a power failure would, for all that is in it. */
  kill(): Promise<void>;
  remove(): Promise<void>;
}

export interface ImageConfiguration {
  readonly User: string;
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Volumes: Readonly<Record<string, unknown>>;
  readonly Healthcheck: { readonly Test: readonly string[] };
}

export interface Podman {
  /** Starts a container as a service of a compose file, with these options besides, in the network of the test. */
  start(name: string, service: ComposeService, options?: readonly string[]): Promise<Container>;
  /** What the image says of itself. */
  inspect(): Promise<ImageConfiguration>;
  /** All of them, and their volumes. */
  clear(): Promise<void>;
}

export async function openPodman(): Promise<Podman> {
  if (images === '') throw new Error('npm run fresh -- --command container');
  const store = await openStore(path.join(directory, 'store'), [images]);
  await mkdir(path.join(directory, 'tmp'), { recursive: true });
  const env = environmentOf(store);
  const general = ['--runtime', 'runc', '--cgroup-manager', 'cgroupfs', '--events-backend', 'none'];
  const podman = (...words: readonly string[]): Promise<Ended> =>
    run(['podman', ...general, ...words], { env });
  async function must(...words: readonly string[]): Promise<string> {
    const { code, output } = await podman(...words);
    if (code !== 0) throw new Error(`podman ${words.join(' ')} ended with ${code}: ${output}`);
    return output;
  }
  // What a machine forbids is said before anything is tested.
  const tried = await podman('run', '--rm', '--network', 'host', ...limits(), image, 'help');
  if (tried.code !== 0) console.log(`cannot run containers here: ${tried.output.trim().split('\n').at(-1)}`);

  return {
    async start(name, service, options = []) {
      await must('run', '--detach', '--name', name, ...limits(), ...argumentsOf(service, options));
      return containerOf(name, podman);
    },
    async inspect() {
      const [one] = JSON.parse(await must('image', 'inspect', image)) as {
        Config: Omit<ImageConfiguration, 'Healthcheck'>;
        Healthcheck: ImageConfiguration['Healthcheck'];
      }[];
      if (one === undefined) throw new Error(`${image} is not there`);
      return { ...one.Config, Healthcheck: one.Healthcheck };
    },
    async clear() {
      await podman('rm', '--force', '--all', '--time', '5');
      await podman('volume', 'rm', '--force', '--all');
    },
  };
}

function containerOf(name: string, podman: (...words: readonly string[]) => Promise<Ended>): Container {
  const log = async (): Promise<string> => (await podman('logs', name)).output;
  const ended = async (): Promise<number> => Number((await podman('wait', name)).output.trim());
  return {
    name,
    log,
    ended,
    exec: (...words) => podman('exec', name, ...words),
    health: async () => (await podman('healthcheck', 'run', name)).code,
    async line(pattern) {
      let found: string | undefined;
      await until(async () => {
        found = (await log()).split('\n').find((line) => pattern.test(line));
        return found !== undefined;
      }, `${name} says ${pattern}`).catch(async (error: Error) => {
        throw new Error(`${error.message}\n${await log()}`);
      });
      return found ?? '';
    },
    async stop(seconds = 120) {
      await podman('stop', '--time', String(seconds), name);
      return ended();
    },
    async kill() {
      await podman('kill', '--signal', 'KILL', name);
      await ended();
    },
    async remove() {
      await podman('rm', '--force', name);
    },
  };
}

/** Those of this process: where they cannot be raised, podman would fail with those that it likes. */
function limits(): readonly string[] {
  const text = readFileSync('/proc/self/limits', 'utf8');
  const hard = (name: string): string => new RegExp(`^${name} +\\S+ +(\\S+)`, 'm').exec(text)?.[1] ?? '';
  return [
    '--ulimit',
    `nofile=${hard('Max open files')}:${hard('Max open files')}`,
    '--ulimit',
    `nproc=1000:1000`,
  ];
}

/** What `docker compose` makes of a service. Whoever is in a network is in that of the test. */
export function argumentsOf(service: ComposeService, options: readonly string[]): readonly string[] {
  const {
    user,
    read_only: readOnly,
    cap_drop: capDrop = [],
    security_opt: securityOpt = [],
    tmpfs = [],
    volumes = [],
    environment = {},
    entrypoint,
    command = [],
    mem_limit: memory,
    healthcheck,
    network_mode: network,
    // Of all other networks there is one here, and tests say when something is started.
    networks: _networks,
    depends_on: _dependsOn,
    image: _image,
    ...rest
  } = service;
  const {
    build: _build,
    restart: _restart,
    stop_grace_period: _grace,
    ...unknown
  } = rest as Record<string, unknown>;
  if (Object.keys(unknown).length > 0) throw new Error(`${Object.keys(unknown).join(', ')}: not played here`);
  const each = (option: string, values: readonly string[]): string[] =>
    values.flatMap((one) => [option, one]);
  const test = healthcheck?.test;
  return [
    '--network',
    network === 'none' ? 'none' : 'host',
    '--log-driver',
    'k8s-file',
    '--health-interval',
    'disable',
    ...(user === undefined ? [] : ['--user', user]),
    // Podman would make some directories writable; Docker does not.
    ...(readOnly === true ? ['--read-only', '--read-only-tmpfs=false'] : []),
    ...each('--cap-drop', capDrop),
    ...each('--security-opt', securityOpt),
    ...each('--tmpfs', tmpfs),
    ...each('--volume', volumes),
    ...each(
      '--env',
      Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ),
    ...(memory === undefined ? [] : ['--memory', memory]),
    ...(test === undefined ? [] : ['--health-cmd', JSON.stringify(test)]),
    ...(entrypoint === undefined ? [] : ['--entrypoint', JSON.stringify(entrypoint)]),
    ...options,
    image,
    ...command,
  ];
}
