import { totalmem } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { Log } from '../core/log/log-event.ts';
import type { ChildProgram } from './child-program.ts';
import { checkQueueFiles, markQueue, queueFiles } from './append-only-files.ts';
import { ChildError } from './child-error.ts';
import { claimDirectory, readIfThere } from './claimed-directory.ts';
import { mendFiles } from './mend-files.ts';
import { endRedisOrphan } from './redis-orphan.ts';
import { redisProgram } from './redis-program.ts';
import { redisDirectoryIn, redisPlace, type RedisPlace } from './redis-place.ts';
import { memoryAdvice, redisSeverity } from './redis-log.ts';
import { redisCommand } from './redis-socket.ts';
import { superviseChild } from './supervise.ts';
import { memoryAdvised } from './log-lines.ts';

export interface ManagedRedisOptions {
  /** The relay's data directory. Redis gets the directory `redis` in it. */
  readonly dataDir: string;
  readonly log: Log;
  /**
   * Above this size Redis refuses writes, instead of being killed for lack of memory; 0: half of the machine's memory.
   */
  readonly maxmemoryBytes: number;
  /** As in ChildProgram; default: a minute and more. */
  readonly hangs?: ChildProgram['hangs'];
  /** How long another process may have the directory before that is an error; default: ten seconds. */
  readonly patienceMs?: number;
  /** Ends a start that is under way; the start then fails. */
  readonly giveUp?: AbortSignal;
  /** Default: `redis-server`, or `valkey-server` where there is none. */
  readonly executable?: string;
}

export interface ManagedRedis {
  /** Why it does not run, in words for the operator; undefined while it runs. */
  trouble(): string | undefined;
  /** The unix socket, which is the only way in. */
  readonly socketPath: string;
  /** Ends Redis. Everything in it is on disk. */
  stop(): Promise<void>;
}

/** While a relay starts, a command such as `queue list` may be using the queue for a moment. */
const COMMAND_PATIENCE_MS = 10_000;
/** sun_path of unix(7), with its final NUL. */
const maxSocketPathBytes = 107;
const startTimeoutMs = 20_000;
const stopTimeoutMs = 60_000;
/** A disk that stalls keeps Redis waiting too, and a restart on it would take as long. */
const hangs = { probeMs: 5_000, probes: 12 };

/**
 * Runs a private Redis whose acknowledgement means "on disk": its append-only file is synchronised before each reply,
 * and no key is ever evicted. It is started again if it dies. It never begins with nothing where there was a queue, and
 * nothing is cut off its files except a last write that was never acknowledged.
 *
 * @returns when it serves, after it has loaded its data
 * @throws ChildError with words for the operator
 */
export async function startManagedRedis(options: ManagedRedisOptions): Promise<ManagedRedis> {
  const { log } = options;
  const wanted = redisDirectoryIn(options.dataDir);
  const directory = await claimDirectory(wanted, options.patienceMs ?? COMMAND_PATIENCE_MS);
  try {
    const place = redisPlace(directory.path);
    refuseLongPath(place.socketPath);
    const maxmemoryBytes = options.maxmemoryBytes || halfOfTheMemory();
    await advise(maxmemoryBytes, log);
    await endRedisOrphan(place, log);
    const files = queueFiles(place.directory);
    const child = await superviseChild(
      {
        name: 'redis-server',
        executable: executableOf(options),
        args: redisArguments(place, maxmemoryBytes),
        directory: place.directory,
        debianPackage: 'redis-server',
        ready: () => readiness(place.socketPath),
        startTimeoutMs,
        stopTimeoutMs,
        hangs: options.hangs ?? hangs,
        severityOf: redisSeverity,
        prepare: () => checkQueueFiles(files),
        mend: (said) => mendFiles(said, files, join(place.directory, 'cut-off'), log),
      },
      log,
      options.giveUp,
    );
    await markQueue(files);
    const stop = async (): Promise<void> => {
      await child.stop();
      await directory.release();
    };
    return { socketPath: place.socketPath, trouble: () => child.trouble(), stop };
  } catch (error) {
    await directory.release();
    throw error;
  }
}

/** A relative path is relative to our directory, not to the one in which Redis runs. */
function executableOf(options: ManagedRedisOptions): string {
  const { executable = redisProgram('server', process.env['PATH'] ?? '') } = options;
  return executable.includes('/') && !isAbsolute(executable) ? resolve(executable) : executable;
}

function refuseLongPath(socketPath: string): void {
  const length = Buffer.byteLength(socketPath);
  if (length <= maxSocketPathBytes) return;
  throw new ChildError(
    `${socketPath} has ${length} bytes, a Unix socket may have ${maxSocketPathBytes}; choose a shorter data directory`,
  );
}

/** The other half is for the relay, for the copies that Redis makes while it rewrites its file, and for the system. */
function halfOfTheMemory(): number {
  return Math.floor(Math.min(totalmem(), process.constrainedMemory() || Infinity) / 2);
}

async function advise(maxmemoryBytes: number, log: Log): Promise<void> {
  const mode = await readIfThere('/proc/sys/vm/overcommit_memory').catch(() => '');
  const text = memoryAdvice(mode, maxmemoryBytes, totalmem());
  if (text !== undefined) log(memoryAdvised(text));
}

function redisArguments(place: RedisPlace, maxmemoryBytes: number): string[] {
  const settings = {
    port: '0',
    unixsocket: place.socketPath,
    unixsocketperm: '700',
    'protected-mode': 'yes',
    dir: place.directory,
    pidfile: place.pidFile,
    daemonize: 'no',
    logfile: '',
    loglevel: 'warning',
    save: '',
    appendonly: 'yes',
    appendfsync: 'always',
    'no-appendfsync-on-rewrite': 'no',
    // mendFiles() looks at an incomplete end first.
    'aof-load-truncated': 'no',
    // The file is rewritten when it has doubled: the old and the new one together are at most three times the data.
    'auto-aof-rewrite-percentage': '100',
    'auto-aof-rewrite-min-size': '64mb',
    maxmemory: String(maxmemoryBytes),
    'maxmemory-policy': 'noeviction',
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

async function readiness(socketPath: string): Promise<boolean | string> {
  const reply = await redisCommand(socketPath, ['PING']);
  if (reply.kind === 'value') return reply.value === 'PONG';
  return reply.kind === 'error' && reply.text.startsWith('LOADING') ? loading(socketPath) : false;
}

async function loading(socketPath: string): Promise<string> {
  const info = await redisCommand(socketPath, ['INFO', 'persistence']);
  const percent = info.kind === 'value' ? /^loading_loaded_perc:([\d.]+)/m.exec(info.value)?.[1] : undefined;
  return `loading its append-only file${percent === undefined ? '' : `, ${percent} % done`}; no mail is taken yet`;
}
