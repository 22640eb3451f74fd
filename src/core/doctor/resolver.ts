import { tellerOf, type Finding } from './finding.ts';

/** Key tags of the root's key signing keys (IANA): the one of 2024 signs since 11 October 2026. */
export const rootKeys = { ksk2017: 20_326, ksk2024: 38_696 } as const;

/** How a server answered a question whose security is known. */
export interface ProbeFacts {
  readonly kind: 'validates' | 'does not validate' | 'signs everything' | 'accepts bogus' | 'does not answer';
  /** Half a sentence: the question and its result. */
  readonly what: string;
}

/** Which program answers at an address, as far as that can be seen. */
export interface ProgramFacts {
  /** `unbound`; as the system shows it. */
  readonly name: string;
  /** Whether it checks signatures by itself, by what it is and how it is configured. */
  readonly validates: 'yes' | 'no' | 'unknown';
  /** Why that is so, in half a sentence; empty if the name says it. */
  readonly why: string;
}

/** RFC 8509: what a validating resolver tells about a trust anchor. */
export type Sentinel = 'trusted' | 'not trusted' | 'silent';

export interface ServerFacts {
  /** `127.0.0.1:53` */
  readonly server: string;
  /** The Unbound that the relay starts for itself. */
  readonly isOwn: boolean;
  /** Its AD bit counts, because it is on this machine or the settings say so. */
  readonly isBelieved: boolean;
  readonly isLoopback: boolean;
  readonly probes: readonly ProbeFacts[];
  /** The signed probe; milliseconds. */
  readonly signedMs?: number;
  /** Its known kind, by its address. */
  readonly forwarder?: string;
  /** Undefined where it cannot be seen: not on this machine, or another user's. */
  readonly program?: ProgramFacts;
  /** Tags of the keys that the root publishes, as this server sees it; empty if it did not say. */
  readonly rootKeyTags: readonly number[];
  /** Of the root's key of 2024. */
  readonly sentinel: Sentinel;
}

/** The trust anchor that the relay gives to its own Unbound. */
export interface AnchorFacts {
  /** File or package. */
  readonly from: string;
  /** Key tags that it names for the root. */
  readonly tags: readonly number[];
  /** The operator has named the file: its keys are not followed. */
  readonly isFixed: boolean;
}

export interface ResolverFacts {
  readonly servers: readonly ServerFacts[];
  /** Servers of the settings that are not asked, because their AD bit would cross a network. */
  readonly leftOut: readonly string[];
  /** Absent if the servers are others' own affair. */
  readonly anchors?: AnchorFacts;
  /** Why the relay's own Unbound cannot be started, or can ask nobody. */
  readonly trouble?: { readonly kind: 'not started' | 'asks nobody'; readonly why: string };
}

const { ok, warn, fail } = tellerOf('resolver');

/** RFC 7672 §2.1.1: whether what the resolver says can be believed. */
export function judgeResolver(facts: ResolverFacts): readonly Finding[] {
  const anchored = facts.anchors === undefined ? [] : judgeAnchors(facts.anchors);
  if (facts.trouble !== undefined) return [judgeTrouble(facts.trouble), ...anchored];
  const sound = facts.servers.filter(isSound).length;
  const findings = facts.servers.flatMap((server) => judgeServer(server, sound > 0));
  for (const server of facts.leftOut)
    findings.push(
      warn(
        'resolver-left-out',
        `resolver ${server} is not asked: its answers would cross a network, where anybody can set the AD bit`,
        'take it out of dns.servers; dns.trust_ad = true believes it, which is right only if the network between is yours',
      ),
    );
  return [...findings, ...anchored];
}

const waits = 'mail at levels dane and dane-only waits, nothing is bounced before queue.lifetime';

function judgeTrouble({ kind, why }: NonNullable<ResolverFacts['trouble']>): Finding {
  const finding =
    kind === 'not started'
      ? fail(
          'resolver-not-started',
          `the relay's own Unbound cannot be started: ${why}`,
          'apt install unbound dns-root-data; or name a validating resolver on this machine in dns.servers',
        )
      : fail(
          'resolver-asks-nobody',
          why,
          'open UDP and TCP port 53 outwards; or name in dns.forwarders a server that passes DNSSEC records on',
        );
  return { ...finding, effect: waits };
}

function isSound({ probes, isBelieved }: ServerFacts): boolean {
  return isBelieved && probes.every(({ kind }) => kind === 'validates');
}

function judgeServer(server: ServerFacts, othersDo: boolean): readonly Finding[] {
  const name = server.isOwn
    ? `resolver ${server.server} (the relay's own Unbound)`
    : `resolver ${server.server}`;
  const bad = server.probes.find(({ kind }) => kind !== 'validates');
  if (bad !== undefined) {
    const finding = judgeProbe(name, bad);
    // While another server validates, the relay leaves this one out.
    return [othersDo ? { ...finding, state: 'warn', effect: 'it is left out, mail goes on' } : finding];
  }
  if (!server.isBelieved)
    return [
      {
        ...fail(
          'resolver-not-believed',
          `${name} is not on this machine: its AD bit crosses a network and is not believed`,
          'use a resolver on this machine, or none in dns.servers: the relay then starts an Unbound of its own',
        ),
        effect: waits,
      },
    ];
  if (server.probes.length === 0)
    return [
      warn(
        'resolver-not-probed',
        `whether ${name} validates was not asked: dns.dnssec_probe is empty`,
        'clear that setting: its default is "ns:."',
      ),
    ];
  const told = server.probes
    .map(({ what }) => what)
    .filter(Boolean)
    .join('; ');
  const took = server.signedMs === undefined ? '' : ` (${Math.round(server.signedMs)} ms)`;
  return [
    ok('resolver-validates', `${name} validates${took}: ${told}`),
    ...judgeForwarder(name, server),
    ...judgeRootKey(name, server),
  ];
}

function judgeProbe(name: string, { kind, what }: ProbeFacts): Finding {
  switch (kind) {
    case 'does not answer':
      return {
        ...fail(
          'resolver-silent',
          `${name} does not answer: ${what}`,
          'see whether it runs, and whether it reaches the Internet (UDP and TCP port 53)',
        ),
        effect: 'mail that needs a DNS lookup waits, nothing is bounced before queue.lifetime',
      };
    case 'signs everything':
      return {
        ...fail(
          'resolver-vouches-for-unsigned',
          `${name} sets the AD bit on what is not signed: ${what}`,
          'use a resolver that validates; if that name has been signed meanwhile, name another in dns.unsigned_probe',
        ),
        effect: waits,
      };
    case 'accepts bogus':
      return {
        ...fail(
          'resolver-accepts-bogus',
          `${name} accepts forged records: ${what}`,
          'switch its validation on (in Unbound without val-permissive-mode), or set dns.servers = [] for an Unbound of the relay',
        ),
        effect: waits,
      };
    case 'does not validate':
    case 'validates':
      return {
        ...fail(
          'resolver-not-validating',
          `${name} does not validate: ${what}`,
          'apt install unbound, and set dns.servers = [] so that the relay starts one for itself',
          'if it should validate: look at its trust anchor and at the clock of this machine',
        ),
        effect: waits,
      };
  }
}

/** An AD bit counts only from who has checked the signatures on this machine. */
function judgeForwarder(
  name: string,
  { forwarder, program, isLoopback, isOwn }: ServerFacts,
): readonly Finding[] {
  if (isOwn || !isLoopback) return [];
  const instead =
    'set dns.servers = [] for an Unbound of the relay, or name a resolver that validates by itself';
  if (forwarder !== undefined)
    return [
      fail(
        'resolver-forwards',
        `${name} is that of ${forwarder}, which passes on the AD bit of somebody else: anybody between can set it`,
        instead,
        ...(forwarder === 'systemd-resolved'
          ? ['systemd-resolved with DNSSEC=yes validates, but stops when told so on the way: not recommended']
          : []),
      ),
    ];
  if (program === undefined) return [];
  const { name: what, validates, why } = program;
  const because = why === '' ? '' : ` (${why})`;
  if (validates === 'no')
    return [
      fail(
        'resolver-forwards',
        `${name} is ${what}${because}, which does not check signatures: it passes on the AD bit of somebody else`,
        instead,
      ),
    ];
  if (validates === 'unknown')
    return [
      warn(
        'resolver-unknown-program',
        `${name} is ${what}${because}: whether it checks signatures itself, or passes on what another says, cannot be seen from outside`,
        `make sure that it validates by itself; otherwise ${instead}`,
      ),
    ];
  return [];
}

function judgeRootKey(name: string, { rootKeyTags, sentinel, isOwn }: ServerFacts): readonly Finding[] {
  // The file of anchors says it better.
  if (isOwn) return [];
  const isPublicRoot = rootKeyTags.some((tag) => tag === rootKeys.ksk2017 || tag === rootKeys.ksk2024);
  if (rootKeyTags.length > 0 && !isPublicRoot)
    return [
      ok(
        'resolver-other-root',
        `${name} has another root than the Internet (keys ${rootKeyTags.join(', ')})`,
      ),
    ];
  switch (sentinel) {
    case 'trusted':
      return [ok('resolver-root-key', `${name} trusts the root's key of 2024 (${rootKeys.ksk2024})`)];
    case 'not trusted':
      return [
        fail(
          'resolver-root-key-missing',
          `${name} does not trust the root's key of 2024 (${rootKeys.ksk2024}), which signs since October 2026`,
          'update its trust anchor: apt install --only-upgrade dns-root-data, and for Unbound unbound-anchor -a /var/lib/unbound/root.key; then restart it',
        ),
      ];
    case 'silent':
      return [];
  }
}

function judgeAnchors({ from, tags, isFixed }: AnchorFacts): readonly Finding[] {
  if (tags.includes(rootKeys.ksk2024))
    return [
      ok('anchor-root-key', `the trust anchor ${from} has the root's key of 2024 (${rootKeys.ksk2024})`),
    ];
  if (!tags.includes(rootKeys.ksk2017))
    return [
      ok(
        'anchor-other-root',
        `the trust anchor ${from} is that of another root (keys ${tags.join(', ') || 'of none'})`,
      ),
    ];
  const todo = isFixed
    ? `add it to ${from} (apt install dns-root-data has it in /usr/share/dns/root.key), or clear dns.trust_anchor: the relay then follows the root by itself`
    : 'apt install --only-upgrade dns-root-data, and start the relay again';
  return [
    {
      ...fail(
        'anchor-root-key-missing',
        `the trust anchor ${from} lacks the root's key of 2024 (${rootKeys.ksk2024}), which signs since October 2026`,
        todo,
      ),
      effect: waits,
    },
  ];
}
