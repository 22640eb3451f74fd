import { parseDuration, parseSize, durationUnits, sizeUnits } from '../config/quantities.ts';
import type { QueueFilter } from '../queue/open-queue.ts';
import { valueOf, valuesOf, type Command } from './arguments.ts';
import type { OptionName } from './options/options.ts';
import { filterOptions } from './options/filter.ts';
import { hint } from './slips.ts';
import { UsageError } from './usage-error.ts';

/** Longest text that is looked for. */
const TEXT_CHARACTERS = 500;

/** What the options of a command mean; undefined if there are none. Throws a `UsageError`. */
export function filterOf(command: Command, now: number): QueueFilter | undefined {
  if (!filterOptions.some((name) => command.options[name] !== undefined)) return undefined;
  const ago = (name: 'older' | 'younger'): number | undefined => {
    const ms = quantity(command, name, parseDuration, `a time: a whole number and ${durationUnits}`);
    return ms === undefined ? undefined : now - ms;
  };
  const octets = (name: 'larger' | 'smaller'): number | undefined =>
    quantity(command, name, parseSize, `a size: a whole number and ${sizeUnits}`);
  const wishes = {
    arrivedBefore: ago('older'),
    arrivedAfter: ago('younger'),
    senders: several(command, 'sender'),
    recipients: several(command, 'recipient'),
    destination: text(command, 'destination'),
    reason: text(command, 'reason'),
    smallest: octets('larger'),
    largest: octets('smaller'),
    states: several(command, 'state'),
  };
  const given = Object.entries(wishes).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as QueueFilter;
}

function quantity(
  command: Command,
  name: OptionName,
  parse: (text: string) => number | undefined,
  wanted: string,
): number | undefined {
  const given = valueOf(command, name);
  if (given === undefined) return undefined;
  const value = parse(given);
  if (value === undefined)
    throw new UsageError(`--${name} is ${wanted}, not "${given}".${hint(command.name)}`);
  return value;
}

function text(command: Command, name: OptionName): string | undefined {
  const given = valueOf(command, name);
  if (given !== undefined) checkText(command, name, given);
  return given;
}

function several(command: Command, name: OptionName): readonly string[] | undefined {
  const given = valuesOf(command, name);
  for (const one of given) checkText(command, name, one);
  return given.length === 0 ? undefined : given;
}

function checkText(command: Command, name: OptionName, given: string): void {
  if (given === '') throw new UsageError(`--${name} needs a value.${hint(command.name)}`);
  if (given.length > TEXT_CHARACTERS)
    throw new UsageError(`--${name} is longer than ${TEXT_CHARACTERS} characters.${hint(command.name)}`);
}
