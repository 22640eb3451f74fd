import type { AnchorLine } from '../core/dns/trust-anchors.ts';
import { ChildError } from './child-error.ts';

/** A DNS server by IP address. */
export interface Forwarder {
  readonly address: string;
  readonly port: number;
}

export interface UnboundSettings {
  /** IP address and port to listen on. */
  readonly address: string;
  readonly port: number;
  /** Without any, it validates nothing. */
  readonly trustAnchors: readonly AnchorLine[];
  /** A file that AppArmor allows it to read. */
  readonly rootHintsFile?: string;
  /** Resolvers to ask; empty for the authoritative servers. */
  readonly forwarders: readonly Forwarder[];
}

/** Text of an unbound.conf(5) for one relay: loopback only, validating, small, without a file of its own. */
export function unboundConf(settings: UnboundSettings): string {
  const { trustAnchors, rootHintsFile, forwarders } = settings;
  const server = [
    'username: ""',
    'chroot: ""',
    'directory: ""',
    'pidfile: ""',
    'do-daemonize: no',
    'use-syslog: no',
    'logfile: ""',
    'verbosity: 1',
    `interface: ${settings.address}@${settings.port}`,
    `port: ${settings.port}`,
    'access-control: 127.0.0.0/8 allow',
    'num-threads: 1',
    // Enough for one relay, and within the limit of open files of an ordinary user.
    'outgoing-range: 1024',
    'num-queries-per-thread: 512',
    'msg-cache-size: 8m',
    'rrset-cache-size: 16m',
    'key-cache-size: 4m',
    'neg-cache-size: 1m',
    'incoming-num-tcp: 100',
    'outgoing-num-tcp: 50',
    'edns-buffer-size: 1232',
    'max-udp-size: 1232',
    'module-config: "validator iterator"',
    ...trustAnchors.map((line) => `trust-anchor: ${quote(line)}`),
    ...(rootHintsFile === undefined ? [] : [`root-hints: ${quote(rootHintsFile)}`]),
    'val-permissive-mode: no',
    'ede: yes',
    'prefetch: yes',
    'prefetch-key: yes',
    'aggressive-nsec: yes',
    'qname-minimisation: yes',
    'minimal-responses: yes',
    'harden-glue: yes',
    'harden-dnssec-stripped: yes',
    'harden-below-nxdomain: yes',
    'harden-large-queries: yes',
    'harden-short-bufsize: yes',
    'unwanted-reply-threshold: 10000000',
    'hide-identity: yes',
    'hide-version: yes',
    ...(forwarders.length === 0 ? [] : forwarding),
  ];
  const zone = [
    'name: "."',
    ...forwarders.map(({ address, port }) => `forward-addr: ${address}@${port}`),
    'forward-first: no',
  ];
  return [
    section('server', server),
    section('remote-control', ['control-enable: no']),
    ...(forwarders.length === 0 ? [] : [section('forward-zone', zone)]),
    '',
  ].join('\n');
}

/** A forwarder may run on this host, and may serve private addresses and test zones. */
const forwarding = ['do-not-query-localhost: no', 'local-zone: "test." nodefault', 'unblock-lan-zones: yes'];

function section(name: string, lines: readonly string[]): string {
  return [`${name}:`, ...lines.map((line) => `  ${line}`)].join('\n');
}

function quote(text: string): string {
  if (/["\n\r]/.test(text))
    throw new ChildError(`unbound: nothing may have quotes or line ends: ${JSON.stringify(text)}`);
  return `"${text}"`;
}
