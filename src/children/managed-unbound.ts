import { access, copyFile, stat, writeFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import type { Log, Severity } from '../core/outcome/log-event.ts';
import { ChildError } from './child-error.ts';
import { claimDirectory, readIfThere } from './claimed-directory.ts';
import { answersDns } from './dns-ping.ts';
import { freePort } from './free-port.ts';
import { commandLine, identify, terminate } from './process-table.ts';
import { superviseChild } from './supervise.ts';
import type { SupervisedChild } from './supervise.ts';
import { unboundConf } from './unbound-conf.ts';
import type { Forwarder, UnboundSettings } from './unbound-conf.ts';

export interface ManagedUnboundOptions {
  /** The relay's data directory; Unbound gets the directory `unbound` in it. */
  readonly dataDir: string;
  /** Resolvers to ask instead of the authoritative servers; they must pass DNSSEC records on. */
  readonly forwarders: readonly Forwarder[];
  /** Trust anchor that is never updated; without it the root's, which Unbound keeps up to date (RFC 5011). */
  readonly trustAnchorFile?: string;
  readonly log: Log;
  /** `unbound` of the Debian package unless given. */
  readonly executable?: string;
}

export interface ManagedUnbound {
  /** Loopback IP address and port on which it answers. */
  readonly address: string;
  readonly port: number;
  stop(): Promise<void>;
}

const address = '127.0.0.1';
/** With its directory, which is not in the PATH of an ordinary user. */
const debianExecutable = '/usr/sbin/unbound';
const rootKeyFile = '/usr/share/dns/root.key';
const rootHintsFile = '/usr/share/dns/root.hints';
const maxPorts = 3;
const startTimeoutMs = 20_000;
const stopTimeoutMs = 10_000;
const pingTimeoutMs = 500;

/**
 * Runs a validating resolver of our own on a loopback port, so that its AD bit can be trusted (RFC 7672 §2.1.1). It
 * is started again, on the same port, if it dies.
 *
 * @returns when it answers; whether it reaches the Internet shows with the first lookup
 * @throws ChildError with words for the operator
 */
export async function startManagedUnbound(options: ManagedUnboundOptions): Promise<ManagedUnbound> {
  const directory = await claimDirectory(join(resolve(options.dataDir), 'unbound'));
  try {
    const settings = await settingsFor(options, directory.path);
    await endOrphan(settings, options.log);
    const { child, port } = await startOnFreePort(options, settings);
    const stop = async (): Promise<void> => {
      await child.stop();
      await directory.release();
    };
    return { address, port, stop };
  } catch (error) {
    await directory.release();
    throw error;
  }
}

type Settings = Omit<UnboundSettings, 'port'>;

async function settingsFor(options: ManagedUnboundOptions, directory: string): Promise<Settings> {
  const hints = await isThere(rootHintsFile);
  return {
    directory,
    pidFile: join(directory, 'unbound.pid'),
    address,
    trustAnchor:
      options.trustAnchorFile === undefined
        ? { kind: 'managed', file: await managedAnchor(join(directory, 'root.key')) }
        : { kind: 'given', file: await givenAnchor(resolve(options.trustAnchorFile)) },
    ...(hints ? { rootHintsFile } : {}),
    forwarders: options.forwarders,
  };
}

async function givenAnchor(file: string): Promise<string> {
  if (!(await isThere(file))) throw new ChildError(`unbound: cannot read the trust anchor ${file}`);
  return file;
}

/** The copy that Unbound updates; made once, for what it learned of key rollovers since is only there. */
async function managedAnchor(file: string): Promise<string> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size > 0) return file;
  if (!(await isThere(rootKeyFile))) {
    throw new ChildError(`unbound: no trust anchor ${rootKeyFile}: install the Debian package dns-root-data`);
  }
  await copyFile(rootKeyFile, file);
  return file;
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Ends the Unbound that a killed relay left behind: the recorded process, if it still runs with our file. */
async function endOrphan(settings: Settings, log: Log): Promise<void> {
  const orphan = await identify(Number(await readIfThere(settings.pidFile)));
  if (orphan === undefined || !(await commandLine(orphan.pid)).includes(confFile(settings))) return;
  log({
    component: 'master',
    severity: 'warning',
    event: 'child',
    text: `unbound: process ${orphan.pid} was left behind by a relay that was killed; replacing it`,
    fields: { child: 'unbound', pid: orphan.pid },
  });
  await terminate(orphan, stopTimeoutMs);
}

function confFile(settings: Settings): string {
  return join(settings.directory, 'unbound.conf');
}

/** A free port may be taken before Unbound gets there: then it is another one's turn. */
async function startOnFreePort(
  options: ManagedUnboundOptions,
  settings: Settings,
): Promise<{ child: SupervisedChild; port: number }> {
  for (let tried = 1; ; tried++) {
    const port = await freePort(address);
    await writeFile(confFile(settings), unboundConf({ ...settings, port }), { mode: 0o600 });
    try {
      return { child: await supervise(options, settings, port), port };
    } catch (error) {
      const taken = error instanceof ChildError && error.message.includes('in use');
      if (!taken || tried === maxPorts) throw error;
    }
  }
}

function supervise(
  options: ManagedUnboundOptions,
  settings: Settings,
  port: number,
): Promise<SupervisedChild> {
  const { executable = debianExecutable } = options;
  return superviseChild(
    {
      name: 'unbound',
      executable: executable.includes('/') && !isAbsolute(executable) ? resolve(executable) : executable,
      args: ['-d', '-c', confFile(settings)],
      directory: settings.directory,
      debianPackage: 'unbound',
      ready: () => answersDns(address, port, pingTimeoutMs),
      startTimeoutMs,
      stopTimeoutMs,
      severityOf: unboundSeverity,
    },
    options.log,
  );
}

/** A line of Unbound's log: `[time] unbound[pid:thread] level: text`. Notices and statistics are not for our log. */
function unboundSeverity(line: string): Severity | undefined {
  if (/\] (?:notice|info):/.test(line)) return undefined;
  return /\] (?:warning|error|fatal error):/.test(line) ? 'warning' : 'info';
}
