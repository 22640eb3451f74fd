import type { EventName } from '../core/outcome/event-names.ts';
import type { Component, Log } from '../core/outcome/log-event.ts';

/** What SIGHUP has read again. */
export interface Reread {
  /** Grows with every reading. */
  version(): number;
  /** Entries that make no sense, each with file and line. */
  problems(): readonly string[];
  /** Reads the file again. Throws when it cannot be read, and all stays as it was. */
  reload(): void;
}

/** What is read from a file of the operator's, with whatever belongs to it. */
interface Table {
  readonly entries: ReadonlyMap<string, unknown>;
  readonly problems: readonly string[];
}

export interface OperatorTable<T> extends Reread {
  current(): T;
}

/** Reads a table. Throws what `read` throws. Entries that make no sense are logged. */
export function openOperatorTable<T extends Table>(
  {
    file,
    what,
    component,
    event,
    read,
  }: {
    /** Empty: there is none, and nothing is said about it. */
    readonly file: string;
    /** What its entries are: `policy entries`. */
    readonly what: string;
    readonly component: Component;
    readonly event: EventName;
    readonly read: (warn: (text: string) => void) => T;
  },
  log: Log,
): OperatorTable<T> {
  const warn = (text: string): void => log({ component, severity: 'warning', event, text });
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
      log({ component, severity: 'info', event, text: `${file}: ${current.entries.size} ${what}` });
    },
  };
}
