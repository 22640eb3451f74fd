import { tlsaRecord, wrongDigit, type Certificate, type TlsaParameters } from '../../lab/certificates.ts';
import type { MailHostOptions } from '../../lab/mail-host.ts';
import type { LabHost, ScriptedHost, WorldNames } from '../../lab/world.ts';

type Lines = (names: WorldNames) => readonly string[];

/** A domain that mail is sent to, with what DNS says about it and the hosts it has to itself. */
export interface Destination {
  /** As in the recipient's address. `[mx.good.test]` stands for the address of that host, as a literal. */
  readonly domain: string;
  /** Master-file lines of signed.test, which is signed; names relative to the zone. */
  readonly signed: Lines;
  /** The same of insecure.test, which is not. */
  readonly insecure: Lines;
  /** Owner and type of record sets in signed.test whose signature is broken. */
  readonly bogusRrsets: Lines;
  readonly hosts: readonly LabHost[];
}

/** An MX host: its name, and what is known of it. */
export interface MxHost {
  /** First label; default `mx`. */
  readonly label?: string;
  /** Lab host at whose address it is: one of its own, or the name of one that others use too. */
  readonly host: LabHost | string;
  /** Type and RDATA of each TLSA record. */
  readonly tlsa?: readonly string[];
}

export interface DestinationOptions extends Partial<Omit<Destination, 'domain'>> {
  /** Where the MX records are; default `signed`. */
  readonly zone?: 'signed' | 'insecure';
  /** Where address and TLSA records are; default as `zone`. */
  readonly hostZone?: 'signed' | 'insecure';
}

/** `LABEL.ZONE.test` with MX hosts `mx.LABEL.HOSTZONE.test`, the preferred one first. */
export function destination(
  label: string,
  mx: readonly MxHost[],
  options: DestinationOptions = {},
): Destination {
  const { zone = 'signed', hostZone = zone } = options;
  const linesOf = (one: 'signed' | 'insecure') => (names: WorldNames) => [
    ...mx.flatMap((host, index) => [
      ...(one === zone ? [`${label} MX ${10 * (index + 1)} ${nameOf(host, label)}.${hostZone}.test.`] : []),
      ...(one === hostZone ? hostLines(host, nameOf(host, label), names) : []),
    ]),
    ...(options[one]?.(names) ?? []),
  ];
  const own = mx.flatMap(({ host }) => (typeof host === 'string' ? [] : [host]));
  return {
    domain: `${label}.${zone}.test`,
    signed: linesOf('signed'),
    insecure: linesOf('insecure'),
    bogusRrsets: options.bogusRrsets ?? none,
    hosts: [...own, ...(options.hosts ?? [])],
  };
}

/** A domain of which nothing but these lines is known. */
export function onlyRecords(label: string, signed: Lines = none, insecure: Lines = none): Destination {
  const { domain, bogusRrsets, hosts } = destination(label, []);
  return { domain, signed, insecure, bogusRrsets, hosts };
}

function nameOf({ label = 'mx' }: MxHost, domain: string): string {
  return `${label}.${domain}`;
}

function hostLines({ host, tlsa = [] }: MxHost, name: string, names: WorldNames): readonly string[] {
  return [
    `${name} ${names.address(typeof host === 'string' ? host : host.name)}`,
    ...tlsa.map((record) => `${names.tlsaOwner(name)} ${record}`),
  ];
}

const none: Lines = () => [];

/** A host that does as told. */
export function scripted(
  name: string,
  certificates: readonly Certificate[],
  options: Omit<MailHostOptions, 'certificates'> = {},
): ScriptedHost {
  return { ...options, kind: 'scripted', name, certificates };
}

/** An address where nobody listens. */
export function absent(name: string): LabHost {
  return { kind: 'absent', name };
}

export function good(certificate: Certificate, parameters: TlsaParameters = '3 1 1'): string {
  return tlsaRecord(certificate, parameters);
}

/** A sound record of something else. */
export function bad(certificate: Certificate, parameters: TlsaParameters = '3 1 1'): string {
  return wrongDigit(tlsaRecord(certificate, parameters));
}

/** The record without the last octet of its data. */
export function short(record: string): string {
  return record.slice(0, -2);
}
