import type { Server } from './server.ts';
import type { Trial } from './trial.ts';

/** Whom the private Unbound asks. Whoever it is, what they say is validated: the choice is about being served at all. */
export type Upstream =
  | { readonly kind: 'root' }
  /** Those of resolv.conf that work. */
  | { readonly kind: 'forwarders'; readonly servers: readonly Server[] };

/** What there is to choose from. */
export interface Choices {
  /** Of one of the root's servers; `undefined` where none is known. */
  readonly root: Trial | undefined;
  /** Of each server of resolv.conf. */
  readonly forwarders: readonly Trial[];
}

/**
 * The root's servers if they can be asked, for they depend on nobody else; then the forwarders that work. Where nobody
 * does, it stays as it is.
 */
export function chooseUpstream(current: Upstream, { root, forwarders }: Choices): Upstream {
  if (root === undefined || root.works) return { kind: 'root' };
  const working = forwarders.filter(({ works }) => works).map(({ server }) => server);
  return working.length > 0 ? { kind: 'forwarders', servers: working } : current;
}

export function isSameUpstream(one: Upstream, other: Upstream): boolean {
  return namesOf(one).join() === namesOf(other).join();
}

/** For the log: whom it asks, and why not others. */
export function upstreamText(upstream: Upstream, { root, forwarders }: Choices): string {
  if (upstream.kind === 'root') return 'the private Unbound asks the root servers';
  const left = forwarders.filter(({ works }) => !works).map((trial) => `; ${failureText(trial)}`);
  return (
    `the private Unbound asks ${namesOf(upstream).join(', ')} of /etc/resolv.conf and validates what they say, ` +
    `for the root servers cannot be asked: ${root?.what ?? ''}${left.join('')}`
  );
}

/** For the log: why nobody can be asked; `undefined` where somebody can. */
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
