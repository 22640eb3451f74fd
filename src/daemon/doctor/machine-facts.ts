import { randomInt } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { dirname } from 'node:path';
import { toolOutput } from '../../children/tool-output.ts';
import { ConfigError } from '../../config/config-error.ts';
import { checkDataDirectory, checkLogFile } from '../../config/places.ts';
import type { ClockFacts, SignedTime } from '../../core/doctor/clock.ts';
import type { DiskFacts } from '../../core/doctor/disk.ts';
import type { FileFacts, MemoryFacts } from '../../core/doctor/limits.ts';
import { askRootKeys } from '../../resolver/root-key-query.ts';
import { fileLimit, filesWanted } from '../open-files.ts';
import type { DoctorContext } from './context.ts';

const ASK_MS = 1_500;

/** The signatures of the root say what time it is, as well as its other records: no time server is asked. */
export async function clockFacts({ config, resolving, redis, now }: DoctorContext): Promise<ClockFacts> {
  const [signatures, found, isSynchronized] = await Promise.all([
    resolving().then(
      ({ servers }) => rootSignatures(servers[0], now()),
      () => [],
    ),
    redis(),
    isClockSynchronized(),
  ]);
  const isRemote = /^(?:rediss?|sentinels?):/.test(config.redis.url) && found.kind === 'seen';
  return {
    now: now(),
    signatures,
    ...(isRemote ? { redisAheadMs: found.sight.clockAheadMs } : {}),
    ...(isSynchronized === undefined ? {} : { isSynchronized }),
  };
}

async function rootSignatures(
  server: { readonly address: string; readonly port: number } | undefined,
  nowMs: number,
): Promise<readonly SignedTime[]> {
  if (server === undefined) return [];
  const { signal } = new AbortController();
  const found = await askRootKeys(server, { timeoutMs: ASK_MS, random: randomInt, signal });
  if ('kind' in found) return [];
  return found.signatures.map(({ inception, expiration }) => ({
    zone: 'root',
    inception: epochMs(inception, nowMs),
    expiration: epochMs(expiration, nowMs),
  }));
}

/** RFC 4034 §3.1.5: seconds modulo 2^32, the nearest to now that is meant. */
function epochMs(seconds: number, nowMs: number): number {
  const now = Math.floor(nowMs / 1000);
  return (now + ((seconds - now) | 0)) * 1000;
}

/** As systemd knows it: whoever keeps the clock tells the kernel. Undefined where there is no systemd. */
async function isClockSynchronized(): Promise<boolean | undefined> {
  if (existsSync('/run/systemd/timesync/synchronized')) return true;
  const word = await toolOutput('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'], ASK_MS);
  return word === 'yes' || word === 'no' ? word === 'yes' : undefined;
}

export async function fileFacts({ config, running }: DoctorContext): Promise<FileFacts> {
  const pid = (await running()).find((one) => one.pid !== undefined)?.pid;
  return { allowed: await fileLimit(pid), wanted: filesWanted(config), isOfRelay: pid !== undefined };
}

export async function memoryFacts({ config, running }: DoctorContext): Promise<MemoryFacts> {
  const limit = process.constrainedMemory();
  const isLimited = limit > 0 && limit < totalmem();
  const totalBytes = isLimited ? limit : totalmem();
  const isOwn = config.redis.url === '';
  const problems = (await running()).flatMap(({ health }) => Object.entries(health.problems));
  const trouble = problems.find(([part]) => part === 'memory' || part === 'heap')?.[1];
  const overcommit = Number(readOr('/proc/sys/vm/overcommit_memory', 'NaN'));
  return {
    totalBytes,
    isLimited,
    budgets: [
      { key: 'intake.memory_limit', bytes: config.intake.memoryLimitBytes },
      { key: 'delivery.memory_limit', bytes: config.delivery.memoryLimitBytes },
      // As the relay does it: half of the memory, if the settings say nothing.
      ...(isOwn ? [{ key: 'redis.maxmemory', bytes: config.redis.maxmemoryBytes || totalBytes / 2 }] : []),
    ],
    ...(isOwn && !Number.isNaN(overcommit) ? { overcommit } : {}),
    ...(trouble === undefined ? {} : { trouble }),
  };
}

/** statfs(2) */
const memoryKinds = new Set([0x01021994, 0x858458f6]);
const networkKinds = new Set([0x6969, 0xff534d42, 0xfe534d42, 0x517b, 0x01021997, 0x65735546]);

export async function diskFacts({ config, dataDir, redis }: DoctorContext): Promise<DiskFacts> {
  const found = await redis();
  const isElsewhere = config.redis.url !== '';
  const there = nearest(dataDir);
  const { bavail, bsize, type, ffree, files } = await statfs(there);
  const isSeen = found.kind === 'seen' && !found.isTrial;
  const unusable = troubleOf(() => checkDataDirectory(dataDir));
  const logTrouble = troubleOf(() => checkLogFile(config.log.file));
  return {
    dataDir,
    ...(unusable === undefined ? {} : { unusable }),
    otherTrouble: logTrouble === undefined ? [] : [logTrouble],
    freeBytes: bavail * bsize,
    floorBytes: isSeen ? found.sight.diskFloorBytes : config.queue.minfreeBytes,
    // btrfs and others have no number of files.
    ...(files === 0 ? {} : { freeInodes: ffree }),
    kind: memoryKinds.has(type) ? 'memory' : networkKinds.has(type) ? 'network' : 'disk',
    openMode: there === dataDir ? openModeOf(dataDir) : 0,
    isElsewhere,
  };
}

function openModeOf(directory: string): number {
  const mode = statSync(directory).mode & 0o777;
  return (mode & 0o007) === 0 ? 0 : mode;
}

function troubleOf(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

/** The path, or what is there above it. */
function nearest(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearest(dirname(path));
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return otherwise;
  }
}
