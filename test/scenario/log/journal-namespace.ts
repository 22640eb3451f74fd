import { execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { removeDataDir } from '../../support/running-relay.ts';

/** Relays in a mount namespace with a `/run` of its own, where the journal is what the test puts there. */

const program = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const journald = '/lib/systemd/systemd-journald';

export const canUnshare = spawnSync('unshare', ['--mount', 'true']).status === 0;

/** systemd-journald ends at once where it finds no control groups; a container need not have them mounted. */
const controlGroups =
  'mount --make-rprivate / && { grep -q " cgroup2\\? " /proc/self/mounts || mount -t cgroup2 cgroup2 /sys/fs/cgroup; }';

/** Why no systemd-journald can be run here, or `undefined`. */
export function journaldObstacle(): string | undefined {
  if (!canUnshare) return 'only root can run a journald';
  const isInstalled = existsSync(journald) && spawnSync('systemd-cat', ['--version']).status === 0;
  if (!isInstalled) return 'systemd-journald is not installed';
  const hasGroups = spawnSync('unshare', ['--mount', 'sh', '-c', controlGroups]).status === 0;
  return hasGroups ? undefined : 'systemd-journald has no control groups here';
}

/** As systemd says it of the standard output. */
const journalStream = 'JOURNAL_STREAM=$(stat -L -c %d:%i /proc/$$/fd/1)';

const ownRun =
  'mount --make-rprivate / && mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal || exit 1';

/** A socket of the test's own; the standard output is told to be the journal. */
const fakeJournal = (socketPath: string): string => `${ownRun}
touch /run/systemd/journal/stdout && mount --bind '${socketPath}' /run/systemd/journal/stdout || exit 1
${journalStream} exec "$@" 2>&1`;

/** systemd-journald takes all that comes, keeps it in `/run`, looks at nothing else of the machine, and ends with the relay. */
const realJournal = `${controlGroups} || exit 1
${ownRun}
mkdir -p /run/log/journal /run/systemd/journald.conf.d
printf '[Journal]\\nStorage=volatile\\nReadKMsg=no\\nAudit=off\\nForwardToSyslog=no\\nRateLimitIntervalSec=0\\n' \
  >/run/systemd/journald.conf.d/test.conf
setpriv --pdeathsig KILL ${journald} </dev/null >/dev/null 2>&1 &
until [ -S /run/systemd/journal/stdout ] && [ -S /run/systemd/journal/socket ]; do sleep 0.1; done
exec systemd-cat --identifier=dane-relay sh -c '${journalStream} exec "$@"' sh "$@"`;

export interface NamespaceRelay extends AsyncDisposable {
  readonly dataDir: string;
  /** What has come out of its standard output and error. */
  readonly printed: readonly string[];
  /** Runs a program where the journal is; resolves to what it prints. */
  look(program: string, ...args: readonly string[]): Promise<string>;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
  readonly exited: Promise<number | null>;
}

/** @param journal path of a socket, or the program that Debian has */
export async function startWithJournal(
  journal: { readonly socketPath: string } | 'real',
  set: Readonly<Record<string, string>>,
): Promise<NamespaceRelay> {
  const dataDir = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  const settings = { data_dir: dataDir, listen: '127.0.0.1:0', hostname: 'relay.test', ...set };
  const args = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  const script = journal === 'real' ? realJournal : fakeJournal(journal.socketPath);
  const relay = [process.execPath, '--enable-source-maps', program, 'run', ...args];
  const child = spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', ...relay], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => printed.push(line));
  }
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return {
    dataDir,
    printed,
    async look(...words) {
      // All of them become one another: the relay has the process id of what was started here.
      // In a chroot a mount namespace alone leads to what is outside of it.
      const there = [`--target=${child.pid}`, '--mount', '--root', ...words];
      return (await promisify(execFile)('nsenter', there, { maxBuffer: 64 << 20 })).stdout;
    },
    async stop() {
      child.kill('SIGTERM');
      return exited;
    },
    exited,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
      await removeDataDir(dataDir);
    },
  };
}
