import type { Severity } from '../core/log/log-event.ts';

/** Said at every start and stop, and marked as a warning all the same. */
const ceremony =
  /Redis is starting|Redis version=|Configuration loaded|Server initialized|User requested shutdown|ready to exit|signal-handler/;
/** Advice about the machine, said at every start: where it matters to this relay it is given by `memoryAdvice`. */
const counsel =
  /WARNING (?:Memory overcommit|overcommit_memory|You have Transparent Huge Pages|The TCP backlog)/;

/** Redis marks a line of its log by a character after the date: `.`, `-` and `*` are talk, `#` is a warning. */
export function redisSeverity(line: string): Severity | undefined {
  if (ceremony.test(line) || counsel.test(line)) return undefined;
  return /^\d+:\w [^*#]* # /.test(line) ? 'warning' : 'info';
}

/**
 * What to say about the memory of this machine, if anything. Redis rewrites its file in a copy of itself, which Linux
 * refuses where it counts every promise of memory (2); elsewhere it does not, as long as Redis is smaller than the machine.
 *
 * @param overcommit `vm.overcommit_memory`, or '' if it cannot be read
 */
export function memoryAdvice(
  overcommit: string,
  maxmemoryBytes: number,
  totalBytes: number,
): string | undefined {
  const mode = overcommit.trim();
  const isTight = mode === '2' || (mode === '0' && maxmemoryBytes > totalBytes);
  if (!isTight) return undefined;
  return `vm.overcommit_memory is ${mode}: a large queue cannot be rewritten on disk; set it to 1`;
}
