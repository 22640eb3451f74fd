import { parseFingerprint } from '../core/dane/fingerprint.ts';
import { headerChoice } from '../core/dkim/header-names.ts';
import { knownForwarder } from '../core/dns/known-forwarder.ts';
import { isLoopback, showListenerAddress, showSocketAddress, type SocketAddress } from './addresses.ts';
import type { Config } from './config.ts';
import type { ConfigProblem } from './config-error.ts';
import { takenBy } from './listeners.ts';
import type { SettingKey } from './settings.ts';

/** A setting in force, as `crossCheck` reports it. */
export interface Shown {
  readonly where: string;
  readonly shown: string;
}

/** Finds settings that are valid one by one but not together. `inForce` tells where a value came from. */
export function crossCheck(config: Config, inForce: (key: SettingKey) => Shown): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const refuse = (key: SettingKey, wanted: string): void => {
    const { where, shown } = inForce(key);
    problems.push({ where, key, wanted, found: shown });
  };
  const named = (key: SettingKey): string => `${key} (${inForce(key).shown})`;

  const { queue, dns, tls } = config;
  if (queue.maximalBackoffMs < queue.minimalBackoffMs) {
    refuse('queue.maximal_backoff', `at least ${named('queue.minimal_backoff')}`);
  }
  if (queue.lifetimeMs !== 0 && queue.lifetimeMs < queue.minimalBackoffMs) {
    refuse('queue.lifetime', `"0s" (one attempt), or at least ${named('queue.minimal_backoff')}`);
  }
  if (queue.memoryLowWatermarkPercent > queue.memoryHighWatermarkPercent) {
    refuse('queue.memory_low_watermark', `at most ${named('queue.memory_high_watermark')}`);
  }
  if (queue.minReplicas > 0 && config.redis.url === '') {
    refuse('queue.min_replicas', '0 for a private Redis, which has no replicas');
  }
  if (queue.minReplicas > 0 && queue.replicaTimeoutMs > queue.acceptTimeoutMs / 4) {
    refuse('queue.replica_timeout', `at most a quarter of ${named('queue.accept_timeout')}`);
  }
  if (queue.notifyClasses.length > 0 && queue.noticeRecipient === '') {
    refuse('queue.notice_recipient', `a mailbox for ${named('queue.notify_classes')}`);
  }
  if (tls.level === 'fingerprint' && tls.fingerprintCertMatch.length === 0) {
    refuse('tls.fingerprint_cert_match', `at least one digest for ${named('tls.level')}`);
  }
  if (tls.fingerprintCertMatch.some((text) => parseFingerprint(text, tls.fingerprintDigest) === undefined)) {
    refuse('tls.fingerprint_cert_match', `digests of ${named('tls.fingerprint_digest')}`);
  }
  if (tls.daneDigests.length === 0 || new Set(tls.daneDigests).size < tls.daneDigests.length) {
    refuse('tls.dane_digests', 'at least one digest, and each once');
  }
  if (config.delivery.saslAuthEnable && config.delivery.saslPasswordMaps === '') {
    refuse('delivery.sasl_password_maps', `a file for ${named('delivery.sasl_auth_enable')}`);
  }
  const { signHeaders, oversignHeaders, expireMs } = config.dkim;
  const { sign, oversign } = headerChoice(signHeaders, oversignHeaders);
  const signed = new Set(sign.map((name) => name.toLowerCase()));
  if (![...oversign].every((name) => signed.has(name))) {
    refuse('dkim.oversign_headers', `fields of ${named('dkim.sign_headers')}`);
  }
  // RFC 6376 §3.5: the signature must still be valid after the mail has waited here, and as long again at another host.
  if (expireMs !== 0 && expireMs <= queue.lifetimeMs) {
    refuse('dkim.expire', `"0s", or more than ${named('queue.lifetime')}`);
  }
  const { organizationName, contact } = config.tlsrpt;
  if ((organizationName === '') !== (contact === '')) {
    const [missing, other] = [
      organizationName === '' ? 'tlsrpt.organization_name' : 'tlsrpt.contact',
      organizationName === '' ? 'tlsrpt.contact' : 'tlsrpt.organization_name',
    ] as const;
    refuse(missing, `a value beside ${named(other)}, or neither of them`);
  }
  if (contact.endsWith(']')) refuse('tlsrpt.contact', 'a mailbox of a domain, which can sign');
  if (config.intake.users === '' && config.listeners.some(({ auth }) => auth !== 'none')) {
    refuse('intake.users', 'a file for the listeners with auth');
  }
  if (config.intake.senderRestrictions.length > 0 && config.intake.senderLoginMaps === '') {
    refuse('intake.sender_login_maps', `a file for ${named('intake.sender_restrictions')}`);
  }
  if (config.listeners.length === 0) refuse('listen', 'at least one address, or a [[listener]] table');

  const remote = dns.servers.find(({ host }) => !isLoopback(host));
  if (remote !== undefined && !dns.trustAd && (tls.level === 'dane' || tls.level === 'dane-only')) {
    refuse(
      'dns.servers',
      `resolvers on the loopback interface, since nothing protects the way to ${remote.host} ` +
        `(or dns.trust_ad = true if something does, or tls.level below dane)`,
    );
  }
  for (const { host, port } of dns.trustAd ? [] : dns.servers) {
    const whose = knownForwarder(host, port);
    if (whose === undefined) continue;
    refuse(
      'dns.servers',
      `resolvers that validate by themselves, and ${host} of ${whose} hands on what others say: leave dns.servers empty, ` +
        `then this relay validates what comes through it (or dns.trust_ad = true if the way to those others is protected)`,
    );
  }
  for (const key of ['dns.trust_anchor', 'dns.forwarders'] as const) {
    const unset = key === 'dns.trust_anchor' ? dns.trustAnchor === '' : dns.forwarders.length === 0;
    if (dns.servers.length > 0 && !unset) {
      refuse(key, `none, since it is for the private Unbound, which ${named('dns.servers')} replaces`);
    }
  }

  for (const key of ['dns.unsigned_probe', 'dns.bogus_probe'] as const) {
    const probe = key === 'dns.unsigned_probe' ? dns.unsignedProbe : dns.bogusProbe;
    if (probe !== undefined && probe !== 'built-in' && dns.dnssecProbe === undefined) {
      refuse(key, 'none, since nothing is asked while dns.dnssec_probe is empty');
    }
  }

  const open = config.http.listen.find((one) => 'host' in one && !isLoopback(one.host));
  if (open !== undefined) {
    refuse(
      'http.listen',
      'addresses on the loopback interface or unix sockets, since tokens and mail would cross the network in the clear ' +
        '(for other machines, let a proxy with TLS on this machine pass requests on)',
    );
  }

  problems.push(...listenerProblems(config, inForce));
  return problems;
}

/** A listener on TCP, and its name. */
interface Named extends SocketAddress {
  readonly key: string;
  readonly where: string;
}

/** Listeners of which one leaves no room for the other. */
export function listenerProblems(
  {
    listeners,
    status,
  }: { readonly listeners: Config['listeners']; readonly status: Pick<Config['status'], 'listen'> },
  inForce: (key: SettingKey) => Pick<Shown, 'where'>,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const refuse = ({ key, where }: Pick<Named, 'key' | 'where'>, found: string, other: string): void => {
    problems.push({ where, key, wanted: 'every address and port once', found: `${found}, and ${other}` });
  };
  const earlier: Named[] = [];
  const places = new Map<string, string>();
  const tcp = (listener: Named): void => {
    const other = takenBy(listener, earlier);
    if (other !== undefined)
      refuse(listener, showSocketAddress(listener), `${showSocketAddress(other)} in ${other.key}`);
    earlier.push(listener);
  };
  for (const { address, path, where } of listeners) {
    const key = path === 'listen' ? path : `${path}.address`;
    if (address.kind === 'tcp') {
      tcp({ ...address, key, where });
      continue;
    }
    const shown = showListenerAddress(address);
    const other = places.get(shown);
    if (other !== undefined) refuse({ key, where }, shown, `the same in ${other}`);
    places.set(shown, key);
  }
  for (const one of status.listen)
    tcp({ ...one, key: 'status.listen', where: inForce('status.listen').where });
  return problems;
}
