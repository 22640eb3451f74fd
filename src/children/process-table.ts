import { readFile, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Identifies a process for its lifetime: its number may be given to another one afterwards. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field `starttime` of proc(5), in clock ticks since boot. */
  readonly startTicks: string;
}

const pollMs = 20;

/** The process that has this number now; `undefined` if there is none, or if it is dead but not yet reaped. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await orUndefined(readFile(`/proc/${pid}/stat`, 'latin1'));
  const startTicks = stat === undefined ? undefined : startTicksIn(stat);
  return startTicks === undefined ? undefined : { pid, startTicks };
}

export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  return (await identify(process.pid))?.startTicks === process.startTicks;
}

/** Working directory; `undefined` if the process is gone or belongs to another user. */
export function workingDirectory(pid: number): Promise<string | undefined> {
  return orUndefined(readlink(`/proc/${pid}/cwd`));
}

/** The program and its arguments; empty if the process is gone. */
export async function commandLine(pid: number): Promise<readonly string[]> {
  const text = await orUndefined(readFile(`/proc/${pid}/cmdline`, 'utf8'));
  return text === undefined ? [] : text.split('\0').filter((part) => part !== '');
}

/** Waits until the process has ended; resolves to false if it has not after `timeoutMs`. */
export async function waitForEnd(process: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  for (let waitedMs = 0; await isAlive(process); waitedMs += pollMs) {
    if (waitedMs >= timeoutMs) return false;
    await sleep(pollMs);
  }
  return true;
}

/** Sends SIGTERM, and SIGKILL if that has no effect within `timeoutMs`; resolves when the process has ended. */
export async function terminate(process: ProcessIdentity, timeoutMs: number): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!(await isAlive(process))) return;
    send(process.pid, signal);
    if (await waitForEnd(process, timeoutMs)) return;
  }
  throw new Error(`process ${process.pid} does not end`);
}

/**
 * `starttime` in the text of /proc/PID/stat; `undefined` for a zombie. The program's name, in parentheses before
 * it, may contain anything.
 */
export function startTicksIn(stat: string): string | undefined {
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' ? undefined : fields[18];
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function orUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch {
    return undefined;
  }
}
