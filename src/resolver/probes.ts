import type { Absent, Answer, Failed, Lookup } from '../core/dns/answer.ts';
import type { DnssecProbe } from '../core/dns/dnssec-probe.ts';

/** Questions whose answers show whether a resolver validates (RFC 7672 §2.1.1). */
export interface Probes {
  /** Certainly signed: the answer must have AD. */
  readonly signed: DnssecProbe;
  /** Certainly not signed: the answer must not have AD. */
  readonly unsigned?: DnssecProbe;
  /** With a broken signature: there must be no answer (RFC 4035 §5.5). */
  readonly bogus?: DnssecProbe;
  /** Well-known public names of these two kinds; see `publicProbes`. */
  readonly publicOnes?: readonly ('unsigned' | 'bogus')[];
}

/** The settings that name the probes. */
export type ProbeName = 'dnssec_probe' | 'unsigned_probe' | 'bogus_probe';

export type Finding = Validates | Shortcoming;

/** No answer, or none that proves anything. */
export interface SaysNothing {
  readonly kind: 'says nothing';
  /** Half a sentence for the log. */
  readonly what: string;
}

export interface Validates {
  readonly kind: 'validates';
  /** Half a sentence for the log: the result of each probe. */
  readonly what: string;
}

/** Why the resolver must not be believed. */
export interface Shortcoming {
  readonly kind: 'does not validate' | 'signs everything' | 'accepts bogus' | 'does not answer';
  readonly probe: ProbeName;
  /** Half a sentence for the log: the probe and its result. */
  readonly what: string;
}

/** Asks the signed probe alone: one lookup. */
export async function askSigned(lookup: Lookup, { signed }: Probes, signal?: AbortSignal): Promise<Finding> {
  const answer = await lookup(signed.name, signed.type, signal);
  const asked = question('dnssec_probe', signed);
  if (answer.kind === 'failed') {
    return { kind: 'does not answer', probe: 'dnssec_probe', what: `${asked} failed: ${answer.detail}` };
  }
  return answer.secure
    ? { kind: 'validates', what: `${asked} received a validated response` }
    : {
        kind: 'does not validate',
        probe: 'dnssec_probe',
        what: `${asked} received a response that is not DNSSEC validated`,
      };
}

/**
 * Asks the other probes that are configured. A probe without an answer, because its zone is out of reach or its name is
 * gone, says nothing against the resolver.
 */
export async function askOthers(
  lookup: Lookup,
  { unsigned, bogus }: Probes,
  signal?: AbortSignal,
): Promise<Finding> {
  const findings = await Promise.all([
    unsigned &&
      lookup(unsigned.name, unsigned.type, signal).then((answer) => judgeUnsigned(unsigned, answer)),
    bogus && lookup(bogus.name, bogus.type, signal).then((answer) => judgeBogus(bogus, answer)),
  ]);
  const known = findings.filter((finding) => finding !== undefined);
  const what = known.map((finding) => finding.what).join(', ');
  return known.find(isShortcoming) ?? { kind: 'validates', what };
}

export function isShortcoming(finding: Finding | SaysNothing): finding is Shortcoming {
  return finding.kind !== 'validates' && finding.kind !== 'says nothing';
}

export function judgeUnsigned(probe: DnssecProbe, answer: Answer<unknown>): Finding | SaysNothing {
  const asked = question('unsigned_probe', probe);
  if (answer.kind !== 'found') return inconclusive(asked, answer);
  return answer.secure
    ? {
        kind: 'signs everything',
        probe: 'unsigned_probe',
        what: `${asked} received a response marked as DNSSEC validated though it is not signed`,
      }
    : { kind: 'validates', what: `${asked} received an unsigned one` };
}

export function judgeBogus(probe: DnssecProbe, answer: Answer<unknown>): Finding | SaysNothing {
  const asked = question('bogus_probe', probe);
  if (answer.kind === 'failed' && answer.cause === 'SERVFAIL')
    return { kind: 'validates', what: `${asked} was rejected` };
  if (answer.kind !== 'found') return inconclusive(asked, answer);
  return {
    kind: 'accepts bogus',
    probe: 'bogus_probe',
    what: `${asked} received a response though its signature is broken`,
  };
}

function question(name: ProbeName, probe: DnssecProbe): string {
  return `${name} '${probe.type.toLowerCase()}:${probe.name}'`;
}

/** If a name is gone, its denial may be signed or not, because its zone may be gone as well. */
function inconclusive(asked: string, answer: Absent | Failed): SaysNothing {
  const why = answer.kind === 'failed' ? answer.detail : 'no such record';
  return { kind: 'says nothing', what: `${asked} could not be answered (${why})` };
}
