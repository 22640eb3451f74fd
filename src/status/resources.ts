import { readdir } from 'node:fs/promises';
import { getHeapStatistics } from 'node:v8';
import type { Log } from '../core/log/log-event.ts';
import { resourceFree, resourceShort } from './log-lines.ts';

/** What the process uses of its limits, in octets and numbers of files. */
export interface Usage {
  /** Physical memory of all kinds together. */
  readonly resident: number;
  readonly heapUsed: number;
  readonly heapTotal: number;
  /** Memory of C++ objects that the heap holds, buffers among them. */
  readonly external: number;
  readonly arrayBuffers: number;
  readonly openFiles: number;
}

export interface Limits {
  /** The size at which V8 ends the process. */
  readonly heap: number;
  /** Limit of the control group; undefined if there is none. */
  readonly memory: number | undefined;
  readonly files: number | undefined;
}

export interface ResourceWatch {
  usage(): Usage;
  limits(): Limits;
  /** What is short -> in words. */
  problems(): ReadonlyMap<string, string>;
  stop(): void;
}

/** A resource is short from the first share of its limit on, until it is below the second. */
const SHORT = 0.9;
const ENOUGH = 0.8;
const LOOK_EVERY_MS = 5_000;

/**
 * What is short -> in words.
 *
 * @param known what was short before
 */
export function shortages(
  usage: Usage,
  limits: Limits,
  known: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const look = (name: string, used: number, limit: number | undefined, text: string): void => {
    if (limit !== undefined && used >= limit * (known.has(name) ? ENOUGH : SHORT)) found.set(name, text);
  };
  const { openFiles, heapUsed, resident } = usage;
  look('files', openFiles, limits.files, `${openFiles} of ${limits.files} files that may be open are`);
  look('heap', heapUsed, limits.heap, `${mebi(heapUsed)} of ${mebi(limits.heap)} MiB of heap are in use`);
  const memory = limits.memory ?? 0;
  look('memory', resident, limits.memory, `${mebi(resident)} of ${mebi(memory)} MiB of memory are in use`);
  return found;
}

/** @param fileLimit how many files may be open at the same time, if known; it may be changed from outside */
export async function watchResources(
  fileLimit: () => Promise<number | undefined>,
  log: Log,
): Promise<ResourceWatch> {
  let { usage, limits } = await look(fileLimit);
  let known: ReadonlyMap<string, string> = new Map();

  function tell(): void {
    const problems = shortages(usage, limits, known);
    for (const [name, text] of problems) {
      if (!known.has(name)) log(resourceShort(text));
    }
    for (const name of known.keys()) {
      if (!problems.has(name)) log(resourceFree(name));
    }
    known = problems;
  }
  tell();
  const timer = setInterval(() => {
    void look(fileLimit).then((found) => {
      ({ usage, limits } = found);
      tell();
    });
  }, LOOK_EVERY_MS).unref();

  return {
    usage: () => usage,
    limits: () => limits,
    problems: () => known,
    stop: () => clearInterval(timer),
  };
}

async function look(
  fileLimit: () => Promise<number | undefined>,
): Promise<{ readonly usage: Usage; readonly limits: Limits }> {
  const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
  const files = await fileLimit();
  // The directory itself is open while it is read, which fails if no descriptor is left.
  const openFiles = await readdir('/proc/self/fd').then(
    (names) => names.length - 1,
    (error: NodeJS.ErrnoException) => (error.code === 'EMFILE' ? (files ?? 0) : 0),
  );
  return {
    usage: { resident: rss, heapUsed, heapTotal, external, arrayBuffers, openFiles },
    limits: { heap: getHeapStatistics().heap_size_limit, memory: constrainedMemory(), files },
  };
}

/** Without a limit Node returns 0, or a number beyond all memory. */
function constrainedMemory(): number | undefined {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < 2 ** 50 ? limit : undefined;
}

function mebi(octets: number): number {
  return Math.round(octets / 2 ** 20);
}
