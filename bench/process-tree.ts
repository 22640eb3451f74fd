import { readdirSync, readFileSync } from 'node:fs';

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Clock ticks of its own and of the children it has waited for. */
  readonly ticks: number;
}

/** USER_HZ of proc(5): 100 on all platforms of Debian. */
export const ticksPerSecond = 100;

/**
 * CPU seconds that these processes and all their descendants have used so far. Children that ended are in the figures of
 * the parent that waited for them, so the difference of two readings misses nobody.
 */
export function cpuSeconds(roots: readonly number[]): number {
  return tree(roots).reduce((sum, { ticks }) => sum + ticks, 0) / ticksPerSecond;
}

/** Proportional set size of these processes and all their descendants: shared pages count once. In bytes. */
export function memoryBytes(roots: readonly number[]): number {
  return tree(roots).reduce((sum, { pid }) => sum + pssBytes(pid), 0);
}

/** The most that a process ever had in memory so far, octets; 0 when it is gone. */
export function peakBytes(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(read(pid, 'status'))?.[1] ?? 0) * 1024;
}

/** Pids of the descendants of a process, itself included, whose command line contains `text`; parents first. */
export function descendants(root: number, text: string): number[] {
  return tree([root])
    .map(({ pid }) => pid)
    .filter((pid) => read(pid, 'cmdline').replaceAll('\0', ' ').includes(text));
}

function tree(roots: readonly number[]): Process[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processOf(Number(name)));
  const children = byParent(all);
  const found = all.filter(({ pid }) => roots.includes(pid));
  // The list grows while it is walked.
  for (const { pid } of found) found.push(...(children.get(pid) ?? []));
  return found;
}

function byParent(processes: readonly Process[]): Map<number, Process[]> {
  const children = new Map<number, Process[]>();
  for (const process of processes) {
    const siblings = children.get(process.parent);
    if (siblings === undefined) children.set(process.parent, [process]);
    else siblings.push(process);
  }
  return children;
}

/** The program's name, in parentheses, may hold anything: fields are counted from the last one. */
function processOf(pid: number): Process[] {
  const stat = read(pid, 'stat');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields.length < 15) return [];
  const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number);
  const ticks = (utime ?? 0) + (stime ?? 0) + (cutime ?? 0) + (cstime ?? 0);
  return [{ pid, parent: Number(fields[1]), ticks }];
}

function pssBytes(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(read(pid, 'smaps_rollup'))?.[1] ?? 0) * 1024;
}

/** Empty when the process is gone. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
