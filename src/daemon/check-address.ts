import type { Answer, Lookup } from '../core/dns/answer.ts';
import { familyOf } from '../core/dns/ip-address.ts';
import type { LookedUp } from '../core/dns/lookup-trail.ts';
import type { RecordOf, RecordType } from '../core/dns/record.ts';
import { diagnoseAddress } from '../core/check/diagnose-address.ts';
import type { ShownAddress, ShownHost } from '../core/check/report.ts';
import { shownTlsa, type Says } from '../core/check/tlsa-view.ts';
import { addressVerdict } from '../core/check/verdict.ts';
import { referenceText } from '../core/dane/names.ts';
import type { Trouble } from '../core/mail/status.ts';
import type { Destination } from '../core/route/destination.ts';
import type { StickyMemory } from '../core/sticky/sticky-memory.ts';
import type { HostPolicy } from '../core/tls-policy/host-policy.ts';
import { lookupTlsa, type TlsaFinding } from '../core/tls-policy/tlsa-lookup.ts';
import type { RoutePorts } from '../delivery/find-route.ts';
import type { Candidate } from '../delivery/route.ts';
import { readChain } from './check-chain.ts';
import type { CheckMeans } from './check-means.ts';
import type { Probed, Prober } from './check-sessions.ts';

export interface CheckOptions {
  /** As it was asked for. */
  readonly text: string;
  readonly destination: Destination;
  /** Certificates are judged as of so many milliseconds from now. */
  readonly aheadMs: number;
  readonly families?: readonly (4 | 6)[];
  readonly timeoutMs: number;
  /** What the relays here remember of it. */
  readonly remembered?: StickyMemory;
}

/** What all steps of one check share. */
export interface Check {
  readonly options: CheckOptions;
  readonly means: CheckMeans;
  readonly ports: RoutePorts;
  readonly trail: () => readonly LookedUp[];
  readonly probe: Prober;
  /** Whose certificates stand in records that nobody can use; absent: it is not wanted. */
  readonly says?: Says;
  readonly signal: AbortSignal;
  readonly judgeAt: () => number;
}

/** An address, with the host that has it. */
export interface AddressOfHost {
  readonly host: string;
  readonly preference: number;
  readonly shown: ShownAddress;
  /** DER, as sent; empty if there was none. */
  readonly chain: readonly Uint8Array[];
}

/** Finds out what there is to know about an address. */
export async function addressOf(candidate: Candidate, check: Check): Promise<AddressOfHost> {
  const { host, address, port, preference } = candidate;
  const policy = await candidate.policy();
  const nextHop = check.options.destination.nextHop;
  const [probed, finding] = await Promise.all([
    policy.kind === 'use' ? check.probe(candidate, policy, nextHop) : undefined,
    tlsaOf(candidate, check),
  ]);
  const shown = await shownAddress({ address, port, host, policy, probed, finding }, check);
  return { host, preference, shown, chain: probed?.chain ?? [] };
}

interface Facts {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly policy: HostPolicy;
  readonly probed: Probed | undefined;
  readonly finding: TlsaFinding | undefined;
}

async function shownAddress(facts: Facts, check: Check): Promise<ShownAddress> {
  const { host, address, port, policy, probed, finding } = facts;
  const trouble = troubleOf(policy, probed, host);
  const chain = probed?.chain ?? [];
  const certificates = await readChain(chain);
  const { tlsa, verdict, reason } = {
    tlsa: shownTlsa(finding, chain, check.means.tls.settings().daneDigests, check.says),
    ...addressVerdict({
      policy,
      ...(policy.kind === 'use' && trouble !== undefined && { trouble }),
      inClear: probed?.shown.tls === undefined,
    }),
  };
  const [leaf] = chain;
  const [certificate] = certificates;
  const diagnosis = diagnoseAddress({
    domain: check.options.destination.host,
    host,
    port,
    verdict,
    tlsa,
    ...(trouble !== undefined && { trouble }),
    ...(leaf !== undefined && { leaf }),
    ...(certificate !== undefined && { certificate }),
    signedMx: mxIsSigned(check),
    now: Date.now(),
  });
  return {
    address,
    port,
    verdict,
    reason,
    ...(policy.kind === 'use' && { level: policy.level }),
    tlsa,
    ...(policy.kind === 'use' && policy.serverName !== undefined && { serverName: policy.serverName }),
    referenceNames: policy.kind === 'use' ? policy.referenceNames.map(referenceText) : [],
    ...(probed !== undefined && { session: { ...probed.shown, chain: certificates } }),
    ...(trouble !== undefined && {
      trouble: { outcome: trouble.outcome, dsn: trouble.dsn, reason: trouble.reason },
    }),
    ...(diagnosis !== undefined && { diagnosis }),
  };
}

function troubleOf(policy: HostPolicy, probed: Probed | undefined, host: string): Trouble | undefined {
  if (policy.kind === 'skip') {
    const { dsn, reason, fault } = policy;
    return { outcome: 'deferred', scope: 'host', dsn, reason, tlsFault: { kind: fault, host } };
  }
  return probed?.connected.kind === 'trouble' ? probed.connected.status : undefined;
}

/** As the policy of the host finds them, from the answers that were given to it. */
async function tlsaOf({ host, family, port }: Candidate, check: Check): Promise<TlsaFinding | undefined> {
  if (familyOf(host) !== undefined || check.options.destination.kind === 'literal')
    return { kind: 'none', reason: 'numeric host' };
  const type = family === 4 ? 'A' : 'AAAA';
  const asked = check.trail().find((one) => one.name === host && one.type === type);
  if (asked?.answer.kind !== 'found') return undefined;
  return lookupTlsa({ host, port, address: asked.answer }, again(check), check.signal);
}

/** An answer that is in the trail is given again. */
function again({ trail, ports }: Check): Lookup {
  return async <T extends RecordType>(
    name: string,
    type: T,
    signal?: AbortSignal,
  ): Promise<Answer<RecordOf[T]>> => {
    const known = trail().find((one) => one.name === name && one.type === type);
    return known === undefined ? ports.lookup(name, type, signal) : (known.answer as Answer<RecordOf[T]>);
  };
}

function mxAnswer({ trail, options: { destination } }: Check): Answer<RecordOf['MX']> | undefined {
  if (destination.kind !== 'mx') return undefined;
  return trail().find((one) => one.name === destination.host && one.type === 'MX')?.answer as
    | Answer<RecordOf['MX']>
    | undefined;
}

function mxIsSigned(check: Check): boolean {
  const answer = mxAnswer(check);
  return answer?.kind !== 'found' || answer.secure;
}

/** The hosts that MX records name, with or without an address, and those of the route. */
export function hostsOf(check: Check, addresses: readonly AddressOfHost[]): readonly ShownHost[] {
  const answer = mxAnswer(check);
  const named = answer?.kind === 'found' ? answer.records.filter(({ exchange }) => exchange !== '.') : [];
  const isImplicit = named.length === 0;
  const hosts = new Map<string, { preference: number; addresses: ShownAddress[] }>();
  for (const { exchange, preference } of named) {
    const known = hosts.get(exchange);
    hosts.set(exchange, { addresses: [], preference: Math.min(preference, known?.preference ?? Infinity) });
  }
  for (const { host, preference, shown } of addresses) {
    const known = hosts.get(host) ?? { preference, addresses: [] };
    known.addresses.push(shown);
    hosts.set(host, known);
  }
  return [...hosts]
    .map(([name, { preference, addresses: all }]) => {
      const problem = unaskedReason(name, check);
      return {
        name,
        ...(!isImplicit && { preference }),
        addresses: all.toSorted((a, b) => Number(a.address > b.address) - Number(a.address < b.address)),
        ...(problem !== undefined && { problem }),
      };
    })
    .toSorted(
      (a, b) =>
        (a.preference ?? 0) - (b.preference ?? 0) || Number(a.name > b.name) - Number(a.name < b.name),
    );
}

/** Which addresses of a host are not known; undefined where it is known for sure which there are. */
function unaskedReason(name: string, { trail }: Check): string | undefined {
  const failed = trail().flatMap((one) =>
    one.name === name && (one.type === 'A' || one.type === 'AAAA') && one.answer.kind === 'failed'
      ? [one.type]
      : [],
  );
  const types = [...new Set(failed)];
  return types.length === 0 ? undefined : `its ${types.join(' and ')} records cannot be looked up`;
}
