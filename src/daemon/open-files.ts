import { readFile } from 'node:fs/promises';
import type { Config } from '../config/config.ts';
import type { Log } from '../core/log/log-event.ts';
import { tooFewFiles } from './log-lines.ts';

/** Log, sockets of Redis and resolver, listeners, and room for files that are being opened and closed. */
const OWN_FILES = 200;

/** Limit of open files according to /proc/PID/limits; undefined if it names none. */
export function parseFileLimit(limits: string): number | undefined {
  const word = /^Max open files +(\S+)/m.exec(limits)?.[1];
  if (word === 'unlimited') return Infinity;
  return word === undefined ? undefined : Number(word);
}

/** Number of open files if everything that is allowed happens at the same time, with a session for each destination. */
export function filesWanted({ intake, delivery }: Config): number {
  return intake.clientLimit + delivery.activeDestinations * 2 + OWN_FILES;
}

/** Limit of open files of a process now, by default of this one; undefined if it is not known. */
export async function fileLimit(pid?: number): Promise<number | undefined> {
  return parseFileLimit(await readFile(`/proc/${pid ?? 'self'}/limits`, 'utf8').catch(() => ''));
}

/** Warns if the operating system allows fewer open files than the settings need: clients would be turned away. */
export async function checkFileLimit(config: Config, log: Log): Promise<void> {
  const allowed = await fileLimit();
  const wanted = filesWanted(config);
  if (allowed === undefined || allowed >= wanted) return;
  log(tooFewFiles(allowed, wanted));
}
