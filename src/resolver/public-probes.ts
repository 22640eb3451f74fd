import type { Lookup } from '../core/dns/answer.ts';
import type { DnssecProbe } from '../core/dns/dnssec-probe.ts';
import { isShortcoming, judgeBogus, judgeUnsigned, type Finding, type Shortcoming } from './probes.ts';

/** Names with different owners. Any one of them may change or vanish, but not all at the same time. */
const publicNames: Readonly<Record<'unsigned' | 'bogus', readonly DnssecProbe[]>> = {
  // Large domains that have never been signed.
  unsigned: [
    { type: 'SOA', name: 'google.com' },
    { type: 'SOA', name: 'amazon.com' },
    { type: 'SOA', name: 'microsoft.com' },
  ],
  // Broken on purpose, by Comcast, CZ.NIC and the makers of dnssec.works.
  bogus: [
    { type: 'A', name: 'dnssec-failed.org' },
    { type: 'A', name: 'rhybar.cz' },
    { type: 'A', name: 'fail01.dnssec.works' },
  ],
};

const judges = { unsigned: judgeUnsigned, bogus: judgeBogus };
/** Others pay for these answers, so the relay rarely asks for them. */
const intervalMs = 3_600_000;
/** Interval while there is doubt. */
const doubtMs = 60_000;

export interface PublicProbes {
  /**
   * A finding that is at most an hour old, or at most a minute if it is bad or the resolver is not trusted now.
   *
   * @throws the reason of the signal
   */
  ask(isTrusted: boolean, signal?: AbortSignal): Promise<Finding>;
}

/**
 * Asks one server for names of the public DNS. The server fails only if all existing names of a kind get the wrong kind
 * of answer. Usually the first one clears it.
 */
export function publicProbes(
  lookup: Lookup,
  kinds: readonly ('unsigned' | 'bogus')[],
  now: () => number,
): PublicProbes {
  let last: { readonly finding: Finding; readonly atMs: number } | undefined;
  return {
    ask: async (isTrusted, signal) => {
      const keepMs = isTrusted && last?.finding.kind === 'validates' ? intervalMs : doubtMs;
      if (last !== undefined && now() - last.atMs < keepMs) return last.finding;
      const findings = await Promise.all(kinds.map((kind) => askKind(lookup, kind, signal)));
      const finding = findings.find(({ kind }) => kind !== 'validates') ?? {
        kind: 'validates',
        what: findings
          .map(({ what }) => what)
          .filter(Boolean)
          .join(', '),
      };
      last = { finding, atMs: now() };
      return finding;
    },
  };
}

/** Names that are gone are ignored, as long as two are left. */
const minGuilty = 2;

async function askKind(
  lookup: Lookup,
  kind: 'unsigned' | 'bogus',
  signal: AbortSignal | undefined,
): Promise<Finding> {
  const guilty: Shortcoming[] = [];
  for (const probe of publicNames[kind]) {
    const answer = await lookup(probe.name, probe.type, signal);
    const finding = judges[kind](probe, answer);
    if (finding.kind === 'validates') return finding;
    if (isShortcoming(finding)) guilty.push(finding);
    // The Internet is out of reach, so the others would not be answered either.
    else if (answer.kind === 'failed') break;
  }
  const [first, ...others] = guilty;
  if (first === undefined || guilty.length < minGuilty) return { kind: 'validates', what: '' };
  return { ...first, what: `${first.what}, and ${others.length} others like it did too` };
}
