import type { Config } from '../config/config.ts';
import { readOperatorFile } from '../config/operator-file.ts';
import type { Log } from '../core/outcome/log-event.ts';
import { parseNextHop, wrapperPort } from '../core/route/next-hop.ts';
import { nextHopBy, parseTransportTable, type TransportTable } from '../core/route/transport-table.ts';

/** Where mail goes, as the operator says it now. */
export interface Transports {
  /** The next hop of a mailbox: by the transport table, else the relayhost, else what follows the @. */
  nextHopOf(mailbox: string): string;
  /** The setting that names this next hop; undefined where only the domains of recipients lead to it. */
  namedIn(nextHop: string): string | undefined;
  /** Grows with every reading. */
  version(): number;
  /** Entries that make no sense, each with file and line. */
  problems(): readonly string[];
  /** Reads the table again. Throws when it cannot be read, and all stays as it was. */
  reload(): void;
}

type DeliveryConfig = Pick<Config['delivery'], 'relayhost' | 'fallbackRelay' | 'transportMaps'>;

/** Throws ConfigError when the table cannot be read at start. Entries that make no sense are logged; their mail waits. */
export function openTransports(
  { relayhost, fallbackRelay, transportMaps: file }: DeliveryConfig,
  wrappermode: boolean,
  log: Log,
): Transports {
  const warn = (text: string): void =>
    log({ component: 'qmgr', severity: 'warning', event: 'transport table', text });
  let table = readTransports(file, warn);
  let named = namedNextHops(table);
  let version = 1;
  const warnOfPorts = (): void => {
    for (const nextHop of wrappermode ? [] : [relayhost, fallbackRelay, ...named]) {
      if (!isMuteAt(nextHop)) continue;
      warn(`${nextHop}: port 465 is for TLS from the first octet, smtps: or tls.wrappermode = true is meant`);
    }
  };
  warnOfPorts();

  return {
    nextHopOf: (mailbox) => nextHopBy(table, relayhost, mailbox),
    namedIn(nextHop) {
      if (nextHop === relayhost) return 'relayhost';
      return named.has(nextHop) ? 'transport_maps' : undefined;
    },
    version: () => version,
    problems: () => table.problems,
    reload() {
      if (file === '') return;
      table = readTransports(file, warn);
      named = namedNextHops(table);
      version += 1;
      warnOfPorts();
      const text = `${file}: ${table.entries.size} transport entries`;
      log({ component: 'qmgr', severity: 'info', event: 'transport table', text });
    },
  };
}

/** RFC 8314 §7.3. With STARTTLS, client and server would wait for each other there, and nobody would know why. */
function isMuteAt(nextHop: string): boolean {
  const parsed = nextHop === '' ? undefined : parseNextHop(nextHop);
  if (parsed?.kind !== 'hosts' || parsed.wrapper) return false;
  return parsed.destinations.some(({ port }) => port === wrapperPort);
}

function readTransports(file: string, warn: (text: string) => void): TransportTable {
  const text =
    file === '' ? '' : readOperatorFile(file, 'delivery.transport_maps', 'a transport table to read');
  const table = parseTransportTable(text, file);
  for (const problem of table.problems) warn(problem);
  return table;
}

function namedNextHops({ entries }: TransportTable): ReadonlySet<string> {
  return new Set(
    [...entries.values()].flatMap((entry) =>
      entry.kind === 'next hop' && entry.named ? [entry.nextHop] : [],
    ),
  );
}
