import { FilterError, filterNames, parseQueueFilter } from '../config/queue-filter.ts';
import type { QueueFilter } from '../core/delivery/queue-filter.ts';
import { valuesOf, type Command } from './arguments.ts';
import { hint } from './slips.ts';
import { UsageError } from './usage-error.ts';

/** What the options of a command mean; undefined if there are none. Throws a `UsageError`. */
export function filterOf(command: Command, now: number): QueueFilter | undefined {
  const texts = Object.fromEntries(filterNames.map((name) => [name, valuesOf(command, name)]));
  try {
    return parseQueueFilter(texts, now);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    const { filter, wanted, given } = error;
    throw new UsageError(`--${filter} is ${wanted}, not "${given}".${hint(command.name)}`, { cause: error });
  }
}
