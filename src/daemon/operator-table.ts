import type { EventName } from '../core/events/event-table.ts';
import type { Component, Log } from '../core/log/log-event.ts';
import { tableProblem, tableRead } from './log-lines.ts';

/** A file that SIGHUP reads again. */
export interface Reread {
  /** Grows with every reading. */
  readonly version: () => number;
  /** Invalid entries, each with file and line. */
  readonly problems: () => readonly string[];
  /** Reads the file again. Throws if it cannot be read; then nothing has changed. */
  readonly reload: () => void;
}

/** The content of a file of the operator, with everything that belongs to it. */
interface Table {
  readonly problems: readonly string[];
}

export interface OperatorTable<T> extends Reread {
  readonly current: () => T;
}

/** Reads a table. Throws the errors of `read`. Invalid entries are logged. */
export function openOperatorTable<T extends Table>(
  {
    file,
    entries,
    count,
    component,
    event,
    read,
  }: {
    /** Empty: there is none, and nothing is said about it. */
    readonly file: string;
    /** What there is in it, and how much: `policy entries`. */
    readonly entries: string;
    readonly count: (table: T) => number;
    readonly component: Component;
    readonly event: EventName;
    readonly read: (warn: (text: string) => void) => T;
  },
  log: Log,
): OperatorTable<T> {
  const warn = (text: string): void => log(tableProblem({ component, event }, text));
  const open = (): T => {
    const table = read(warn);
    for (const problem of table.problems) warn(problem);
    return table;
  };
  let current = open();
  let version = 1;
  return {
    current: () => current,
    version: () => version,
    problems: () => current.problems,
    reload() {
      current = open();
      version += 1;
      if (file === '') return;
      log(tableRead({ component, event }, file, count(current), entries));
    },
  };
}
