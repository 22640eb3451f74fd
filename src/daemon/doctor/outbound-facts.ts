import { connect } from 'node:net';
import type { Config } from '../../config/config.ts';
import type { Lookup } from '../../core/dns/answer.ts';
import type { OutboundFacts, OutboundTry } from '../../core/doctor/outbound.ts';
import { parseNextHop } from '../../core/route/next-hop.ts';
import type { Destination } from '../../core/route/destination.ts';
import { familiesOf } from '../families.ts';
import type { DoctorContext } from './context.ts';
import { NoReply, SmtpLines } from './smtp-lines.ts';

/** A few are enough to see whether the way is open. */
const MOST_DOMAINS = 5;
const MOST_HOSTS = 2;
const DIAL_MS = 10_000;

type Chosen = Pick<OutboundFacts, 'source'> & { readonly destinations: readonly Destination[] };

/** Dials the mail hosts of domains that the operator names, or that mail waits for; says QUIT and nothing else. */
export async function outboundFacts(context: DoctorContext): Promise<OutboundFacts> {
  const { config, resolving } = context;
  const { port, inetProtocols } = config.delivery;
  const wantsIpv6 = inetProtocols !== 'ipv4';
  const { source, destinations } = await choose(context);
  const chosen = destinations.slice(0, MOST_DOMAINS);
  if (chosen.length === 0) return { port, source: 'none', tries: [], notTried: [], wantsIpv6 };
  const { lookup } = await resolving();
  const tried = await Promise.all(chosen.map((one) => tryDestination(one, config, lookup)));
  return {
    port,
    source,
    tries: tried.flatMap(({ tries }) => tries),
    notTried: tried.flatMap(({ domain, why }) => (why === undefined ? [] : [{ domain, why }])),
    wantsIpv6,
  };
}

async function choose({ config, wishes, redis }: DoctorContext): Promise<Chosen> {
  if (wishes.domains.length > 0)
    return { source: '--domain', destinations: wishes.domains.flatMap(destinationsOf) };
  const { relayhost } = config.delivery;
  if (relayhost !== '') return { source: 'delivery.relayhost', destinations: destinationsOf(relayhost) };
  const found = await redis();
  const waiting = found.kind === 'seen' ? found.sight.waiting : [];
  const past = found.kind === 'seen' ? found.sight.past : [];
  if (waiting.length === 0) return { source: 'the history', destinations: past.flatMap(destinationsOf) };
  return {
    source: 'the queue',
    destinations: waiting.flatMap(({ destination }) => destinationsOf(destination)),
  };
}

function destinationsOf(nextHop: string): readonly Destination[] {
  const parsed = parseNextHop(nextHop);
  return parsed.kind === 'hosts' ? parsed.destinations.slice(0, 1) : [];
}

interface Tried {
  readonly domain: string;
  readonly tries: readonly OutboundTry[];
  readonly why?: string;
}

async function tryDestination(destination: Destination, config: Config, lookup: Lookup): Promise<Tried> {
  const domain = destination.nextHop;
  const port = destination.port ?? config.delivery.port;
  const hosts = await hostsOf(destination, lookup);
  if (typeof hosts === 'string') return { domain, tries: [], why: hosts };
  const families = familiesOf(config.delivery.inetProtocols);
  const found = await Promise.all(hosts.map((host) => addressesOf(host, families, lookup)));
  const addresses = found.flatMap(({ addresses: all }) => all);
  if (addresses.length === 0)
    return {
      domain,
      tries: [],
      why: found.find(({ why }) => why !== '')?.why ?? 'its hosts have no address',
    };
  return { domain, tries: await Promise.all(addresses.map((one) => dial({ domain, ...one }, port))) };
}

/** A string says why there are none. */
async function hostsOf({ kind, host }: Destination, lookup: Lookup): Promise<readonly string[] | string> {
  if (kind !== 'mx') return [host];
  const answer = await lookup(host, 'MX');
  if (answer.kind === 'failed') return `MX of ${host}: ${answer.detail}`;
  if (answer.kind === 'absent') return answer.denial === 'NXDOMAIN' ? `${host} does not exist` : [host];
  const sorted = answer.records.toSorted((one, other) => one.preference - other.preference);
  const names = sorted.map(({ exchange }) => exchange).filter((exchange) => exchange !== '.');
  return names.length === 0 ? `${host} takes no mail (null MX)` : names.slice(0, MOST_HOSTS);
}

/** One of each family. */
async function addressesOf(
  host: string,
  families: readonly (4 | 6)[],
  lookup: Lookup,
): Promise<{
  readonly addresses: readonly { readonly host: string; readonly address: string }[];
  readonly why: string;
}> {
  if (/^[\d.]+$|:/.test(host)) return { addresses: [{ host, address: host }], why: '' };
  const answers = await Promise.all(families.map((family) => lookup(host, family === 4 ? 'A' : 'AAAA')));
  const addresses = answers.flatMap((answer) => (answer.kind === 'found' ? answer.records.slice(0, 1) : []));
  const failed = answers.find((answer) => answer.kind === 'failed');
  return {
    addresses: addresses.map((address) => ({ host, address })),
    why: failed?.kind === 'failed' ? `address of ${host}: ${failed.detail}` : '',
  };
}

const noRoute = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT']);

async function dial(
  target: Pick<OutboundTry, 'domain' | 'host' | 'address'>,
  port: number,
): Promise<OutboundTry> {
  const signal = AbortSignal.timeout(DIAL_MS);
  const socket = connect({ host: target.address, port });
  let isConnected = false;
  let code = '';
  socket.once('connect', () => (isConnected = true));
  socket.on('error', (error: NodeJS.ErrnoException) => (code = error.code ?? error.message));
  const lines = new SmtpLines(socket, signal);
  try {
    const greeting = await lines.reply();
    const what = `${greeting.code} ${greeting.lines[0]}`;
    await lines.command('QUIT').catch(() => {});
    return { ...target, outcome: greeting.code === 220 ? 'answered' : 'refused', what };
  } catch (error) {
    if (!(error instanceof NoReply)) throw error;
    if (isConnected) return { ...target, outcome: 'no greeting', what: error.message };
    if (noRoute.has(code)) return { ...target, outcome: 'no route', what: code };
    return {
      ...target,
      outcome: code === 'ECONNREFUSED' || code === 'ECONNRESET' ? 'refused' : 'silent',
      what: code || error.message,
    };
  } finally {
    socket.destroy();
  }
}
