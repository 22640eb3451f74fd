import { access, rm } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import type { RootKeys } from '../core/dns/root-keys.ts';
import type { AnchorLine } from '../core/dns/trust-anchors.ts';
import type { Log, Severity } from '../core/log/log-event.ts';
import type { ChildProgram } from './child-program.ts';
import { apparmorHint } from './apparmor.ts';
import { ChildError } from './child-error.ts';
import { claimDirectory, readIfThere } from './claimed-directory.ts';
import { descriptorPath } from './descriptor.ts';
import { answersDns } from './dns-ping.ts';
import { freePort } from './free-port.ts';
import { commandLine, identify, terminate } from './process-table.ts';
import { loadRootKeys, readTrustAnchors, rootKeyAnchors, storeRootKeys } from './root-key-file.ts';
import { superviseChild } from './supervise.ts';
import type { SupervisedChild } from './supervise.ts';
import { unboundConf } from './unbound-conf.ts';
import type { Forwarder } from './unbound-conf.ts';
import { leftBehind } from './log-lines.ts';

export interface ManagedUnboundOptions {
  /** The relay's data directory. The directory `unbound` in it holds what is known of the root's keys. */
  readonly dataDir: string;
  /** Resolvers to ask instead of the authoritative servers. They must pass DNSSEC records on. */
  readonly forwarders: readonly Forwarder[];
  /** Trust anchor that is never updated. Without it, the root's keys, which `keepRootKeys` keeps up to date. */
  readonly trustAnchorFile?: string;
  readonly log: Log;
  /** As in ChildProgram; default: half a minute. */
  readonly hangs?: ChildProgram['hangs'];
  /** Default: `unbound` of the Debian package. */
  readonly executable?: string;
}

export interface ManagedUnbound {
  /** Loopback IP address and port on which it answers. */
  readonly address: string;
  readonly port: number;
  /** The trust anchors, as of the last start of Unbound. */
  trustAnchors(): readonly AnchorLine[];
  /** Starts it again at the same port, so that it asks these servers; resolves when it answers. */
  ask(forwarders: readonly Forwarder[]): Promise<void>;
  /** Starts it again at the same port, with the current trust anchors. */
  restart(): Promise<void>;
  /** What is known of the root's keys; `undefined` if the settings have a trust anchor. */
  rootKeys(): RootKeys | undefined;
  /** Stores that, also for later starts. The trust anchors change if other keys are trusted now. */
  keepRootKeys(rootKeys: RootKeys): Promise<void>;
  stop(): Promise<void>;
}

const address = '127.0.0.1';
/** With its directory, because that is not in the PATH of an ordinary user. */
const debianExecutable = '/usr/sbin/unbound';
const rootHintsFile = '/usr/share/dns/root.hints';
const maxPorts = 3;
const startTimeoutMs = 20_000;
const stopTimeoutMs = 10_000;
const pingTimeoutMs = 500;
const hangs = { probeMs: 5_000, probes: 6 };

/** The settings of Unbound, except for its port. */
interface Orders {
  trustAnchors: readonly AnchorLine[];
  forwarders: readonly Forwarder[];
  readonly rootHintsFile?: string;
}

interface Place {
  readonly directory: string;
  readonly pidFile: string;
  /** This file does not exist: as an argument, the name tells this Unbound from others. */
  readonly confFile: string;
  readonly rootKeyFile: string;
}

/**
 * Runs a private validating resolver on a loopback port, so that its AD bit can be trusted (RFC 7672 §2.1.1). It is
 * started again, on the same port, if it dies. It reads and writes no file of the relay, because AppArmor would not let
 * it.
 *
 * @returns when it answers. The first lookup shows whether it reaches the Internet.
 * @throws ChildError with words for the operator
 */
export async function startManagedUnbound(options: ManagedUnboundOptions): Promise<ManagedUnbound> {
  const directory = await claimDirectory(join(resolve(options.dataDir), 'unbound'));
  try {
    return await start(options, placeIn(directory.path), () => directory.release());
  } catch (error) {
    await directory.release();
    throw error;
  }
}

async function start(
  options: ManagedUnboundOptions,
  place: Place,
  release: () => Promise<void>,
): Promise<ManagedUnbound> {
  const { trustAnchorFile } = options;
  let rootKeys: RootKeys | undefined;
  if (trustAnchorFile === undefined) {
    rootKeys = await loadRootKeys(place.rootKeyFile, Date.now());
    await storeRootKeys(place.rootKeyFile, rootKeys);
  }
  const orders: Orders = {
    trustAnchors:
      rootKeys === undefined
        ? await readTrustAnchors(resolve(trustAnchorFile ?? ''))
        : rootKeyAnchors(rootKeys),
    forwarders: options.forwarders,
    ...((await isThere(rootHintsFile)) ? { rootHintsFile } : {}),
  };
  await endOrphan(place, options.log);
  // Earlier versions of the relay wrote this file.
  await rm(place.confFile, { force: true });
  const { child, port } = await startOnFreePort(options, place, orders);
  return {
    address,
    port,
    trustAnchors: () => orders.trustAnchors,
    ask: async (forwarders) => {
      orders.forwarders = forwarders;
      await child.restart();
    },
    restart: () => child.restart(),
    rootKeys: () => rootKeys,
    keepRootKeys: async (next) => {
      rootKeys = next;
      const anchors = rootKeyAnchors(next);
      if (anchors.join('\n') !== orders.trustAnchors.join('\n')) orders.trustAnchors = anchors;
      await storeRootKeys(place.rootKeyFile, next);
    },
    stop: async () => {
      await child.stop();
      await release();
    },
  };
}

function placeIn(directory: string): Place {
  const at = (name: string): string => join(directory, name);
  return { directory, pidFile: at('unbound.pid'), confFile: at('unbound.conf'), rootKeyFile: at('root.key') };
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Ends the Unbound that a killed relay left behind: the recorded process, if it still runs for this directory. */
async function endOrphan({ pidFile, confFile }: Place, log: Log): Promise<void> {
  const orphan = await identify(Number(await readIfThere(pidFile)));
  if (orphan === undefined || !(await commandLine(orphan.pid)).includes(confFile)) return;
  log(leftBehind('unbound', orphan.pid));
  await terminate(orphan, stopTimeoutMs);
}

/** A free port may be taken before Unbound binds it. Then another port is tried. */
async function startOnFreePort(
  options: ManagedUnboundOptions,
  place: Place,
  orders: Orders,
): Promise<{ child: SupervisedChild; port: number }> {
  for (let tried = 1; ; tried++) {
    const port = await freePort(address);
    try {
      return {
        child: await supervise(options, place, port, () => unboundConf({ ...orders, address, port })),
        port,
      };
    } catch (error) {
      const taken = error instanceof ChildError && error.message.includes('in use');
      if (!taken || tried === maxPorts) throw error;
    }
  }
}

function supervise(
  options: ManagedUnboundOptions,
  place: Place,
  port: number,
  descriptor: () => string,
): Promise<SupervisedChild> {
  const { executable: given = debianExecutable } = options;
  const executable = given.includes('/') && !isAbsolute(given) ? resolve(given) : given;
  return superviseChild(
    {
      name: 'unbound',
      executable,
      // Unbound uses the last -c.
      args: ['-d', '-c', place.confFile, '-c', descriptorPath],
      directory: place.directory,
      descriptor,
      pidFile: place.pidFile,
      hint: (lastLines) => apparmorHint(executable, lastLines),
      debianPackage: 'unbound',
      ready: () => answersDns(address, port, pingTimeoutMs),
      startTimeoutMs,
      stopTimeoutMs,
      hangs: options.hangs ?? hangs,
      severityOf: unboundSeverity,
    },
    options.log,
  );
}

/** A line of Unbound's log: `[time] unbound[pid:thread] level: text`. Notices and statistics are not logged. */
function unboundSeverity(line: string): Severity | undefined {
  if (/\] (?:notice|info):/.test(line)) return undefined;
  return /\] (?:warning|error|fatal error):/.test(line) ? 'warning' : 'info';
}
