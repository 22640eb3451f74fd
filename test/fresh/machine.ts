import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { until } from '../lab/until.ts';
import { controlGroup } from './control-group.ts';
import { passingDirectory } from './passing.ts';
import { must, run, type Ended } from './shell.ts';

/** A machine with a root, processes, a network and a name of its own. */
export interface Machine extends AsyncDisposable {
  /** Runs a shell line in the home directory of a user, who is made where he is not yet. */
  run(user: string, line: string, how?: RunInside): Promise<Ended>;
  /** Has systemd, which must have been installed, take over as the first process. */
  boot(): Promise<void>;
  /** The command lines of what runs in it. */
  processes(): readonly string[];
  /** Every path on its file systems that are not the kernel's. */
  files(): Promise<readonly string[]>;
  /** Where this machine has a path of that one. */
  path(inside: string): string;
  /** The lines by which installed packages ask systemd for files, see tmpfiles.d(5). */
  tmpfiles(): Promise<readonly string[]>;
}

export interface RunInside {
  readonly timeoutMs?: number;
  onText?(text: string): void;
}

const bootScript = path.resolve('test/fresh/boot.sh');
const bootMs = 60_000;
const certificates = '/etc/ssl/certs/ca-certificates.crt';

export const homeOf = (user: string): string => (user === 'root' ? '/root' : `/home/${user}`);

/** This machine cannot have another one in it. */
export class Impossible extends Error {
  override readonly name = 'Impossible';
}

/**
 * Starts a machine on top of `layers`, the uppermost first, which stay as they are. Its network is loopback, and the outside
 * by way of this machine. It ends at an abort, whatever runs in it. Throws Impossible where namespaces or mounts are not permitted.
 */
export async function startMachine(
  cache: string,
  layers: readonly string[],
  signal: AbortSignal,
): Promise<Machine> {
  const directory = await passingDirectory(cache, 'machine');
  const group = await controlGroup();
  const namespaces = ['mount', 'pid', 'uts', 'ipc', 'net', ...(group === undefined ? [] : ['cgroup'])];
  // Whatever ends this process, the kernel ends the machine.
  const unshare = ['setpriv', '--pdeathsig', 'KILL', 'unshare', '--fork', '--kill-child'];
  const boot = spawn(
    'sh',
    [
      '-c',
      'if [ -n "$0" ]; then echo $$ >"$0/cgroup.procs"; fi; exec "$@"',
      group?.directory ?? '',
      ...unshare,
      ...namespaces.map((name) => `--${name}`),
      bootScript,
      layers.join(':'),
      directory,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  let slirp: ChildProcess | undefined;
  let ending: Promise<void> | undefined;
  const end = (): Promise<void> => (ending ??= putAway());
  async function putAway(): Promise<void> {
    slirp?.kill('SIGKILL');
    if (boot.pid !== undefined && boot.exitCode === null && boot.signalCode === null) {
      const exited = once(boot, 'exit');
      // Its first process, not unshare: unshare then waits until the kernel has reaped all of them.
      process.kill(childrenOf(boot.pid)[0] ?? boot.pid, 'SIGKILL');
      await exited;
    }
    await group?.[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
  signal.addEventListener('abort', () => void end(), { once: true });
  try {
    await said(boot, 'up');
    const [init] = childrenOf(boot.pid ?? 0);
    if (init === undefined) throw new Error('the machine has ended');
    slirp = await connectOutside(boot.pid ?? 0);
    return machineOf(init, group !== undefined, end);
  } catch (error) {
    await end();
    throw error;
  }
}

function machineOf(init: number, hasGroup: boolean, end: () => Promise<void>): Machine {
  const namespaces = ['mount', 'uts', 'ipc', 'net', 'pid', ...(hasGroup ? ['cgroup'] : [])];
  const enter = ['nsenter', '--target', String(init), ...namespaces.map((name) => `--${name}`), '--'];
  const known = new Set(['root']);
  return {
    async run(user, line, { timeoutMs = 30 * 60_000, onText } = {}) {
      if (!known.has(user)) await must([...enter, '/usr/sbin/useradd', '-m', '-s', '/bin/bash', user]);
      known.add(user);
      const identity = ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--init-groups'];
      const limit = ['timeout', '--kill-after=30', String(timeoutMs / 1000)];
      const home = ['env', '-i', `--chdir=${homeOf(user)}`, ...environmentOf(user)];
      const command = [...enter, ...identity, ...home, ...limit, 'bash', '-c', line];
      return run(command, onText === undefined ? {} : { onText });
    },
    async boot() {
      if (!hasGroup) throw new Impossible('systemd needs a control group of its own, and here is none');
      process.kill(init, 'SIGHUP');
      await until(
        async () => {
          const { output } = await run([...enter, 'systemctl', 'is-system-running']);
          return /^(?:running|degraded)$/m.test(output);
        },
        'systemd is up',
        bootMs,
      );
    },
    processes: () => processesBeside(init),
    async files() {
      const places = ['/', '/run', '/dev/shm'];
      const found = await must([...enter, 'find', ...places, '-xdev', '-printf', '%p\\n']);
      return found.split('\n').filter(Boolean);
    },
    path: (inside) => path.join(`/proc/${init}/root`, inside),
    async tmpfiles() {
      const all = 'cat /usr/lib/tmpfiles.d/*.conf 2>/dev/null || true';
      return (await must([...enter, 'sh', '-c', all])).split('\n');
    },
    [Symbol.asyncDispose]: end,
  };
}

/** As a login gives it: an ordinary user does not search /usr/sbin. */
function environmentOf(user: string): string[] {
  const ordinary = '/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games';
  const search = user === 'root' ? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' : ordinary;
  return [
    `HOME=${homeOf(user)}`,
    `USER=${user}`,
    `LOGNAME=${user}`,
    'SHELL=/bin/bash',
    'LANG=C.UTF-8',
    `PATH=${search}`,
    ...(process.env['NODE_EXTRA_CA_CERTS'] === undefined ? [] : [`NODE_EXTRA_CA_CERTS=${certificates}`]),
  ];
}

async function connectOutside(pid: number): Promise<ChildProcess> {
  const options = ['--configure', '--mtu=65520', '--disable-host-loopback', '--ready-fd=3'];
  const slirp = spawn('setpriv', ['--pdeathsig', 'KILL', 'slirp4netns', ...options, String(pid), 'tap0'], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let trouble = '';
  slirp.stderr?.setEncoding('utf8').on('data', (text: string) => (trouble += text));
  const ready = slirp.stdio[3];
  if (ready === null || ready === undefined) throw new Error('no pipe');
  await Promise.race([once(ready, 'data'), once(slirp, 'exit')]);
  if (slirp.exitCode !== null) throw new Impossible(`slirp4netns: ${trouble.trim()}`);
  return slirp;
}

/** Resolves when the first process says this word. */
async function said(boot: ChildProcess, word: string): Promise<void> {
  let text = '';
  await new Promise<void>((resolve, reject) => {
    const collect = (part: string): void => {
      text += part;
      if (text.split('\n').includes(word)) resolve();
    };
    for (const stream of [boot.stdout, boot.stderr]) stream?.setEncoding('utf8').on('data', collect);
    boot.once('error', (error) => reject(new Impossible(error.message)));
    boot.once('close', () => reject(new Impossible(text.trim())));
  });
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** What runs in the PID namespace of `init`, beside it and its waiting child; the dead that nobody has reaped do not count. */
function processesBeside(init: number): string[] {
  const idle = new Set([init, ...childrenOf(init).filter((pid) => commandLine(pid) === 'sleep infinity')]);
  const namespace = readlinkSync(`/proc/${init}/ns/pid`);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && !idle.has(Number(name)))
    .filter((name) => namespaceOf(name) === namespace)
    .map((name) => commandLine(Number(name)))
    .filter((line) => line !== '');
}

function namespaceOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return '';
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
