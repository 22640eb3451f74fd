import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Ids of the processes that run in a directory or name it in their command line. */
export function processesOf(directory: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return command.includes(directory) || readlinkSync(`/proc/${pid}/cwd`).startsWith(directory);
      } catch {
        return false; // It ended meanwhile.
      }
    });
}
