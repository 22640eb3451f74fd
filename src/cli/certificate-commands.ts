import { X509Certificate } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { resolve } from 'node:path';
import { CertificateError } from '../certificates/certificate-error.ts';
import {
  type Credentials,
  issueCertificate,
  makeAuthority,
  makeRequest,
} from '../certificates/make-certificate.ts';
import { newPrivateKey } from '../certificates/private-key.ts';
import type { ShownNames } from '../certificates/shown-names.ts';
import type { SocketAddress } from '../config/addresses.ts';
import type { ListenerSettings } from '../config/listener-tables.ts';
import { readOperatorFile } from '../config/operator-file.ts';
import { readAuthorities } from '../core/dane/authorities.ts';
import { readPem } from '../core/dane/pem.ts';
import { verifyAuthority } from '../core/dane/verify-authority.ts';
import { type CertificateFile, CertificateFiles } from './certificate-files.ts';
import { alternativeNames, certificateReport, dateOf } from './certificate-report.ts';
import { listenerNames, shownNames } from './listener-names.ts';
import { trustText } from './trust-text.ts';

const dayMs = 24 * 60 * 60 * 1000;
const authorityDays = 3652;
/**
 * Apple's clients accept no longer validity from a private authority (support.apple.com/103769); no other client is
 * stricter.
 */
const serverDays = 825;
/** An authority with less time left no longer issues certificates. */
const leastDays = 30;
/** The clocks of clients may be slow. */
const earlierMs = 60 * 60 * 1000;

/** The relay whose certificate it is, and the directory of its files. */
export interface CertificatePlace {
  readonly directory: string;
  /** Name of the relay. */
  readonly hostname: string;
  readonly listeners: readonly Pick<ListenerSettings, 'address' | 'tls' | 'certificates'>[];
}

export interface CommandTools {
  readonly nowMs: number;
  readonly print: (line: string) => unknown;
}

/**
 * `dane-relay certificate create`: a private authority, a key and a certificate for the relay. Authority and key are made
 * if they are not there, the certificate each time: with the names of the one before, unless others are given. So what
 * clients and zones know of the key stays true. Throws CertificateError where the files that are there do not allow it.
 */
export async function createCommand(
  place: CertificatePlace,
  more: readonly string[],
  { nowMs, print }: CommandTools,
): Promise<void> {
  const files = new CertificateFiles(place.directory);
  const hosts = tcpAddresses(place.listeners).map(({ host }) => host);
  const earlier = namesOf(ownCertificate(files));
  const others = more.length > 0 ? more : earlier;
  const shown = listenerNames(place.hostname, hosts, others, networkInterfaces());
  const authority = await authorityOf(files, place.hostname, shown, { nowMs, print });
  const privateKeyPem = await relayKey(files, print);
  const ends = new X509Certificate(authority.certificatePem).validTo;
  const notAfter = new Date(Math.min(nowMs + serverDays * dayMs, Date.parse(ends)));
  const validity = { notBefore: new Date(nowMs - earlierMs), notAfter };
  const pem = await issueCertificate(authority, privateKeyPem, shown, validity);
  refuseUnverified(pem, authority.certificatePem, nowMs);
  files.replace('relay.crt', pem);
  const all = [...shown.names, ...shown.addresses].join(', ');
  print(`made ${files.pathOf('relay.crt')}, until ${dateOf(notAfter.getTime())}, for ${all}`);
  print('');
  print('A listener shows it with these settings:');
  print(`  certificate = ${JSON.stringify(files.pathOf('relay.crt'))}`);
  print(`  key = ${JSON.stringify(files.pathOf('relay.key'))}`);
  print('"dane-relay certificate trust" says how clients come to trust it.');
}

/** `dane-relay certificate request`: a request to another authority, with the key of the relay. */
export async function requestCommand(
  place: CertificatePlace,
  more: readonly string[],
  { print }: CommandTools,
): Promise<void> {
  const files = new CertificateFiles(place.directory);
  const shown = shownNames([place.hostname, ...more]);
  const pem = await makeRequest(await relayKey(files, print), shown);
  files.replace('relay.csr', pem);
  print(`made ${files.pathOf('relay.csr')}, for ${[...shown.names, ...shown.addresses].join(', ')}`);
}

/** `dane-relay certificate show`: what is in the files, or in those of the directory. */
export function showCommand(
  place: CertificatePlace,
  named: readonly string[],
  { nowMs, print }: CommandTools,
): void {
  const files = new CertificateFiles(place.directory);
  const own = (['relay.crt', 'ca.crt'] as const).filter((file) => files.read(file) !== undefined);
  const shown = place.listeners.flatMap(({ certificates }) =>
    certificates.map(({ certificate }) => certificate),
  );
  const all = new Set([...own.map((file) => files.pathOf(file)), ...shown.map((path) => resolve(path))]);
  const paths = named.length > 0 ? named : [...all];
  if (paths.length === 0) throw missing(files, 'relay.crt');
  for (const path of paths) {
    const wanted = 'a PEM file with a certificate';
    const pem = readOperatorFile(path, 'certificate show', wanted, 'octets');
    const isAuthority = path === files.pathOf('ca.crt');
    const owner = isAuthority
      ? undefined
      : { hostname: place.hostname, ports: portsOf(path, place.listeners) };
    const report = certificateReport(pem, nowMs, owner);
    if (report === undefined) throw new CertificateError(`${path} has no certificate`);
    print(`${'file'.padEnd(12)} ${path}`);
    for (const line of report) print(line);
    print('');
  }
}

/** `dane-relay certificate trust`: how clients come to trust the authority. */
export function trustCommand(place: CertificatePlace, { print }: CommandTools): void {
  const files = new CertificateFiles(place.directory);
  const pem = files.read('ca.crt');
  if (pem === undefined) throw missing(files, 'ca.crt');
  const { listeners } = place;
  const tried = listeners.find(({ tls }) => tls !== 'none') ?? listeners[0];
  const [dialled = { host: 'localhost', port: 25 }] = tcpAddresses(tried === undefined ? [] : [tried]);
  const isImplicit = tried?.tls === 'implicit';
  for (const line of trustText(files.pathOf('ca.crt'), pem, { ...dialled, isImplicit })) print(line);
}

function tcpAddresses(listeners: CertificatePlace['listeners']): readonly SocketAddress[] {
  return listeners.flatMap(({ address }) => (address.kind === 'tcp' ? [address] : []));
}

/** Ports of the listeners that show a certificate; of all of them where none does yet. */
function portsOf(path: string, listeners: CertificatePlace['listeners']): readonly number[] {
  const showing = listeners.filter(({ certificates }) =>
    certificates.some(({ certificate }) => resolve(certificate) === resolve(path)),
  );
  const ports = tcpAddresses(showing.length > 0 ? showing : listeners).map(({ port }) => port);
  return [...new Set(ports)].filter((port) => port !== 0);
}

function missing(files: CertificateFiles, file: CertificateFile): CertificateError {
  return new CertificateError(
    `there is no ${files.pathOf(file)}: make it with "dane-relay certificate create", or name a --directory`,
  );
}

/** The authority of the directory; it is made if there is none. */
async function authorityOf(
  files: CertificateFiles,
  hostname: string,
  shown: ShownNames,
  { nowMs, print }: CommandTools,
): Promise<Credentials> {
  const [certificatePem, privateKeyPem] = [files.read('ca.crt'), files.read('ca.key')];
  if (certificatePem !== undefined && privateKeyPem !== undefined) {
    const days = (endOf(files, certificatePem) - nowMs) / dayMs;
    if (days < leastDays) throw new CertificateError(`the authority ends too soon: ${makeAnother(files)}`);
    return { certificatePem, privateKeyPem };
  }
  if (certificatePem !== undefined)
    throw new CertificateError(
      `there is ${files.pathOf('ca.crt')} without its key, ca.key: ${makeAnother(files)}`,
    );
  // A key without a certificate is left if the command was interrupted.
  const key = privateKeyPem ?? (await newPrivateKey());
  if (privateKeyPem === undefined) files.writeKey('ca.key', key);
  const validity = {
    notBefore: new Date(nowMs - earlierMs),
    notAfter: new Date(nowMs + authorityDays * dayMs),
  };
  const made = await makeAuthority(key, hostname, shown, validity);
  files.replace('ca.crt', made);
  print(`made ${files.pathOf('ca.crt')}, an authority, until ${dateOf(validity.notAfter.getTime())}`);
  return { certificatePem: made, privateKeyPem: key };
}

/** The key of the relay; it is made if there is none. */
async function relayKey(files: CertificateFiles, print: CommandTools['print']): Promise<string> {
  const kept = files.read('relay.key');
  if (kept !== undefined) {
    print(`kept ${files.pathOf('relay.key')}`);
    return kept;
  }
  const key = await newPrivateKey();
  files.writeKey('relay.key', key);
  print(`made ${files.pathOf('relay.key')}: a TLSA record of an older key is not true of this one`);
  return key;
}

/** The present certificate. One that another authority issued is not replaced: throws CertificateError. */
function ownCertificate(files: CertificateFiles): X509Certificate | undefined {
  const pem = files.read('relay.crt');
  if (pem === undefined) return undefined;
  const ca = files.read('ca.crt');
  const own = read(files, 'relay.crt', pem);
  if (ca !== undefined && own.checkIssued(read(files, 'ca.crt', ca))) return own;
  throw new CertificateError(
    `${files.pathOf('relay.crt')} was not issued by ${files.pathOf('ca.crt')}: move it away to have another made`,
  );
}

/** What a certificate of ours shows, as it could be named on the command line. */
function namesOf(certificate: X509Certificate | undefined): readonly string[] {
  return certificate === undefined
    ? []
    : alternativeNames(certificate).map((name) => name.replace(/^(?:DNS|IP):/, ''));
}

/**
 * A certificate that we would not accept ourselves is not written: the authority may not vouch for a new name, for
 * example.
 */
function refuseUnverified(pem: string, authorityPem: string, nowMs: number): void {
  const chain = readPem(pem).map(({ der }) => der);
  const verdict = verifyAuthority(chain, readAuthorities(authorityPem), nowMs);
  if (verdict.kind === 'vouched') return;
  const why =
    verdict.cause === 'name constraint'
      ? 'the authority may not vouch for all of these names and addresses: make another one, of which clients have to be told'
      : `the certificate would not be valid: ${verdict.detail}`;
  throw new CertificateError(why);
}

function endOf(files: CertificateFiles, pem: string): number {
  return Date.parse(read(files, 'ca.crt', pem).validTo);
}

function read(files: CertificateFiles, file: CertificateFile, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new CertificateError(`${files.pathOf(file)} cannot be read as a certificate`, { cause: error });
  }
}

function makeAnother(files: CertificateFiles): string {
  return `to have another made, of which clients have to be told, move ca.crt and ca.key in ${files.directory} away`;
}
