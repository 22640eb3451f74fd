import { setTimeout as sleep } from 'node:timers/promises';
import { valueOf, type Command } from '../cli/arguments.ts';
import { advice } from '../config/advice.ts';
import { roles } from '../config/role.ts';
import type { Daemon } from '../daemon/start-daemon.ts';
import { describeError } from './describe-error.ts';
import { EX_OK, EX_SOFTWARE } from './exit-codes.ts';
import type { Here } from './runner.ts';
import { settingsFileOf, settingsOf } from './settings.ts';

/** Time that a relay that is told to stop has to finish its start, before it is abandoned. */
const LONGEST_START_MS = 30_000;

/** `dane-relay run`: ends the process itself, when it is told to or because of a bug. Throws what startDaemon throws. */
export async function runRelay(command: Command, { environment, warn }: Here): Promise<never> {
  const { settings } = command;
  const { takeSupervisor } = await import('../systemd/notify.ts');
  const { serviceStates } = await import('../systemd/service-states.ts');
  const supervisor = takeSupervisor(process.env, process.pid);
  const states = serviceStates(supervisor);
  states.starting();
  const role = roles.find((one) => one === valueOf(command, 'role')) ?? 'all';
  let stopNow = (): void => {};
  const told = firstSignal(['SIGTERM', 'SIGINT'], () => stopNow()).then(() => EX_OK);
  // A SIGHUP during the start must not end the relay, and files may have changed after they were read.
  let early = false;
  let reload = (): void => void (early = true);
  process.on('SIGHUP', () => reload());
  const internal = internalErrors(warn);
  let isStarting = true;
  const { takeActivatedSockets } = await import('../systemd/activated-sockets.ts');
  const activated = takeActivatedSockets(process.env, process.pid);
  const { startDaemon } = await import('../daemon/start-daemon.ts');
  const { config, exposed } = settingsOf(settings, environment);
  const giveUp = new AbortController();
  void told.then(() => giveUp.abort());
  const here = {
    ...environment,
    activated,
    settingsFile: settingsFileOf(settings, environment),
    giveUpStart: giveUp.signal,
  };
  const advised = [
    ...advice(config, environment.uid),
    ...exposed,
    ...(supervisor.trouble ? [supervisor.trouble] : []),
  ];
  const starting = startDaemon(config, role, here, advised).catch((error: unknown) => {
    // A start that was told to give up has not failed.
    if (giveUp.signal.aborted) process.exit(EX_OK);
    throw error;
  });
  void told.then(() => sleep(LONGEST_START_MS)).then(() => isStarting && process.exit(EX_OK));
  const daemon = await Promise.race([starting, internal.fatal]);
  isStarting = false;
  // No 250 was sent yet. The next relay finds the children that were started.
  if (daemon === undefined) process.exit(EX_SOFTWARE);
  internal.tell((next, error) => daemon.internalError(next, error));
  reload = () => void states.reloading(() => daemon.reload());
  states.ready(daemon.running);
  if (early) reload();
  const exitCode = (await Promise.race([told, internal.fatal])) ?? EX_SOFTWARE;
  states.stopping();
  stopNow = () => daemon.stopNow();
  await daemon.stop();
  // A part that could not be stopped (a Redis that is gone) must not keep the process alive.
  process.exit(exitCode);
}

/**
 * Handles bugs that were not caught. If an unawaited promise fails, the relay goes on. An exception has interrupted its
 * callers at an unknown point, so the relay ends, in good order.
 */
function internalErrors(warn: Here['warn']): {
  /** Resolves when the relay must end. */
  readonly fatal: Promise<undefined>;
  tell(note: Daemon['internalError']): void;
} {
  let note: Daemon['internalError'] = (next, error) =>
    warn(`internal error, ${next}: ${describeError(error)}`);
  process.on('unhandledRejection', (error) => note('the relay goes on', error));
  const fatal = new Promise<undefined>((resolve) => {
    process.on('uncaughtException', (error) => {
      note('the relay ends', error);
      resolve(undefined);
    });
  });
  return { fatal, tell: (better) => void (note = better) };
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
