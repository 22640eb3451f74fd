import { queuedStates, type QueueFilter, type QueuedState } from '../core/delivery/queue-filter.ts';
import { durationUnits, parseDuration, parseSize, sizeUnits } from './quantities.ts';

/** The names under which a filter is told, in options and in addresses of pages. */
export const filterNames = [
  'older',
  'younger',
  'sender',
  'recipient',
  'destination',
  'reason',
  'larger',
  'smaller',
  'state',
] as const;
export type FilterName = (typeof filterNames)[number];

/** What is told under these names. */
export type FilterTexts = Readonly<Partial<Record<FilterName, readonly string[]>>>;

/** One of them makes no sense: `wanted` is what it is, in words. */
export class FilterError extends Error {
  override readonly name = 'FilterError';
  readonly filter: FilterName;
  readonly wanted: string;
  readonly given: string;

  constructor(filter: FilterName, wanted: string, given: string) {
    super(`${filter} is ${wanted}, not "${given.slice(0, TEXT_CHARACTERS)}"`);
    this.filter = filter;
    this.wanted = wanted;
    this.given = given;
  }
}

/** Longest text that is looked for, and most of one kind. */
const TEXT_CHARACTERS = 500;
const MOST_TEXTS = 100;

/** Undefined if nothing is told. Throws FilterError. @param now epoch ms, from which ages count */
export function parseQueueFilter(texts: FilterTexts, now: number): QueueFilter | undefined {
  const several = (name: FilterName): readonly string[] | undefined => {
    const given = texts[name] ?? [];
    if (given.length > MOST_TEXTS) throw new FilterError(name, `at most ${MOST_TEXTS} texts`, 'more');
    const wrong = given.find((one) => one === '' || one.length > TEXT_CHARACTERS);
    if (wrong !== undefined) throw new FilterError(name, `1 to ${TEXT_CHARACTERS} characters`, wrong);
    return given.length === 0 ? undefined : given;
  };
  const single = (name: FilterName): string | undefined => several(name)?.at(-1);
  const quantity = (name: FilterName, parse: typeof parseSize, wanted: string): number | undefined => {
    const given = single(name);
    const value = given === undefined ? undefined : parse(given);
    if (given !== undefined && value === undefined) throw new FilterError(name, wanted, given);
    return value;
  };
  const ago = (name: FilterName): number | undefined => {
    const ms = quantity(name, parseDuration, `a whole number and ${durationUnits}`);
    return ms === undefined ? undefined : now - ms;
  };
  const octets = (name: FilterName): number | undefined =>
    quantity(name, parseSize, `a whole number and ${sizeUnits}`);
  const wishes = {
    arrivedBefore: ago('older'),
    arrivedAfter: ago('younger'),
    senders: several('sender'),
    recipients: several('recipient'),
    destination: single('destination'),
    reason: single('reason'),
    smallest: octets('larger'),
    largest: octets('smaller'),
    states: several('state')?.map(stateOf),
  };
  const given = Object.entries(wishes).filter(([, value]) => value !== undefined);
  return given.length === 0 ? undefined : (Object.fromEntries(given) as QueueFilter);
}

function stateOf(text: string): QueuedState {
  const state = queuedStates.find((one) => one === text);
  if (state === undefined) throw new FilterError('state', `one of ${queuedStates.join(', ')}`, text);
  return state;
}
