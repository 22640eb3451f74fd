import { readFile } from 'node:fs/promises';
import type { Config } from '../config/config.ts';
import type { Log } from '../core/log/log-event.ts';
import { tooFewFiles } from './log-lines.ts';

/** Log, sockets of Redis and resolver, listeners, and room for what is being opened and closed. */
const OWN_FILES = 200;

/** Files that may be open at the same time, as /proc/PID/limits says; undefined if it says nothing of it. */
export function parseFileLimit(limits: string): number | undefined {
  const word = /^Max open files +(\S+)/m.exec(limits)?.[1];
  if (word === 'unlimited') return Infinity;
  return word === undefined ? undefined : Number(word);
}

/** Files that are open when all that is allowed happens at the same time, a session for each destination. */
export function filesWanted({ intake, delivery }: Config): number {
  return intake.clientLimit + delivery.activeDestinations * 2 + OWN_FILES;
}

/** How many this process may have open now; undefined where that is not known. */
export async function fileLimit(): Promise<number | undefined> {
  return parseFileLimit(await readFile('/proc/self/limits', 'utf8').catch(() => ''));
}

/** Warns when the operating system allows less than the configuration does: clients would find a closed door. */
export async function checkFileLimit(config: Config, log: Log): Promise<void> {
  const allowed = await fileLimit();
  const wanted = filesWanted(config);
  if (allowed === undefined || allowed >= wanted) return;
  log(tooFewFiles(allowed, wanted));
}
