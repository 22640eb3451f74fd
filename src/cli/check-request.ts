import { parseResolverAddress, type SocketAddress } from '../config/addresses.ts';
import { parseDuration } from '../config/quantities.ts';
import type { DayLimits } from '../core/check/nagios.ts';
import { knownForwarder } from '../core/dns/known-forwarder.ts';
import { securityLevels, type SecurityLevel } from '../core/levels/levels.ts';
import { readDestination, type Destination } from '../core/route/destination.ts';
import { toALabels } from '../core/mail/address.ts';
import { has, valueOf, type Command } from './arguments.ts';
import { hint } from './slips.ts';
import { UsageError } from './usage-error.ts';

/** What `check` is asked for. */
export interface CheckRequest {
  readonly destinations: readonly Asked[];
  /** `-` is standard input. */
  readonly file?: string;
  /** Those that were proved by DANE not long ago, too. */
  readonly mailed: boolean;
  readonly level?: SecurityLevel;
  readonly output: 'text' | 'json' | 'csv' | 'note' | 'nagios';
  /** Certificates are judged as of so many milliseconds from now. */
  readonly aheadMs: number;
  readonly days: DayLimits;
  readonly repeat: number;
  readonly delayMs: number;
  readonly timeoutMs: number;
  readonly parallel: number;
  readonly port?: number;
  readonly resolver?: SocketAddress;
  readonly families?: readonly (4 | 6)[];
}

export interface Asked {
  /** As it was written. */
  readonly text: string;
  readonly destination: Destination;
}

const MOST_REPEATS = 1_000;
const MOST_PARALLEL = 64;
const usualDays = { warning: 14, critical: 3 } as const;

/** Throws a `UsageError` for what makes no sense. @param now epoch milliseconds */
export function checkRequest(command: Command, now: number): CheckRequest {
  const { operands } = command;
  const file = valueOf(command, 'file');
  const level = securityLevels.find((one) => one === valueOf(command, 'level'));
  const output = outputOf(command);
  const port = optional(command, 'port', (text) => count(text, 1, 65_535), 'a port');
  const resolver = optional(command, 'resolver', resolverOf, 'the address of a resolver');
  const repeat = optional(
    command,
    'repeat',
    (text) => count(text, 1, MOST_REPEATS),
    `a number up to ${MOST_REPEATS}`,
  );
  const mailed = has(command, 'mailed');
  if (operands.length === 0 && file === undefined && !mailed)
    wrong('"check" needs a domain or host, --file or --mailed.');
  if (output === 'nagios' && (operands.length !== 1 || file !== undefined || mailed))
    wrong('--nagios takes one destination.');
  if (has(command, 'ipv4') && has(command, 'ipv6'))
    wrong('--ipv4 and --ipv6 together leave all addresses: leave out both.');
  return {
    destinations: operands.map(
      (text) => askedFor(text) ?? wrong(`"${text}" is no domain, and no host in brackets.`),
    ),
    ...(file !== undefined && { file }),
    mailed,
    ...(level !== undefined && { level }),
    output,
    aheadMs:
      optional(command, 'at', (text) => aheadOf(text, now), '"+30d", or a date such as "2027-01-31"') ?? 0,
    days: optional(command, 'days', daysOf, 'days such as "14" or "14,3"') ?? { ...usualDays, always: false },
    repeat: repeat ?? 1,
    delayMs: optional(command, 'delay', parseDuration, 'a time such as "5s"') ?? 0,
    timeoutMs:
      optional(command, 'timeout', positive, 'a time such as "30s"') ??
      (output === 'nagios' ? 10_000 : 60_000),
    parallel:
      optional(
        command,
        'parallel',
        (text) => count(text, 1, MOST_PARALLEL),
        `a number up to ${MOST_PARALLEL}`,
      ) ?? 8,
    ...(port !== undefined && { port }),
    ...(resolver !== undefined && { resolver }),
    ...(has(command, 'ipv4') && { families: [4] }),
    ...(has(command, 'ipv6') && { families: [6] }),
  };
}

/** A destination as somebody writes it; undefined if it is none. Letters beyond ASCII are taken to A-labels. */
export function askedFor(text: string): Asked | undefined {
  const ascii = /^[\x21-\x7e]+$/.test(text) ? text : toALabels(text);
  const destination = ascii === undefined ? undefined : readDestination(ascii);
  return destination && { text, destination };
}

function outputOf(command: Command): CheckRequest['output'] {
  const outputs = (['json', 'csv', 'note', 'nagios'] as const).filter((one) => has(command, one));
  if (outputs.length > 1) wrong(`--${outputs.join(' and --')} exclude each other.`);
  return outputs[0] ?? 'text';
}

function optional<T>(
  command: Command,
  name: Parameters<typeof valueOf>[1],
  read: (text: string) => T | undefined,
  wanted: string,
): T | undefined {
  const text = valueOf(command, name);
  if (text === undefined) return undefined;
  return read(text) ?? wrong(`--${name} takes ${wanted}, not "${text}".`);
}

function count(text: string, least: number, most: number): number | undefined {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  return number >= least && number <= most ? number : undefined;
}

function positive(text: string): number | undefined {
  const ms = parseDuration(text);
  return ms === 0 || (ms ?? 0) > 3_600_000 ? undefined : ms;
}

/** `+30d`, or a day: its first moment in UTC, which may be past. */
function aheadOf(text: string, now: number): number | undefined {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) {
    const then = Date.parse(`${text}T00:00:00Z`);
    return Number.isNaN(then) ? undefined : then - now;
  }
  const ms = parseDuration(text.replace(/^\+/, ''));
  // No certificate lives longer, and dates end somewhere.
  return ms === undefined || ms > 36_525 * 86_400_000 ? undefined : ms;
}

function daysOf(text: string): DayLimits | undefined {
  const [, first = '', second] = /^(\d{1,5})(?:,(\d{1,5}))?$/.exec(text) ?? [];
  if (first === '') return undefined;
  const warning = Number(first);
  const critical = second === undefined ? Math.min(usualDays.critical, warning) : Number(second);
  return critical > warning ? undefined : { warning, critical, always: true };
}

function resolverOf(text: string): SocketAddress | undefined {
  const parsed = parseResolverAddress(text);
  if (!('value' in parsed)) return undefined;
  const { value } = parsed;
  const forwarder = knownForwarder(value.host, value.port);
  if (forwarder !== undefined)
    wrong(`--resolver: ${value.host} of ${forwarder} hands on what others say, and validates nothing.`);
  return value;
}

function wrong(sentence: string): never {
  throw new UsageError(`${sentence}${hint('check')}`);
}
