import type { Server } from './server.ts';
import type { Trial } from './trial.ts';

/**
 * The servers that the private Unbound asks. Their answers are validated in any case: the choice is only about getting
 * answers at all.
 */
export type Upstream =
  | { readonly kind: 'root' }
  /** Those of resolv.conf that work. */
  | { readonly kind: 'forwarders'; readonly servers: readonly Server[] };

/** What there is to choose from. */
export interface Choices {
  /** Trial of one of the root's servers; `undefined` if none is known. */
  readonly root: Trial | undefined;
  /** Trial of each server of resolv.conf. */
  readonly forwarders: readonly Trial[];
}

/**
 * Chooses the root's servers if they can be asked, because they depend on nobody else; otherwise the forwarders that
 * work. If none works, the choice stays as it is.
 */
export function chooseUpstream(current: Upstream, { root, forwarders }: Choices): Upstream {
  if (root === undefined || root.works) return { kind: 'root' };
  const working = forwarders.filter(({ works }) => works).map(({ server }) => server);
  return working.length > 0 ? { kind: 'forwarders', servers: working } : current;
}

export function isSameUpstream(one: Upstream, other: Upstream): boolean {
  return namesOf(one).join() === namesOf(other).join();
}

/** For the log: which servers it asks, and why not others. */
export function upstreamText(upstream: Upstream, { root, forwarders }: Choices): string {
  if (upstream.kind === 'root') return 'the private Unbound asks the root servers';
  const left = forwarders.filter(({ works }) => !works).map((trial) => `; ${failureText(trial)}`);
  return (
    `the private Unbound asks ${namesOf(upstream).join(', ')} of /etc/resolv.conf and validates what they say, ` +
    `for the root servers cannot be asked: ${root?.what ?? ''}${left.join('')}`
  );
}

/** For the log: why no server can be asked; `undefined` if one can. */
export function upstreamTrouble({ root, forwarders }: Choices): string | undefined {
  if (root === undefined || root.works || forwarders.some(({ works }) => works)) return undefined;
  const others = forwarders.length === 0 ? ['no server in /etc/resolv.conf'] : forwarders.map(failureText);
  return `nobody can be asked for DNS records: the root servers: ${[root.what, ...others].join('; ')}`;
}

function failureText({ server, what }: Trial): string {
  return `${server.address} of /etc/resolv.conf: ${what}`;
}

function namesOf(upstream: Upstream): readonly string[] {
  return upstream.kind === 'root' ? ['root'] : upstream.servers.map(({ address }) => address).sort();
}
