import type { Severity } from '../core/log/log-event.ts';

/** Lines of every start and stop that Redis marks as warnings. */
const ceremony =
  /Redis is starting|Redis version=|Configuration loaded|Server initialized|User requested shutdown|ready to exit|signal-handler/;
/** Advice about the machine, repeated at every start. Where it matters to this relay, `memoryAdvice` gives it. */
const counsel =
  /WARNING (?:Memory overcommit|overcommit_memory|You have Transparent Huge Pages|The TCP backlog)/;

/** Redis marks a log line by a character after the date: `.`, `-` and `*` are informational, `#` is a warning. */
export function redisSeverity(line: string): Severity | undefined {
  if (ceremony.test(line) || counsel.test(line)) return undefined;
  return /^\d+:\w [^*#]* # /.test(line) ? 'warning' : 'info';
}

/**
 * Advice about the memory of this machine, if any. Redis rewrites its file in a forked copy of itself. Linux refuses
 * that copy where it counts every promise of memory (mode 2); otherwise it does not, as long as Redis is smaller than
 * the machine's memory.
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
