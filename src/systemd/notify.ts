import { writeSync } from 'node:fs';

/** The way to systemd, or another supervisor that speaks sd_notify(3). */
export interface Supervisor {
  /** Assignments such as `READY=1`. They travel together, or not at all; false if they did not. */
  tell(...assignments: readonly string[]): boolean;
  /** Within this time it wants to hear `WATCHDOG=1` again and again; undefined if it does not. */
  readonly watchdogMs: number | undefined;
  /** It waits for a word and cannot be told anything, in words for the operator; otherwise undefined. */
  readonly trouble: string | undefined;
}

const noDescriptor =
  'NOTIFY_SOCKET is set and NOTIFY_FD is not: start the relay with the command dane-relay, or set Type=exec';

/**
 * Takes the variables with which systemd starts a service out of `env`: children, such as Unbound, would answer for the
 * relay. A descriptor is needed, for Node.js cannot open a socket for datagrams (systemd/with-notify-descriptor.pl).
 */
export function takeSupervisor(
  env: Record<string, string | undefined>,
  pid: number,
  write: (descriptor: number, text: string) => void = writeSync,
): Supervisor {
  const { NOTIFY_FD: number = '', NOTIFY_SOCKET: place = '' } = env;
  const watchdogMs = watchdogOf(env, pid);
  for (const name of ['NOTIFY_FD', 'NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete env[name];
  const descriptor = /^\d{1,5}$/.test(number) ? Number(number) : undefined;
  return {
    watchdogMs: descriptor === undefined ? undefined : watchdogMs,
    trouble: descriptor === undefined && place !== '' ? noDescriptor : undefined,
    tell(...assignments) {
      if (descriptor === undefined) return false;
      try {
        write(descriptor, assignments.map(oneLine).join('\n'));
        return true;
      } catch {
        // It reads nothing at the moment, or is gone.
        return false;
      }
    },
  };
}

/** sd_watchdog_enabled(3) */
function watchdogOf(
  { WATCHDOG_USEC: microseconds = '', WATCHDOG_PID: forPid }: Readonly<Record<string, string | undefined>>,
  pid: number,
): number | undefined {
  if (!/^[1-9]\d{0,15}$/.test(microseconds)) return undefined;
  if (forPid !== undefined && forPid !== String(pid)) return undefined;
  return Number(microseconds) / 1000;
}

/** A line break would begin another assignment. */
function oneLine(text: string): string {
  return text.replaceAll('\n', ' ');
}
