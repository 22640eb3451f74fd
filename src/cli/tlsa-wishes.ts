import type { Command } from './arguments.ts';
import { has, valueOf, valuesOf } from './arguments.ts';
import { hint } from './slips.ts';
import { UsageError } from './usage-error.ts';
import { parseParameters, recommended, type TlsaParameters } from '../core/dane/make-record.ts';
import { isHostName } from '../core/dns/name.ts';
import { usefulParameters } from '../core/tlsa/record-for.ts';
import type { OptionName } from './options/options.ts';
import { tlsaFormats, type TlsaFormat } from './options/tlsa.ts';

/** What `tlsa` was asked for, besides its operands. */
export interface TlsaWishes {
  /** The kinds of records; absent: nobody said so. */
  readonly kinds?: readonly TlsaParameters[];
  readonly format: TlsaFormat;
  readonly json: boolean;
  /** Of the mail host. */
  readonly host?: string;
  readonly port?: number;
  readonly ttl?: number;
  /** For PowerDNS. */
  readonly zone?: string;
}

/** The kinds where nobody said any. */
export function kindsWanted({ kinds }: TlsaWishes): readonly TlsaParameters[] {
  return kinds ?? [recommended];
}

/** Options that have no meaning beside another. */
const apart: readonly (readonly [OptionName, readonly OptionName[]])[] = [
  ['rollover', ['verify', 'record', 'all', 'ttl', 'format', 'zone']],
  ['verify', ['all', 'ttl', 'format', 'zone']],
];

/** Throws UsageError. */
export function readWishes(command: Pick<Command, 'options'>): TlsaWishes {
  for (const [one, others] of apart) {
    const other = has(command, one) ? others.find((name) => has(command, name)) : undefined;
    if (other !== undefined)
      throw new UsageError(`--${other} has no meaning beside --${one}.${hint('tlsa')}`);
  }
  const named = nameIn(valueOf(command, 'name'));
  const port = numberOf(command, 'port', 1, 65_535) ?? named.port;
  const ttl = numberOf(command, 'ttl', 0, 0x7fff_ffff);
  const kinds = kindsIn(command);
  const format = tlsaFormats.find((one) => one === valueOf(command, 'format')) ?? 'bind';
  const zone = valueOf(command, 'zone');
  return {
    format,
    json: has(command, 'json'),
    ...(kinds !== undefined && { kinds }),
    ...(named.host !== undefined && { host: named.host }),
    ...(port !== undefined && { port }),
    ...(ttl !== undefined && { ttl }),
    ...(zone !== undefined && { zone: hostIn(zone, 'zone') }),
  };
}

function kindsIn(command: Pick<Command, 'options'>): readonly TlsaParameters[] | undefined {
  const asked = valuesOf(command, 'record').map((text) => {
    // 3-1-1 and 311 need no quotes.
    const compact = /^([0-9])-?([0-9])-?([0-9])$/.exec(text);
    const parameters = parseParameters(compact === null ? text : compact.slice(1).join(' '));
    if (parameters !== undefined) return parameters;
    throw new UsageError(
      `--record is usage, selector and matching type, such as "3 1 1", not "${text}".${hint('tlsa')}`,
    );
  });
  const all = has(command, 'all') ? usefulParameters : [];
  return asked.length + all.length === 0 ? undefined : [...asked, ...all];
}

/** `mx.example.org`, or the whole name of the record. */
function nameIn(text: string | undefined): { readonly host?: string; readonly port?: number } {
  if (text === undefined) return {};
  const [, port, host] = /^_([0-9]{1,5})\._tcp\.(.+)$/i.exec(text) ?? [undefined, undefined, text];
  return { host: hostIn(host ?? '', 'name'), ...(port !== undefined && { port: Number(port) }) };
}

function hostIn(text: string, option: 'name' | 'zone'): string {
  const name = text.toLowerCase().replace(/\.$/, '');
  if (isHostName(name)) return name;
  throw new UsageError(
    `--${option} is the name of a ${option === 'name' ? 'mail host' : 'zone'}, not "${text}".${hint('tlsa')}`,
  );
}

function numberOf(
  command: Pick<Command, 'options'>,
  name: 'port' | 'ttl',
  least: number,
  most: number,
): number | undefined {
  const text = valueOf(command, name);
  if (text === undefined) return undefined;
  const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : -1;
  if (value >= least && value <= most) return value;
  throw new UsageError(`--${name} is a number from ${least} to ${most}, not "${text}".${hint('tlsa')}`);
}
