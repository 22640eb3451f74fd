import { realpath } from 'node:fs/promises';
import type { Log } from '../core/log/log-event.ts';
import { ChildError } from './child-error.ts';
import { readIfThere } from './claimed-directory.ts';
import { commandLine, identify, terminate, waitForEnd, workingDirectory } from './process-table.ts';
import type { ProcessIdentity } from './process-table.ts';
import { isRedisServer } from './redis-program.ts';
import type { RedisPlace } from './redis-place.ts';
import { redisCommand } from './redis-socket.ts';
import { leftBehind } from './log-lines.ts';

const shutdownTimeoutMs = 30_000;

/**
 * Ends the Redis that a killed relay left behind in this directory, cleanly, so that all its data is on disk. It is
 * ours if it works in the directory, according to itself or to the kernel. Nothing else is touched.
 *
 * @throws ChildError if the socket belongs to another program
 */
export async function endRedisOrphan(place: RedisPlace, log: Log): Promise<void> {
  const orphan = await findOrphan(place);
  if (orphan === undefined) return;
  log(leftBehind('redis-server', orphan.pid));
  if (orphan.answers) {
    await redisCommand(place.socketPath, ['SHUTDOWN'], shutdownTimeoutMs);
    if (await waitForEnd(orphan, shutdownTimeoutMs)) return;
  }
  await terminate(orphan, shutdownTimeoutMs);
}

interface Orphan extends ProcessIdentity {
  /** If it does not answer, it hangs or is about to end. */
  readonly answers: boolean;
}

async function findOrphan(place: RedisPlace): Promise<Orphan | undefined> {
  const reply = await redisCommand(place.socketPath, ['CONFIG', 'GET', 'dir']);
  if (reply.kind === 'list') {
    const directory = reply.values[1] ?? '';
    if ((await realpath(directory).catch(() => undefined)) !== place.directory) throw foreign(place);
    return describe(await identify(await processId(place)), true);
  }
  const recorded = await identify(Number(await readIfThere(place.pidFile)));
  const ours = recorded !== undefined && (await isRedisOf(place, recorded)) ? recorded : undefined;
  if (ours === undefined && reply.kind !== 'nobody') throw foreign(place);
  return describe(ours, false);
}

function describe(orphan: ProcessIdentity | undefined, answers: boolean): Orphan | undefined {
  return orphan && { ...orphan, answers };
}

async function processId(place: RedisPlace): Promise<number> {
  const info = await redisCommand(place.socketPath, ['INFO', 'server']);
  const pid = info.kind === 'value' ? /^process_id:(\d+)/m.exec(info.value)?.[1] : undefined;
  if (pid === undefined) throw foreign(place);
  return Number(pid);
}

async function isRedisOf(place: RedisPlace, { pid }: ProcessIdentity): Promise<boolean> {
  const [program = ''] = await commandLine(pid);
  return isRedisServer(program) && (await workingDirectory(pid)) === place.directory;
}

function foreign(place: RedisPlace): ChildError {
  return new ChildError(
    `${place.socketPath} belongs to another program; stop it or choose another data directory`,
  );
}
