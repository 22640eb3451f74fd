#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { parseArguments, type Command, type ConfigArguments } from './cli/arguments.ts';
import { checkConfig } from './cli/check-config.ts';
import { healthReport } from './cli/health-command.ts';
import { exportCommand, importCommand, withStore } from './cli/queue-dump.ts';
import { repairCommand } from './cli/queue-repair.ts';
import { deleteCommand, flushCommand, listCommand, releaseCommand, withQueue } from './cli/queue-commands.ts';
import { usage } from './cli/usage.ts';
import type { Config } from './config/config.ts';
import { exposures } from './config/exposures.ts';
import { dataDirectory } from './config/data-directory.ts';
import { loadConfig, loadSettings, type ConfigSources } from './config/load.ts';
import { readConfigFile } from './config/read-config-file.ts';
import { defaultSettingsFile } from './config/settings-file.ts';
import { statusSocket } from './daemon/role.ts';
import { startDaemon, type Daemon } from './daemon/start-daemon.ts';
import { complain as complainTo } from './maillog/complain.ts';
import { askHealth } from './status/status-server.ts';

const EX_OK = 0;
const EX_SOFTWARE = 70;
const EX_TEMPFAIL = 75;
const EX_CONFIG = 78;

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (text: string): void => complainTo(text, process.env['JOURNAL_STREAM']);
const surroundings = { env: process.env, uid: process.getuid?.(), complain };

/** Does what the command line asks for; resolves to the exit code (sysexits). */
async function main(argv: readonly string[]): Promise<number> {
  const command = parseArguments(argv);
  switch (command.name) {
    case 'help':
      process.stdout.write(usage(command.topic));
      return EX_OK;
    case 'version':
      print(version());
      return EX_OK;
    case 'check-config':
      print(`settings from ${settingsFileOf(command.settings) ?? 'no file'}`);
      process.stdout.write(checkConfig(sourcesOf(command.settings)));
      warnOfExposures(command.settings);
      return EX_OK;
    case 'run':
      return run(command);
    case 'queue list':
      await withQueue(configOf(command.settings), surroundings, (queue) =>
        listCommand(queue, command.json, Date.now(), print),
      );
      return EX_OK;
    case 'queue flush':
      await withQueue(configOf(command.settings), surroundings, (queue) =>
        flushCommand(queue, command.destinations, print),
      );
      return EX_OK;
    case 'queue release':
    case 'queue delete': {
      const work = command.name === 'queue release' ? releaseCommand : deleteCommand;
      const done = await withQueue(configOf(command.settings), surroundings, (queue) =>
        work(queue, command.ids, print),
      );
      return done ? EX_OK : EX_TEMPFAIL;
    }
    case 'queue export': {
      const complete = await withStore(configOf(command.settings), surroundings, complain, (store) =>
        exportCommand(store, command.live, process.stdout, complain),
      );
      return complete ? EX_OK : EX_TEMPFAIL;
    }
    case 'queue import':
      await withStore(configOf(command.settings), surroundings, complain, (store) =>
        importCommand(store, process.stdin, print),
      );
      return EX_OK;
    case 'queue repair':
      await repairCommand(configOf(command.settings), surroundings, complain, print);
      return EX_OK;
    case 'health':
      return health(configOf(command.settings), command.json);
  }
}

async function run({ settings, role }: Command & { readonly name: 'run' }): Promise<never> {
  let hurry = (): void => {};
  const told = firstSignal(['SIGTERM', 'SIGINT'], () => hurry()).then(() => EX_OK);
  // One that comes while the relay is still starting must not end it, and files may have changed after they were read.
  let early = false;
  let reload = (): void => void (early = true);
  process.on('SIGHUP', () => reload());
  const internal = internalErrors();
  const starting = startDaemon(configOf(settings), role, {
    ...surroundings,
    settingsFile: settingsFileOf(settings),
  });
  const daemon = await Promise.race([starting, internal.fatal]);
  // Nothing was promised to anybody yet; the children that were started are found by the next relay.
  if (daemon === undefined) process.exit(EX_SOFTWARE);
  internal.tell((next, error) => daemon.internalError(next, error));
  warnOfExposures(settings);
  reload = () => void daemon.reload();
  if (early) reload();
  const exitCode = (await Promise.race([told, internal.fatal])) ?? EX_SOFTWARE;
  hurry = () => daemon.hurry();
  await daemon.stop();
  // A part that could not be stopped (a Redis that is gone) must not keep the process.
  process.exit(exitCode);
}

/**
 * Mistakes of ours that nobody caught. A promise that nobody waited for may fail: the relay goes on. An exception has
 * cut off whatever it came through, so that nobody knows what is left of it: the relay is to end, in good order.
 */
function internalErrors(): {
  /** Resolves when it is to end. */
  readonly fatal: Promise<undefined>;
  tell(note: Daemon['internalError']): void;
} {
  let note: Daemon['internalError'] = (next, error) => complain(`internal error, ${next}: ${explain(error)}`);
  process.on('unhandledRejection', (error) => note('the relay goes on', error));
  const fatal = new Promise<undefined>((resolve) => {
    process.on('uncaughtException', (error) => {
      note('the relay ends', error);
      resolve(undefined);
    });
  });
  return { fatal, tell: (better) => void (note = better) };
}

async function health(config: Config, json: boolean): Promise<number> {
  const dataDir = dataDirectory(config.dataDir, surroundings.env, surroundings.uid);
  const { text, exitCode } = healthReport(await askHealth(statusSocket(dataDir, 'all')), json);
  print(text);
  return exitCode;
}

/** npm and a terminal both hand an interruption on: what follows the first so soon is the same one. */
const SAME_SIGNAL_MS = 500;

/** A signal that comes while the relay is still starting is kept until it can be obeyed. `again` hears of later ones. */
function firstSignal(names: readonly NodeJS.Signals[], again: () => void): Promise<void> {
  return new Promise((resolve) => {
    let toldAt: number | undefined;
    const tell = (): void => {
      const now = performance.now();
      toldAt ??= now;
      resolve();
      if (now - toldAt > SAME_SIGNAL_MS) again();
    };
    for (const name of names) process.on(name, tell);
  });
}

function sourcesOf(settings: ConfigArguments): ConfigSources {
  const sources = { env: process.env, sets: settings.sets };
  const name = settingsFileOf(settings);
  return name === undefined ? sources : { ...sources, file: readConfigFile(name) };
}

function settingsFileOf({ configFile }: ConfigArguments): string | undefined {
  return configFile ?? defaultSettingsFile(surroundings.env, surroundings.uid);
}

function warnOfExposures(settings: ConfigArguments): void {
  const sources = sourcesOf(settings);
  const { config, inForce } = loadSettings(sources);
  const dataDir = dataDirectory(config.dataDir, surroundings.env, surroundings.uid);
  for (const exposure of exposures(sources, inForce, dataDir)) complain(`warning: ${exposure}`);
}

function configOf(settings: ConfigArguments): Config {
  return loadConfig(sourcesOf(settings));
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return `dane-relay ${(JSON.parse(text) as { version: string }).version}`;
}

/** The operator's slips name their exit code; what the house cannot do now may work later; a bug shows its stack. */
function exitCodeOf(error: unknown): number {
  if (!(error instanceof Error)) return EX_TEMPFAIL;
  if ('exitCode' in error && typeof error.exitCode === 'number') return error.exitCode;
  return 'code' in error && error.code === 'QUEUE_UNSAFE' ? EX_CONFIG : EX_TEMPFAIL;
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? error.message : (error.stack ?? error.message);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  complain(explain(error));
  process.exitCode = exitCodeOf(error);
}
