import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChildError } from '../../children/child-error.ts';
import { listeningOn } from '../../children/listening-process.ts';
import type { Config } from '../../config/config.ts';
import { dataDirectory } from '../../config/data-directory.ts';
import type { Environment } from '../../config/environment.ts';
import { roles, statusSocket } from '../../config/role.ts';
import { checkNames, tellerOf, type CheckName, type Finding } from '../../core/doctor/finding.ts';
import { judgeListeners } from '../../core/doctor/listeners.ts';
import { judgeClock } from '../../core/doctor/clock.ts';
import { judgeDisk } from '../../core/doctor/disk.ts';
import { judgeFiles, judgeMemory } from '../../core/doctor/limits.ts';
import { judgePorts } from '../../core/doctor/ports.ts';
import { judgeName } from '../../core/doctor/name.ts';
import { judgeOutbound } from '../../core/doctor/outbound.ts';
import { judgeOwnTlsa } from '../../core/doctor/own-tlsa.ts';
import { judgeQueue } from '../../core/doctor/queue.ts';
import { judgeRedis } from '../../core/doctor/redis.ts';
import { judgeRelay } from '../../core/doctor/relay.ts';
import { judgeResolver } from '../../core/doctor/resolver.ts';
import { judgeSenders } from '../../core/doctor/senders.ts';
import { messageOf } from '../../core/error-words.ts';
import { askHealth } from '../../status/status-server.ts';
import { ownName } from '../own-name.ts';
import { Parts } from '../parts.ts';
import type { DoctorContext, DoctorWishes, Running } from './context.ts';
import { listenerFacts, seeListeners } from './listener-facts.ts';
import { clockFacts, diskFacts, fileFacts, memoryFacts } from './machine-facts.ts';
import { nameFacts } from './name-facts.ts';
import { outboundFacts } from './outbound-facts.ts';
import { portFacts } from './port-facts.ts';
import { queueFacts, redisFacts, seeRedis } from './redis-facts.ts';
import { relayFacts } from './relay-facts.ts';
import { resolverFacts, startDoctorsResolver } from './resolver-facts.ts';
import { senderFacts } from './sender-facts.ts';
import { ownTlsaFacts } from './tlsa-facts.ts';

/** What is examined, and with what. */
export interface Examination {
  readonly config: Config;
  readonly environment: Environment;
  readonly settingsFile: string | undefined;
  readonly version: string;
  /** Empty: all. */
  readonly only: readonly CheckName[];
  readonly wishes: DoctorWishes;
}

export interface Examined {
  readonly hostname: string;
  readonly findings: readonly Finding[];
}

/** The operator did not wait for the end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly code = 'INTERRUPTED';
}

/** Each check has this long. What it asks has deadlines of its own; this one is for what nobody thought of. */
const CHECK_MS = 40_000;

const checks: Readonly<Record<CheckName, (context: DoctorContext) => Promise<readonly Finding[]>>> = {
  relay: async (context) => judgeRelay(await relayFacts(context)),
  resolver: async (context) => judgeResolver(await resolverFacts(context)),
  redis: async (context) => judgeRedis(await redisFacts(context)),
  queue: async (context) => judgeQueue(await queueFacts(context)),
  clock: async (context) => judgeClock(await clockFacts(context)),
  files: async (context) => judgeFiles(await fileFacts(context)),
  memory: async (context) => judgeMemory(await memoryFacts(context)),
  disk: async (context) => judgeDisk(await diskFacts(context)),
  ports: async (context) => judgePorts(await portFacts(context)),
  listeners: async (context) => judgeListeners(await listenerFacts(context), context.now()),
  outbound: async (context) => judgeOutbound(await outboundFacts(context)),
  name: async (context) => judgeName(await nameFacts(context)),
  senders: async (context) => judgeSenders(await senderFacts(context)),
  tlsa: async (context) => judgeOwnTlsa(await ownTlsaFacts(context)),
};

/**
 * Looks at everything that mail needs, side by side, and changes nothing: what has to be started for it has a directory of
 * its own, which goes afterwards.
 *
 * @param tell gets the findings of each check, in the order of the checks, as soon as they are there
 * @param signal ends it early; it then rejects with Interrupted, and nothing is left behind
 */
export async function examine(
  { config, environment, settingsFile, version, only, wishes }: Examination,
  tell: (findings: readonly Finding[]) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<Examined> {
  const parts = new Parts();
  const dataDir = dataDirectory(config.dataDir, environment);
  const scratch = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  const started: Promise<unknown>[] = [];
  const starting = <T>(work: () => Promise<T>): (() => Promise<T>) =>
    once(() => {
      const begun = work();
      started.push(begun);
      return begun;
    });
  const hostname = once(() => ownName(config.hostname));
  const running = once(() => runningIn(dataDir));
  const context: DoctorContext = {
    config,
    environment,
    settingsFile,
    version,
    wishes,
    dataDir,
    now: Date.now,
    hostname,
    running,
    resolving: starting(() => startDoctorsResolver({ config, dataDir, scratch, parts })),
    redis: starting(() => seeRedis({ config, dataDir, scratch, parts })),
    listeners: once(() => seeListeners({ config, hostname, running })),
  };
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Interrupted('interrupted')), { once: true });
  });
  interrupted.catch(() => {});
  try {
    const chosen = checkNames.filter((name) => only.length === 0 || only.includes(name));
    const begun = chosen.map((name) => inTime(name, checks[name](context)));
    const findings: Finding[] = [];
    for (const one of begun) {
      const found = await Promise.race([one, interrupted]);
      findings.push(...found);
      tell(found);
    }
    return { hostname: await context.hostname(), findings };
  } finally {
    // What is still starting is stopped, too: it would outlive this process.
    await Promise.allSettled(started);
    await parts.stop(() => {});
    await rm(scratch, { recursive: true, force: true });
  }
}

/** A check that fails itself is a finding: the others go on. */
async function inTime(name: CheckName, work: Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  const { warn, skip } = tellerOf(name);
  const again = `dane-relay doctor --only ${name}`;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Finding[]>((resolve) => {
    const text = `the check "${name}" did not end within ${CHECK_MS / 1000} s`;
    timer = setTimeout(() => resolve([warn('check-late', text, again)]), CHECK_MS);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    if (error instanceof ChildError)
      return [
        skip(
          'check-not-possible',
          `the check "${name}" needs what cannot be started: ${error.message}`,
          again,
        ),
      ];
    return [warn('check-broke', `the check "${name}" could not be made: ${messageOf(error)}`, again)];
  } finally {
    clearTimeout(timer);
  }
}

async function runningIn(dataDir: string): Promise<readonly Running[]> {
  const found = await Promise.all(
    roles.map(async (role): Promise<Running | undefined> => {
      const path = statusSocket(dataDir, role);
      const health = await askHealth(path);
      if (health === undefined) return undefined;
      const owner = await listeningOn(path);
      return { role, health, pid: typeof owner === 'string' ? undefined : owner.pid };
    }),
  );
  return found.filter((one) => one !== undefined);
}

/** The work is done when it is first asked for, and its outcome is everybody's. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= work());
}
