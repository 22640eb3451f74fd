import type { Config } from '../config/config.ts';
import { familyOf } from '../core/dns/ip-address.ts';
import type { ShownAt } from '../core/tlsa/compare.ts';
import { findPublished, type Published } from '../core/tlsa/find-published.ts';
import { shownChain, type Shown } from '../core/tlsa/shown.ts';
import { wrapperPort } from '../core/route/next-hop.ts';
import { relayName } from '../core/smtp/verdict.ts';
import { sessionOptions } from './delivering.ts';
import { withLookups } from './look-up-once.ts';
import { ownName } from './own-name.ts';
import type { Resolving } from './resolving.ts';
import { shownCertificates, type ShownChain } from './shown-certificates.ts';
import { withShortSteps } from './short-steps.ts';

/** A mail host and where it is asked. */
export interface HostToAsk {
  readonly host: string;
  readonly port: number;
  /** The only address to ask; absent: all that the DNS has. */
  readonly address?: string;
}

/** What is published for a host, and what its addresses show. */
export interface WatchedHost {
  readonly published: Published;
  /** Why nothing is known of signatures; absent if the resolver validates. */
  readonly unproved?: string;
  readonly shown: readonly ShownAt[];
  /** A line for each address that shows nothing. */
  readonly troubles: readonly string[];
}

/** Something that is shown, or why it is not known. */
export type Showing = { readonly from: string } & ({ readonly shown: Shown } | { readonly trouble: string });

/** Looks at hosts and at the DNS for `dane-relay tlsa`, as a delivery would. */
export interface TlsaWatch {
  /** Epoch milliseconds of the beginning. */
  readonly nowMs: number;
  published(host: string, port: number): Promise<Pick<WatchedHost, 'published' | 'unproved'>>;
  host(asked: HostToAsk): Promise<WatchedHost>;
  /** The same with a file in place of what the host shows. */
  file(host: string, port: number, shown: ShownAt): Promise<WatchedHost>;
  /** What a file holds, or all addresses of a host show alike. */
  shows(
    subject:
      | ({ readonly kind: 'host' } & HostToAsk)
      | { readonly kind: 'file'; readonly file: string; readonly shown: Shown },
  ): Promise<Showing>;
}

/** A host may have any number of addresses. */
const MOST_ADDRESSES = 16;
/** Every address has so long to show what it has. */
const ADDRESS_MS = 60_000;

/** A running relay is not disturbed. Throws ChildError where a private resolver does not start. */
export async function withTlsaWatch<T>(
  config: Config,
  work: (watch: TlsaWatch) => Promise<T>,
  addressMs = ADDRESS_MS,
): Promise<T> {
  const hostname = await ownName(config.hostname);
  return withLookups(config, (lookup, resolving) => {
    async function published(host: string, port: number) {
      const found = await findPublished(host, port, lookup);
      const unproved = await unprovedBy(config, resolving);
      return { published: found, ...(unproved !== undefined && { unproved }) };
    }
    async function host({ host: name, port, address }: HostToAsk): Promise<WatchedHost> {
      const found = await published(name, port);
      const wanted = address === undefined ? found.published.addresses : [address];
      const families = config.delivery.inetProtocols;
      const addresses = wanted
        .filter((one) => address !== undefined || families === 'all' || families === `ipv${familyOf(one)}`)
        .slice(0, MOST_ADDRESSES);
      const serverName = found.published.baseDomain;
      const all = await Promise.all(
        addresses.map((one) => ask({ host: name, address: one, port }, serverName)),
      );
      return {
        ...found,
        shown: all.flatMap((one) => one.shown),
        troubles: all.flatMap(({ trouble }) => trouble ?? []),
      };
    }
    async function ask(peer: { host: string; address: string; port: number }, serverName: string) {
      const heloName = config.delivery.heloName || hostname;
      const session = withShortSteps(
        sessionOptions({ config, hostname, heloName, log: () => {} }),
        addressMs,
      );
      const implicit = peer.port === wrapperPort || config.tls.wrappermode;
      const options = { serverName, implicit, session };
      const found = await within(addressMs, (signal) => shownCertificates(peer, options, signal));
      const from = relayName(peer);
      if ('trouble' in found) return { shown: [], trouble: troubleText(from, found.trouble) };
      const second =
        found.second === undefined
          ? []
          : [{ from: `${from} (another key)`, shown: shownChain(found.second) }];
      return { shown: [{ from, shown: shownChain(found.chain) }, ...second] };
    }
    return work({
      nowMs: Date.now(),
      published,
      host,
      file: async (name, port, shown) => ({ ...(await published(name, port)), shown: [shown], troubles: [] }),
      async shows(subject) {
        if (subject.kind === 'file') return { from: subject.file, shown: subject.shown };
        const { shown, troubles, published: found } = await host(subject);
        const from = `what ${subject.host} shows`;
        const [first, ...others] = shown;
        const detail = found.kind === 'failed' ? found.detail : `${subject.host} has no address`;
        if (first === undefined || troubles.length > 0) return { from, trouble: troubles[0] ?? detail };
        return others.every((other) => isSame(other.shown, first.shown))
          ? { from, shown: first.shown }
          : {
              from,
              trouble: `the addresses of ${subject.host} show different certificates: name one address`,
            };
      },
    });
  });
}

/** A host that says a little now and then would be listened to for ever. */
async function within(ms: number, look: (signal: AbortSignal) => Promise<ShownChain>): Promise<ShownChain> {
  const signal = AbortSignal.timeout(ms);
  try {
    const found = await look(signal);
    if (!signal.aborted || 'chain' in found) return found;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return { trouble: `no answer within ${ms / 1000} s` };
}

function isSame({ chain: [one] }: Shown, { chain: [other] }: Shown): boolean {
  return one !== undefined && other !== undefined && Buffer.compare(one, other) === 0;
}

function troubleText(from: string, reason: string): string {
  return reason.includes(from) ? reason : `${from}: ${reason}`;
}

/** `resolver 127.0.0.1:53 does not validate` */
async function unprovedBy({ dns }: Pick<Config, 'dns'>, resolving: Resolving): Promise<string | undefined> {
  if (await resolving.isValidating()) return undefined;
  const servers = dns.servers.map(({ host, port }) => `${host}:${port}`).join(', ');
  const which = servers === '' ? 'the private resolver' : `resolver ${servers}`;
  return `${which} does not validate (${resolving.state().reason})`;
}
