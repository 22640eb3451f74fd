import type { Config } from '../config/config.ts';
import { familyOf } from '../core/dns/ip-address.ts';
import { isInternetAddress } from '../core/dns/internet-address.ts';
import type { Log } from '../core/log/log-event.ts';
import type { CountedSession } from '../core/mail/history.ts';
import { parseNextHop } from '../core/route/next-hop.ts';
import { countedSession, withoutRepeats } from '../core/tlsrpt/counted-session.ts';
import { lookupResult, sessionResults, skippedResults } from '../core/tlsrpt/host-result.ts';
import { isCounting } from '../core/tlsrpt/report-day.ts';
import type { PortRule } from '../core/tlsrpt/report-record.ts';
import type { Submitter } from '../core/tlsrpt/report.ts';
import type { Concluded } from '../delivery/concluded.ts';
import type { DeliverPorts } from '../delivery/ports.ts';
import type { Queue } from '../queue/open-queue.ts';
import type { FairLookups } from '../resolver/fair-lookups.ts';
import { webTls } from '../session/web-tls.ts';
import { postReport } from '../tlsrpt/post-report.ts';
import { sendReports, type ReportSender } from '../tlsrpt/send-reports.ts';
import { createSessionCounts, type JudgedSession } from '../tlsrpt/session-counts.ts';
import { askWish, createWishes } from '../tlsrpt/wishes.ts';
import { bugLog } from './bug-log.ts';
import { familiesOf } from './families.ts';
import type { Resolving } from './resolving.ts';
import type { Signing } from './signing.ts';
import { reportMailer } from './tls-report-mail.ts';
import type { Transports } from './transports.ts';

/** Counts sessions for reports about TLS. */
export interface TlsReporting {
  /** The same, and its sessions are judged. */
  dial(dial: DeliverPorts['dial']): DeliverPorts['dial'];
  /** What is counted with the outcome of an attempt. */
  readonly sessionsOf: (concluded: Concluded) => readonly CountedSession[];
}

export interface TlsReportingParts {
  readonly config: Config;
  readonly resolving: Pick<Resolving, 'state'>;
  readonly lookups: FairLookups;
  readonly transports: Pick<Transports, 'namedIn'>;
}

/** Who reports; undefined where nobody does. */
export function submitterOf({ tlsrpt }: Pick<Config, 'tlsrpt'>): Submitter | undefined {
  const { organizationName, contact } = tlsrpt;
  return organizationName === '' || contact === '' ? undefined : { organizationName, contact };
}

function portsOf({ tlsrpt }: Pick<Config, 'tlsrpt'>): PortRule {
  return tlsrpt.allowPrivate ? 'any port' : 'port 443';
}

/** Undefined where nothing is reported. */
export function createTlsReporting({
  config,
  resolving,
  lookups,
  transports,
}: TlsReportingParts): TlsReporting | undefined {
  if (submitterOf(config) === undefined) return undefined;
  const counts = createSessionCounts();
  const wishes = createWishes({ lookup: lookups.asker(), now: Date.now, ports: portsOf(config) });
  const sender = seenFrom(config.delivery.proxyInterfaces);

  /** Sessions that hosts were skipped for, or that the DNS kept the mail from. */
  function withoutSession({ destination, attempts }: Concluded): readonly Omit<JudgedSession, 'at'>[] {
    const evidence = attempts.find((attempt) => attempt.evidence !== undefined)?.evidence;
    if (evidence === undefined) return [];
    const skipped = evidence.hosts.flatMap(({ skipped: host }) => {
      if (host?.domain === undefined) return [];
      const { domain } = host;
      return skippedResults({ domain, host: host.host }, host.policy).map((result) => ({ domain, result }));
    });
    if (evidence.hosts.length > 0) return skipped;
    const domain = recipientDomain(destination, transports);
    const codes = (evidence.trail?.().lookups ?? []).flatMap(({ answer }) =>
      answer.kind === 'failed' ? (answer.extended ?? []) : [],
    );
    const result = domain === undefined ? undefined : lookupResult(domain, codes);
    return domain === undefined || result === undefined ? [] : [{ domain, result }];
  }

  return {
    dial: (dial) => async (candidate, signal, ended, errand) => {
      const dialled = await dial(candidate, signal, ended, errand);
      const { domain, host, address } = candidate;
      if (dialled.kind !== 'open' || domain === undefined || errand === undefined) return dialled;
      const { connection } = dialled;
      const open: typeof connection.open = async (policy, ...wish) => {
        const at = Date.now();
        const connected = await connection.open(policy, ...wish);
        const peer = { domain, host, address, sendingAddress: sender(connection.localAddress) };
        const results = sessionResults(peer, policy, connected);
        if (results.length === 0 || !wishes.mayWant(domain)) return connected;
        for (const result of results) counts.note(errand, { domain, result, at });
        return connected;
      };
      return { ...dialled, connection: { ...connection, open } };
    },
    sessionsOf(concluded) {
      const { at, message, destination } = concluded;
      const sessions = counts.take({ queueId: message.queueId, destination });
      if (message.tlsReport === true) return [];
      // If our own resolver is in trouble, no failure of the DNS is that of a domain.
      const troubles = [
        ...sessions.filter(({ result }) => result.once === true),
        ...withoutSession(concluded),
      ];
      const others = resolving.state().validating ? troubles : [];
      const counted = (one: Omit<JudgedSession, 'at'>, when: number): CountedSession =>
        countedSession(one.domain, one.result, { at: when, dice: Math.random() });
      return [
        ...sessions.filter(({ result }) => result.once !== true).map((one) => counted(one, one.at)),
        ...withoutRepeats(
          others.filter(({ domain }) => wishes.mayWant(domain)).map((one) => counted(one, at)),
        ),
      ].filter(({ day }) => isCounting(day, at));
    },
  };
}

/** The domain whose MX records lead to the hosts of a destination; undefined where a setting does. */
function recipientDomain(destination: string, { namedIn }: Pick<Transports, 'namedIn'>): string | undefined {
  if (namedIn(destination) !== undefined) return undefined;
  const parsed = parseNextHop(destination);
  const [first] = parsed.kind === 'hosts' ? parsed.destinations : [];
  return first?.kind === 'mx' ? first.host : undefined;
}

/** Our address as others see it; undefined where they cannot: an inner address is nobody's business (RFC 8460 §8). */
function seenFrom(outer: readonly string[]): (address: string | undefined) => string | undefined {
  return (address) => {
    if (address === undefined || isInternetAddress(address)) return address;
    const family = familyOf(address);
    const [only, another] = outer.filter((one) => familyOf(one) === family);
    return another === undefined && only !== undefined && isInternetAddress(only) ? only : undefined;
  };
}

export interface TlsReportSending {
  readonly config: Config;
  readonly hostname: string;
  readonly queue: Queue;
  readonly lookups: FairLookups;
  readonly transports: Pick<Transports, 'nextHopOf'>;
  readonly signing: Pick<Signing, 'sign'>;
  readonly newQueueId: () => string;
  readonly log: Log;
}

/** Begins to send reports that are due; undefined where nothing is reported. */
export function startTlsReports(parts: TlsReportSending): ReportSender | undefined {
  const { config, queue, lookups, log } = parts;
  const submitter = submitterOf(config);
  if (submitter === undefined) return undefined;
  const lookup = lookups.asker();
  const anywhere = config.tlsrpt.allowPrivate;
  const families = familiesOf(config.delivery.inetProtocols);
  const mayConnect = (address: string): boolean => anywhere || isInternetAddress(address);
  const ports = { lookup, mayConnect, families, secure: webTls };
  return sendReports({
    store: queue.tlsReports,
    submitter,
    wishOf: (domain, stopping) => askWish(domain, lookup, portsOf(config), stopping),
    mail: reportMailer({ ...parts, submitter }),
    post: (url, gzip, stopping) => postReport(url, gzip, ports, stopping),
    log,
    trouble: bugLog(log, 'the TLS report is tried again later'),
    now: Date.now,
  });
}
