#!/usr/bin/env node
import { accessSync, constants, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command, ConfigArguments } from './cli/arguments.ts';
import { openOutput } from './cli/output.ts';
import type * as queueCommands from './cli/queue-commands.ts';
import type * as queueDump from './cli/queue-dump.ts';
import type * as userCommands from './cli/user-commands.ts';
import type { Config } from './config/config.ts';
import type * as settingsLoading from './config/load.ts';
import { parseSendmailArguments, sendmailNames, type SendmailName } from './core/sendmail/arguments.ts';
import type { Daemon } from './daemon/start-daemon.ts';
import type { ListedDrop } from './maildrop/list-maildrop.ts';
import { warn as warnTo } from './maillog/warn.ts';

/*
 * What a command needs is loaded when it is asked for: programs call "sendmail" for every message, and wait for it.
 */
type QueueCommands = typeof queueCommands;
type DumpCommands = typeof queueDump;
type UserCommands = typeof userCommands;
type LoadedSettings = ReturnType<typeof settingsLoading.loadSettings>;

const EX_OK = 0;
const EX_DATAERR = 65;
const EX_SOFTWARE = 70;
const EX_TEMPFAIL = 75;
const EX_NOPERM = 77;
const EX_CONFIG = 78;

const warn = (text: string): void => warnTo(text, process.env['JOURNAL_STREAM']);
const environment = { env: process.env, uid: process.getuid?.(), warn };
const output = openOutput(process.stdout);
const print = (line: string): boolean => output.print(line);
// A message that cannot be written is dropped.
process.stderr.on('error', () => {});

/** Does what the command line asks for; resolves to the exit code (sysexits). */
async function main(argv: readonly string[]): Promise<number> {
  const called = sendmailCall(argv);
  if (called !== undefined) return sendmail(called.name, called.words);
  const { parseArguments } = await import('./cli/arguments.ts');
  const command = parseArguments(argv);
  switch (command.name) {
    case 'help': {
      const { usage } = await import('./cli/usage.ts');
      print(usage(command.operands).trimEnd());
      return EX_OK;
    }
    case 'version':
      print(version());
      return EX_OK;
    case 'sendmail':
    case 'mailq':
    case 'newaliases':
      return sendmail(command.name, command.operands);
    case 'check-config':
      return checkConfig(command.settings);
    case 'run':
      return run(command);
    case 'queue list': {
      const dropped = await droppedHere(command.settings);
      return queueCommand(command, (queue, { listCommand }) =>
        listCommand(queue, { json: command.json, now: Date.now(), dropped, print }),
      );
    }
    case 'queue flush':
      return queueCommand(command, (queue, { flushCommand }) => flushCommand(queue, command.operands, print));
    case 'queue release':
      return queueCommand(command, (queue, { releaseCommand }) =>
        releaseCommand(queue, command.operands, print),
      );
    case 'queue delete':
      return queueCommand(command, (queue, { deleteCommand }) =>
        deleteCommand(queue, command.operands, print),
      );
    case 'queue export':
      return storeCommand(command, (store, { exportCommand }) =>
        exportCommand(store, command.live, process.stdout, warn),
      );
    case 'queue import':
      return storeCommand(command, (store, { importCommand }) => importCommand(store, process.stdin, print));
    case 'queue repair': {
      const { repairCommand } = await import('./cli/queue-repair.ts');
      await repairCommand(await configOf(command.settings), environment, warn, print);
      return EX_OK;
    }
    case 'dkim create':
    case 'dkim show':
    case 'dkim check':
      return dkim(command.name, command);
    case 'certificate create':
    case 'certificate request':
    case 'certificate show':
    case 'certificate trust':
      return certificate(command.name, command);
    case 'user add':
      return userCommand(command, async (commands, tools, name) => {
        await commands.addUser(tools, name, command.generate);
        return EX_OK;
      });
    case 'user remove':
      return userCommand(command, async (commands, tools, name) =>
        (await commands.removeUser(tools, name)) ? EX_OK : EX_TEMPFAIL,
      );
    case 'user list':
      return userCommand(command, async (commands, tools) =>
        commands.listUsers(tools, command.json) ? EX_OK : EX_CONFIG,
      );
    case 'user check':
      return userCommand(command, async (commands, tools, name) =>
        (await commands.checkUser(tools, name)) ? EX_OK : EX_NOPERM,
      );
    case 'token add': {
      const { addToken } = await import('./cli/token-commands.ts');
      const [name = ''] = command.operands;
      print(addToken(await configOf(command.settings), environment, name, command.wishes));
      return EX_OK;
    }
    case 'token remove': {
      const { removeTokens } = await import('./cli/token-commands.ts');
      const done = removeTokens(await configOf(command.settings), environment, command.operands, print);
      return done ? EX_OK : EX_TEMPFAIL;
    }
    case 'token list': {
      const { listTokens } = await import('./cli/token-commands.ts');
      listTokens(await configOf(command.settings), environment, command.json, print);
      return EX_OK;
    }
    case 'completion': {
      const { bashCompletion } = await import('./cli/completion.ts');
      print(bashCompletion().trimEnd());
      return EX_OK;
    }
    case 'health':
      return health(await configOf(command.settings), command.json);
  }
}

/** Whether this is a call of one of these programs: by their names, or by ours and theirs as its first word. */
function sendmailCall(
  argv: readonly string[],
): { readonly name: SendmailName; readonly words: readonly string[] } | undefined {
  const named = sendmailNames.find((one) => one === basename(process.argv[1] ?? ''));
  if (named !== undefined) return { name: named, words: argv };
  const name = sendmailNames.find((one) => one === argv[0]);
  return name === undefined ? undefined : { name, words: argv.slice(1) };
}

async function sendmail(name: SendmailName, words: readonly string[]): Promise<number> {
  const { sendmailCommand } = await import('./cli/sendmail/sendmail-command.ts');
  const request = parseSendmailArguments(words, name);
  const settings: ConfigArguments =
    request.settingsFile === undefined ? { sets: [] } : { sets: [], configFile: request.settingsFile };
  return sendmailCommand(request, {
    environment,
    input: process.stdin,
    output: process.stdout,
    print,
    warn,
    config: () => configOfProgram(settings),
    async help() {
      const { usage } = await import('./cli/usage.ts');
      print(usage([name]).trimEnd());
      return EX_OK;
    },
    list: () =>
      queueCommand({ settings }, async (queue) => {
        const { mailqCommand } = await import('./cli/mailq.ts');
        return mailqCommand(queue, await droppedHere(settings), print);
      }),
    flush: (names) =>
      queueCommand({ settings }, (queue, { flushCommand }) => flushCommand(queue, names, print)),
  });
}

/** What lies in the maildrop of this relay, as far as this user may look into it. */
async function droppedHere(settings: ConfigArguments): Promise<AsyncIterable<ListedDrop>> {
  const { spoolDirectory } = await import('./config/spool-directory.ts');
  const { listMaildrop } = await import('./maildrop/list-maildrop.ts');
  return listMaildrop(spoolDirectory(await configOf(settings), environment));
}

async function checkConfig(settings: ConfigArguments): Promise<number> {
  const { changedSettings, checkVerdict } = await import('./cli/check-config.ts');
  const { advice } = await import('./config/advice.ts');
  const { check } = await import('./daemon/check.ts');
  print(`settings from ${(await settingsFileOf(settings)) ?? 'no file'}`);
  const { config, inForce, exposed } = await settingsOf(settings);
  for (const line of changedSettings(inForce)) print(line);
  const { problems, warnings } = await check(config, environment);
  const all = [...advice(config), ...exposed, ...warnings];
  for (const text of all) warn(`warning: ${text}`);
  for (const text of problems) warn(text);
  print(checkVerdict(problems.length, all.length));
  return problems.length === 0 ? EX_OK : EX_CONFIG;
}

/** Exits with EX_TEMPFAIL if `work` reports that it did not do everything. */
async function queueCommand(
  { settings }: Pick<Command, 'settings'>,
  work: (queue: queueCommands.Queue, commands: QueueCommands) => Promise<boolean>,
): Promise<number> {
  const commands = await import('./cli/queue-commands.ts');
  const done = await commands.withQueue(await configOf(settings), environment, warn, (queue) =>
    work(queue, commands),
  );
  return done ? EX_OK : EX_TEMPFAIL;
}

async function userCommand(
  { settings, operands }: Command,
  work: (commands: UserCommands, tools: userCommands.UserTools, name: string) => Promise<number>,
): Promise<number> {
  const commands = await import('./cli/user-commands.ts');
  const { askPassword } = await import('./cli/ask-password.ts');
  const ask = (...prompts: readonly string[]): Promise<string> =>
    askPassword(process.stdin, prompts, (text) => process.stderr.write(text));
  return work(commands, { config: await configOf(settings), print, warn, ask }, operands[0] ?? '');
}

async function storeCommand(
  { name, settings }: Command,
  work: (store: queueDump.Store, commands: DumpCommands) => Promise<boolean>,
): Promise<number> {
  const make = name === 'queue import';
  const commands = await import('./cli/queue-dump.ts');
  const done = await commands.withStore(await configOf(settings), environment, { make, warn }, (store) =>
    work(store, commands),
  );
  return done ? EX_OK : EX_TEMPFAIL;
}

async function certificate(
  name: `certificate ${'create' | 'request' | 'show' | 'trust'}`,
  { settings, operands, directory }: Command,
): Promise<number> {
  const commands = await import('./cli/certificate-commands.ts');
  const { dataDirectory } = await import('./config/data-directory.ts');
  const { ownName } = await import('./daemon/own-name.ts');
  const config = await configOf(settings);
  const place = {
    directory: resolve(directory ?? join(dataDirectory(config.dataDir, environment), 'tls')),
    hostname: await ownName(config.hostname),
    listeners: config.listeners,
  };
  const tools = { nowMs: Date.now(), print };
  if (name === 'certificate create') await commands.createCommand(place, operands, tools);
  else if (name === 'certificate request') await commands.requestCommand(place, operands, tools);
  else if (name === 'certificate show') commands.showCommand(place, operands, tools);
  else commands.trustCommand(place, tools);
  return EX_OK;
}

async function dkim(
  name: `dkim ${'create' | 'show' | 'check'}`,
  { settings, operands, json, selector, algorithm = 'both' }: Command,
): Promise<number> {
  const commands = await import('./cli/dkim-commands.ts');
  const { dataDirectory } = await import('./config/data-directory.ts');
  const config = await configOf(settings);
  const tools = commands.dkimTools(config, dataDirectory(config.dataDir, environment), { json, print, warn });
  if (name === 'dkim show') return dkimExit[await commands.showKeysCommand(operands, tools)];
  if (name === 'dkim create') {
    const wanted = { domains: operands, algorithm, now: Date.now(), ...(selector && { selector }) };
    return dkimExit[await commands.createKeysCommand(wanted, tools)];
  }
  const { withLookups } = await import('./daemon/look-up-once.ts');
  const end = await withLookups(config, (lookup) => commands.checkKeysCommand(operands, lookup, tools));
  return dkimExit[end];
}

const dkimExit = { done: EX_OK, wrong: EX_DATAERR, later: EX_TEMPFAIL } as const;

/** Time that a relay that is told to stop has to finish its start, before it is abandoned. */
const LONGEST_START_MS = 30_000;

async function run({ settings, role }: Command): Promise<never> {
  let stopNow = (): void => {};
  const told = firstSignal(['SIGTERM', 'SIGINT'], () => stopNow()).then(() => EX_OK);
  // A SIGHUP during the start must not end the relay, and files may have changed after they were read.
  let early = false;
  let reload = (): void => void (early = true);
  process.on('SIGHUP', () => reload());
  const internal = internalErrors();
  let isStarting = true;
  const { advice } = await import('./config/advice.ts');
  const { takeActivatedSockets } = await import('./daemon/activated-sockets.ts');
  const activated = takeActivatedSockets(process.env, process.pid);
  const { startDaemon } = await import('./daemon/start-daemon.ts');
  const { config, exposed } = await settingsOf(settings);
  const giveUp = new AbortController();
  void told.then(() => giveUp.abort());
  const here = {
    ...environment,
    activated,
    settingsFile: await settingsFileOf(settings),
    giveUpStart: giveUp.signal,
  };
  const starting = startDaemon(config, role, here, [...advice(config, environment.uid), ...exposed]).catch(
    (error: unknown) => {
      // A start that was told to give up has not failed.
      if (giveUp.signal.aborted) process.exit(EX_OK);
      throw error;
    },
  );
  void told.then(() => sleep(LONGEST_START_MS)).then(() => isStarting && process.exit(EX_OK));
  const daemon = await Promise.race([starting, internal.fatal]);
  isStarting = false;
  // No 250 was sent yet. The next relay finds the children that were started.
  if (daemon === undefined) process.exit(EX_SOFTWARE);
  internal.tell((next, error) => daemon.internalError(next, error));
  reload = () => void daemon.reload();
  if (early) reload();
  const exitCode = (await Promise.race([told, internal.fatal])) ?? EX_SOFTWARE;
  stopNow = () => daemon.stopNow();
  await daemon.stop();
  // A part that could not be stopped (a Redis that is gone) must not keep the process alive.
  process.exit(exitCode);
}

/**
 * Handles bugs that were not caught. If an unawaited promise fails, the relay goes on. An exception has interrupted its
 * callers at an unknown point, so the relay ends, in good order.
 */
function internalErrors(): {
  /** Resolves when the relay must end. */
  readonly fatal: Promise<undefined>;
  tell(note: Daemon['internalError']): void;
} {
  let note: Daemon['internalError'] = (next, error) => warn(`internal error, ${next}: ${explain(error)}`);
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
  const { healthReport } = await import('./cli/health-command.ts');
  const { dataDirectory } = await import('./config/data-directory.ts');
  const { statusSocket } = await import('./config/role.ts');
  const { askHealth } = await import('./status/status-server.ts');
  const dataDir = dataDirectory(config.dataDir, environment);
  const { text, exitCode } = healthReport(await askHealth(statusSocket(dataDir, 'all')), json);
  print(text);
  return exitCode;
}

/** npm and a terminal both pass an interrupt on: a second one right after the first is the same one. */
const SAME_SIGNAL_MS = 500;

/** A signal that comes during the start is kept until it can be obeyed. `again` is called for later ones. */
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

async function sourcesOf(settings: ConfigArguments): Promise<settingsLoading.ConfigSources> {
  const { readConfigFile } = await import('./config/operator-file.ts');
  const sources = { env: process.env, sets: settings.sets };
  const name = await settingsFileOf(settings);
  return name === undefined ? sources : { ...sources, file: readConfigFile(name) };
}

async function settingsFileOf({ configFile }: ConfigArguments): Promise<string | undefined> {
  const { defaultSettingsFile } = await import('./config/settings-file.ts');
  return configFile ?? defaultSettingsFile(environment);
}

/** Adds warnings about files that others on this machine can read and should not. */
async function settingsOf(
  settings: ConfigArguments,
): Promise<LoadedSettings & { readonly exposed: readonly string[] }> {
  const { loadSettings } = await import('./config/load.ts');
  const { dataDirectory } = await import('./config/data-directory.ts');
  const { exposures } = await import('./config/exposures.ts');
  const sources = await sourcesOf(settings);
  const loaded = loadSettings(sources);
  const dataDir = dataDirectory(loaded.config.dataDir, environment);
  return { ...loaded, exposed: exposures(sources, loaded.inForce, dataDir) };
}

async function configOf(settings: ConfigArguments): Promise<Config> {
  const { loadConfig } = await import('./config/load.ts');
  return loadConfig(await sourcesOf(settings));
}

/** The same for a program of any user, which may not be allowed to read the settings of this machine: it does without. */
async function configOfProgram(settings: ConfigArguments): Promise<Config> {
  const { loadConfig } = await import('./config/load.ts');
  const { systemSettingsFile } = await import('./config/settings-file.ts');
  const isHidden = (await settingsFileOf(settings)) === systemSettingsFile && !isReadable(systemSettingsFile);
  return isHidden ? loadConfig({ env: process.env, sets: [] }) : configOf(settings);
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return `dane-relay ${(JSON.parse(text) as { version: string }).version}`;
}

/** Mistakes of the operator have their exit code; trouble of the relay may be over later; a bug shows its stack. */
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
  output.check();
} catch (error) {
  warn(explain(error));
  process.exitCode = exitCodeOf(error);
}
