import type { Config } from '../config/config.ts';
import { readOperatorFile } from '../config/operator-file.ts';
import type { Log } from '../core/log/log-event.ts';
import { originText } from '../core/route/lookup-table.ts';
import { parseNextHop, wrapperPort } from '../core/route/next-hop.ts';
import {
  lookupTransport,
  nextHopBy,
  parseTransportTable,
  transportOrigin,
  type TransportTable,
} from '../core/route/transport-table.ts';
import { openOperatorTable, type Reread } from './operator-table.ts';

/** Where mail goes, according to the current transport table. */
export interface Transports extends Reread {
  /**
   * The next hop of a mailbox: by the transport table, otherwise the relayhost, otherwise the domain of the mailbox.
   */
  nextHopOf(mailbox: string): string;
  /**
   * The same, and what says so, for the operator: `FILE line 3, .example.org`, `delivery.relayhost`, or `the domain of
   * the recipient`.
   */
  ruleOf(mailbox: string): TransportRule;
  /** The setting that names this next hop; undefined if only the domains of recipients lead to it. */
  namedIn(nextHop: string): string | undefined;
}

export interface TransportRule {
  readonly nextHop: string;
  readonly origin: string;
}

type DeliveryConfig = Pick<Config['delivery'], 'relayhost' | 'fallbackRelay' | 'transportMaps'>;

/** Throws ConfigError if the table cannot be read at the start. Invalid entries are logged, and their mail waits. */
export function openTransports(
  { relayhost, fallbackRelay, transportMaps: file }: DeliveryConfig,
  wrappermode: boolean,
  log: Log,
): Transports {
  const { current, ...reread } = openOperatorTable(
    {
      file,
      component: 'qmgr',
      event: 'transport table',
      read(warn) {
        const transports = readTransports(file);
        for (const nextHop of wrappermode ? [] : [relayhost, fallbackRelay, ...transports.named]) {
          if (!isMuteAt(nextHop)) continue;
          warn(
            `${nextHop}: port 465 is for TLS from the first octet, smtps: or tls.wrappermode = true is meant`,
          );
        }
        return transports;
      },
      entries: 'transport entries',
      count: ({ entries }) => entries.size,
    },
    log,
  );

  return {
    ...reread,
    nextHopOf: (mailbox) => nextHopBy(current(), relayhost, mailbox),
    ruleOf(mailbox) {
      const table = current();
      const nextHop = nextHopBy(table, relayhost, mailbox);
      const origin = transportOrigin(table, mailbox);
      const isUsual = (lookupTransport(table, mailbox)?.kind ?? 'usual') === 'usual';
      if (origin !== undefined && !isUsual) return { nextHop, origin: originText(file, origin) };
      return { nextHop, origin: relayhost === '' ? 'the domain of the recipient' : 'delivery.relayhost' };
    },
    namedIn(nextHop) {
      if (nextHop === relayhost) return 'relayhost';
      return current().named.has(nextHop) ? 'transport_maps' : undefined;
    },
    reload: () => void (file !== '' && reread.reload()),
  };
}

/** RFC 8314 §7.3. With STARTTLS, client and server would wait for each other there, and no log would say why. */
function isMuteAt(nextHop: string): boolean {
  const parsed = nextHop === '' ? undefined : parseNextHop(nextHop);
  if (parsed?.kind !== 'hosts' || parsed.wrapper) return false;
  return parsed.destinations.some(({ port }) => port === wrapperPort);
}

interface NamedTransports extends TransportTable {
  /** The next hops that the table names. */
  readonly named: ReadonlySet<string>;
}

function readTransports(file: string): NamedTransports {
  const text =
    file === '' ? '' : readOperatorFile(file, 'delivery.transport_maps', 'a transport table to read');
  const table = parseTransportTable(text, file);
  return { ...table, named: namedNextHops(table) };
}

function namedNextHops({ entries }: TransportTable): ReadonlySet<string> {
  return new Set(
    [...entries.values()].flatMap((entry) =>
      entry.kind === 'next hop' && entry.named ? [entry.nextHop] : [],
    ),
  );
}
