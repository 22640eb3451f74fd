import { createSecureContext } from 'node:tls';
import type { LabDomain, ScriptedHost } from '../../lab/world.ts';
import { keyPemOf, pemOf } from '../../support/test-ca.ts';
import { makeCertificates } from '../../vectors/certificates.ts';
import { usualInput } from '../../vectors/load.ts';
import type { ExpectedHost, Row, RowInput } from '../../vectors/row.ts';
import type { KitCase } from '../case.ts';
import { rowRecords, type NotPlayable } from './row-records.ts';
import { renameFor } from './row-names.ts';

/** A row of the vectors as zones, hosts, and what must become of a mail. */
export interface PlayableRow {
  readonly kitCase: KitCase;
  readonly domains: readonly LabDomain[];
  readonly hosts: readonly ScriptedHost[];
}

/** What a client is told in its settings, and what another mail server has no word for. */
const settings = [
  'level',
  'policyMap',
  'insecureMxPolicy',
  'daneDigests',
  'port',
  'families',
  'prefer',
  'addressLimit',
  'resolver',
] as const satisfies readonly (keyof RowInput)[];

/** Keys that are too weak for the library of the host are for the client to judge. */
const anyKey = { ciphers: 'DEFAULT:@SECLEVEL=0' };
const anonymous = { maxVersion: 'TLSv1.2', ciphers: 'AECDH-AES256-SHA:@SECLEVEL=0' } as const;

/**
 * Lets a mail server show from outside what a row says. The row is about a destination, so it becomes a domain of the
 * lab with hosts that have the certificates of the row; the mail must come to the first host that may have it.
 * Or why that cannot be.
 */
export function playableRow(row: Row, nowMs: number): PlayableRow | NotPlayable {
  const { id, title, input, expect } = row;
  const other = settings.find((name) => JSON.stringify(input[name]) !== JSON.stringify(usualInput[name]));
  if (other !== undefined) return { why: other === 'resolver' ? 'what the resolver is' : 'settings' };
  if (input.now !== usualInput.now) return { why: 'a certain second' };
  if (expect.wait === true) return { why: 'what the resolver is' };
  if (expect.firsts !== undefined) return { why: 'chance' };
  if (!input.nextHop.endsWith('.test')) return { why: 'a name outside the lab' };
  const hosts = expect.hosts ?? [];
  // RFC 7672 §2.2.1 leaves it to the client what TLSA records are worth there.
  if (hosts.some(({ level }) => level === 'half-dane')) return { why: 'a choice that RFC 7672 leaves open' };

  const rename = renameFor(id);
  const shiftMs = nowMs - Date.parse(input.now);
  const certificates = makeCertificates({ rename, shiftMs });
  const labName = (address: string): string => `at-${address.replaceAll('.', '-')}.${id}.test`;
  const records = rowRecords(input, { id, rename }, certificates, labName);
  if ('why' in records) return records;

  const chainAt = new Map(records.addresses.map((address) => [address, input.chain ?? ['leaf', 'ca']]));
  const expected: { readonly address: string; readonly isFine: boolean; readonly isOpen: boolean }[] = [];
  for (const host of hosts) {
    const address = host.address ?? addressOf(host.host, input);
    if (address === undefined) {
      if (host.connect === false) continue;
      return { why: 'several addresses of a host' };
    }
    const chain = input.chains?.[host.host];
    if (chain !== undefined) chainAt.set(address, chain);
    const judged = verdictOf(host, hosts.length === 1 ? expect.judge : undefined);
    if (judged === undefined) return { why: 'nothing is said of the chain' };
    expected.push({ address, isFine: judged, isOpen: host.cleartext === true });
  }

  const labHosts: ScriptedHost[] = [];
  for (const [address, chain] of chainAt) {
    if (chain.some((name) => name.startsWith('hex '))) return { why: 'chains that no server sends' };
    const sent = chain.map((name) => {
      const made = certificates(name);
      return { ...made, pem: pemOf(made.der), privateKeyPem: keyPemOf(made) };
    });
    const tls = sent.length > 0 ? anyKey : anonymous;
    try {
      createSecureContext({ ...tls, key: sent[0]?.privateKeyPem, cert: sent.map(({ pem }) => pem).join('') });
    } catch {
      return { why: 'chains that no server sends' };
    }
    labHosts.push({ kind: 'scripted', name: labName(address), certificates: sent, tls });
  }

  const to = expected.find(({ isFine }) => isFine);
  if (expect.hosts === undefined && expect.trouble === undefined)
    return { why: 'nothing is said of the mail' };
  const fine = new Set(expected.filter(({ isFine }) => isFine).map(({ address }) => address));
  const kitCase: KitCase = {
    domain: rename(input.nextHop),
    what: title,
    ...(to !== undefined && { host: labName(to.address) }),
    others: records.addresses.filter((address) => !fine.has(address)).map(labName),
    outcome: to !== undefined ? 'delivered' : expect.trouble?.outcome === 'bounced' ? 'returned' : 'waits',
    mails: to === undefined ? 0 : 1,
    mayBeInClear: to?.isOpen ?? false,
    ...(row.differsFromPostfix !== undefined && { knownDifference: row.differsFromPostfix }),
  };
  return { kitCase, domains: records.domains, hosts: labHosts };
}

/** Whether the host may have the mail; undefined if the row leaves it open. */
function verdictOf(
  { connect, cleartext, level, judge }: ExpectedHost,
  ofTheOnlyHost: ExpectedHost['judge'],
): boolean | undefined {
  if (connect === false) return false;
  const judged = judge ?? ofTheOnlyHost;
  if (judged !== undefined) return judged.ok;
  // Without DANE no certificate keeps the mail.
  return cleartext === true || level === 'may' || level === 'encrypt' ? true : undefined;
}

/** The one address of a host, along its aliases. */
function addressOf(host: string, { dns }: Pick<RowInput, 'dns'>): string | undefined {
  let name = host;
  for (let step = 0; step < 10; step += 1) {
    const [addresses, alias] = [dns[`${name} A`], dns[`${name} CNAME`]];
    if (addresses && 'records' in addresses)
      return addresses.records.length === 1 ? addresses.records[0] : undefined;
    if (!alias || !('alias' in alias)) return undefined;
    name = alias.alias;
  }
  return undefined;
}
