import { expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { loadConfig } from './load.ts';

function problemsOf(...sets: string[]): string[] {
  try {
    loadConfig({ env: {}, sets });
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

test.each([
  [
    'backoff times the wrong way round',
    ['queue.minimal_backoff=2h'],
    'default: queue.maximal_backoff: found "4000s", wanted at least queue.minimal_backoff ("2h")',
  ],
  [
    'a lifetime that ends before the first retry',
    ['queue.lifetime=1m'],
    '--set: queue.lifetime: found "1m", wanted "0s" (one attempt), or at least queue.minimal_backoff ("300s")',
  ],
  [
    'notices without a postmaster',
    ['queue.notify_classes=bounce,2bounce'],
    'default: queue.notice_recipient: found "", wanted a mailbox for queue.notify_classes (["bounce", "2bounce"])',
  ],
  [
    'replicas of a private Redis',
    ['queue.min_replicas=1'],
    '--set: queue.min_replicas: found 1, wanted 0 for a private Redis, which has no replicas',
  ],
  [
    'more patience with replicas than with Redis',
    ['redis.url=redis://h', 'queue.min_replicas=1', 'queue.replica_timeout=6s'],
    '--set: queue.replica_timeout: found "6s", wanted at most a quarter of queue.accept_timeout ("20s")',
  ],
  [
    'fingerprint without one',
    ['tls.level=fingerprint'],
    'default: tls.fingerprint_cert_match: found [], wanted at least one digest for tls.level ("fingerprint")',
  ],
  [
    'a fingerprint of another digest',
    [`tls.fingerprint_cert_match=${'ab'.repeat(20)}`],
    `--set: tls.fingerprint_cert_match: found ["${'ab'.repeat(20)}"], wanted digests of tls.fingerprint_digest ("sha256")`,
  ],
  [
    'a login without passwords',
    ['delivery.sasl_auth_enable=true'],
    'default: delivery.sasl_password_maps: found "", wanted a file for delivery.sasl_auth_enable (true)',
  ],
  [
    'no digest for TLSA records',
    ['tls.dane_digests='],
    '--set: tls.dane_digests: found [], wanted at least one digest, and each once',
  ],
  [
    'one digest twice',
    ['tls.dane_digests=sha256,sha512,sha256=1'],
    '--set: tls.dane_digests: found ["sha256", "sha512", "sha256=1"], wanted at least one digest, and each once',
  ],
  [
    'nowhere to listen',
    ['listen='],
    '--set: listen: found [], wanted at least one address, or a [[listener]] table',
  ],
  [
    'a resolver whose AD bit nobody can trust',
    ['dns.servers=127.0.0.1,192.0.2.53'],
    '--set: dns.servers: found ["127.0.0.1", "192.0.2.53"], wanted resolvers on the loopback interface, since nothing protects the way to 192.0.2.53 (or dns.trust_ad = true if something does, or tls.level below dane)',
  ],
  [
    'the resolver of Docker, at any level',
    ['dns.servers=127.0.0.11', 'tls.level=may'],
    '--set: dns.servers: found ["127.0.0.11"], wanted resolvers that validate by themselves, and 127.0.0.11 of Docker hands on what others say: leave dns.servers empty, then this relay validates what comes through it (or dns.trust_ad = true if the way to those others is protected)',
  ],
  [
    'the resolver of systemd',
    ['dns.servers=127.0.0.1,127.0.0.53'],
    '--set: dns.servers: found ["127.0.0.1", "127.0.0.53"], wanted resolvers that validate by themselves, and 127.0.0.53 of systemd-resolved hands on what others say: leave dns.servers empty, then this relay validates what comes through it (or dns.trust_ad = true if the way to those others is protected)',
  ],
  [
    'forwarders that nobody asks',
    ['dns.servers=::1', 'dns.forwarders=192.0.2.53'],
    '--set: dns.forwarders: found ["192.0.2.53"], wanted none, since it is for the private Unbound, which dns.servers (["::1"]) replaces',
  ],
  [
    'a trust anchor that nobody reads',
    ['dns.servers=::1', 'dns.trust_anchor=/root.key'],
    '--set: dns.trust_anchor: found "/root.key", wanted none, since it is for the private Unbound, which dns.servers (["::1"]) replaces',
  ],
  [
    'a probe that nobody asks',
    ['dns.dnssec_probe=', 'dns.bogus_probe=a:bogus.example'],
    '--set: dns.bogus_probe: found "a:bogus.example", wanted none, since nothing is asked while dns.dnssec_probe is empty',
  ],
  [
    'one address twice',
    ['listen=127.0.0.1:25,127.0.0.1:25'],
    '--set: listen: found 127.0.0.1:25, and 127.0.0.1:25 in listen, wanted every address and port once',
  ],
  [
    'one address for mail and status',
    ['status.listen=127.0.0.1:2525'],
    '--set: status.listen: found 127.0.0.1:2525, and 127.0.0.1:2525 in listen, wanted every address and port once',
  ],
  [
    'all addresses, and one of them',
    ['listen=0.0.0.0:25,127.0.0.1:25'],
    '--set: listen: found 127.0.0.1:25, and 0.0.0.0:25 in listen, wanted every address and port once',
  ],
  [
    'one address, and all of them for the status',
    ['listen=[::1]:25', 'status.listen=[::]:25'],
    '--set: status.listen: found [::]:25, and [::1]:25 in listen, wanted every address and port once',
  ],
  [
    'one address in two forms',
    ['listen=[::0]:25,[0:0::0]:25'],
    '--set: listen: found [0:0::0]:25, and [::0]:25 in listen, wanted every address and port once',
  ],
])('crossCheck(): %s', (_, sets, problem) => {
  expect(problemsOf(...sets)).toEqual([problem]);
});

test.each([
  ['equal backoff times', ['queue.minimal_backoff=1h', 'queue.maximal_backoff=60m']],
  ['one attempt only', ['queue.lifetime=0s']],
  ['a remote resolver that is trusted', ['dns.servers=192.0.2.53', 'dns.trust_ad=true']],
  ['a remote resolver without DANE', ['dns.servers=192.0.2.53', 'tls.level=may']],
  ['a private Unbound with forwarders', ['dns.forwarders=192.0.2.53', 'dns.trust_anchor=/root.key']],
  ['the resolver of Docker, if that is meant', ['dns.servers=127.0.0.11', 'dns.trust_ad=true']],
  ['no probes at all', ['dns.dnssec_probe=']],
  ['probes that everybody knows', ['dns.unsigned_probe=built-in', 'dns.bogus_probe=']],
  ['all three probes', ['dns.unsigned_probe=mx:unsigned.example', 'dns.bogus_probe=a:bogus.example']],
  ['fingerprint with one', ['tls.level=fingerprint', `tls.fingerprint_cert_match=${'AB:'.repeat(31)}AB`]],
  ['one digest', ['tls.dane_digests=sha256']],
  ['notices', ['queue.notify_classes=bounce', 'queue.notice_recipient=postmaster@example.org']],
  ['all addresses of both kinds', ['listen=0.0.0.0:25,[::]:25', 'status.listen=[::]:9100,127.0.0.1:9100']],
  ['two free ports', ['listen=127.0.0.1:0', 'status.listen=127.0.0.1:0']],
])('crossCheck(): nothing against %s', (_, sets) => {
  expect(problemsOf(...sets)).toEqual([]);
});
