import { describe, expect, test } from 'vitest';
import { fileOf, importText, untakenOf, valuesOf } from '../../../test/support/import-kit.ts';

const valueOf = (main: string, key: string) => valuesOf(importText(main))[key];

describe('settings of the same meaning', () => {
  test.each([
    ['maximal_queue_lifetime = 3', 'queue.lifetime', '3d'],
    ['bounce_queue_lifetime = 12h', 'queue.bounce_lifetime', '12h'],
    ['delay_warning_time = 4', 'queue.delay_warning_time', '4h'],
    ['minimal_backoff_time = 10m', 'queue.minimal_backoff', '10m'],
    ['message_size_limit = 52428800', 'intake.message_size_limit', '50MiB'],
    ['message_size_limit = 0', 'intake.message_size_limit', '1GiB'],
    ['smtp_connect_timeout = 10', 'delivery.connect_timeout', '10s'],
    ['smtp_tls_note_starttls_offer = yes', 'tls.note_starttls_offer', true],
    ['smtp_sasl_auth_soft_bounce = no', 'delivery.sasl_auth_soft_bounce', false],
    ['smtp_sasl_mechanism_filter = !login, plain', 'delivery.sasl_mechanism_filter', ['!login', 'plain']],
    ['relayhost = [mail.example.net]:587', 'delivery.relayhost', '[mail.example.net]:587'],
    ['relayhost = a.example b.example', 'delivery.relayhost', 'a.example, b.example'],
    ['smtp_fallback_relay = [x.example]', 'delivery.fallback_relay', '[x.example]'],
    ['fallback_relay = [x.example]', 'delivery.fallback_relay', '[x.example]'],
    ['default_destination_concurrency_limit = 3', 'delivery.destination_concurrency_limit', 3],
    ['inet_protocols = ipv4', 'delivery.inet_protocols', 'ipv4'],
    ['inet_protocols = ipv4, ipv6', 'delivery.inet_protocols', 'all'],
    ['smtp_tcp_port = 2525', 'delivery.port', 2525],
    ['smtp_tcp_port = submission', 'delivery.port', 587],
    ['myhostname = mail.example.org', 'hostname', 'mail.example.org'],
    ['myhostname = mail.example.org\nmyorigin = $mydomain', 'intake.append_origin', 'example.org'],
    ['smtpd_hard_error_limit = ${stress?{1}:{10}}', 'intake.hard_error_limit', 10],
    ['smtpd_timeout = ${stress?{10}:{120}}s', 'intake.timeout', '2m'],
    ['smtpd_forbid_bare_newline = reject', 'intake.bare_newline', 'reject'],
    ['smtpd_forbid_bare_newline = yes', 'intake.bare_newline', 'normalize'],
    ['always_bcc = a@example.org', 'intake.always_bcc', 'a@example.org'],
    ['myhostname = m.example.org\nalways_bcc = archive', 'intake.always_bcc', 'archive@m.example.org'],
    ['tls_dane_digests = sha256 sha512=2', 'tls.dane_digests', ['sha256', 'sha512']],
    ['smtp_tls_loglevel = 4', 'tls.loglevel', 2],
    [
      'smtp_tls_mandatory_protocols = !SSLv2, !SSLv3, !TLSv1',
      'tls.mandatory_protocols',
      '!SSLv2, !SSLv3, !TLSv1',
    ],
    ['smtp_tls_protocols = >=0303, <=0x304', 'tls.protocols', '>=TLSv1.2, <=TLSv1.3'],
    ['smtp_tls_ciphers = export', 'tls.ciphers', 'medium'],
    ['smtp_tls_mandatory_ciphers = HIGH', 'tls.mandatory_ciphers', 'high'],
    ['smtp_tls_exclude_ciphers = aNULL:RC4, MD5', 'tls.exclude_ciphers', ['aNULL', 'RC4', 'MD5']],
    [
      'smtp_tls_secure_cert_match = nexthop:.example.org',
      'tls.secure_cert_match',
      ['nexthop', '.example.org'],
    ],
    ['smtp_tls_connection_reuse = yes', 'delivery.connection_reuse', true],
    ['smtp_connection_cache_on_demand = no', 'delivery.connection_reuse', false],
    ['smtp_helo_name = other.example.org', 'delivery.helo_name', 'other.example.org'],
    ['smtp_helo_name = $myhostname', 'delivery.helo_name', undefined],
  ] as const)('%s', (main, key, wanted) => {
    expect(valueOf(`${main}\n`, key)).toEqual(wanted);
  });

  test('what nobody has set keeps our default', () => {
    expect(valuesOf(importText(''))).toEqual({});
  });

  test('a default that is made of what is set is taken over with it', () => {
    const imported = importText('smtp_sasl_security_options = noanonymous\n');
    expect(valuesOf(imported)).toEqual({
      'delivery.sasl_security_options': ['noanonymous'],
      'delivery.sasl_tls_security_options': ['noanonymous'],
      'delivery.sasl_tls_verified_security_options': ['noanonymous'],
    });
    expect(imported.draft.settings.get('delivery.sasl_tls_security_options')?.origins).toEqual([
      expect.objectContaining({ line: 1, name: 'smtp_sasl_security_options' }),
    ]);
  });

  test('the longest time between attempts is not shorter than the shortest', () => {
    expect(valuesOf(importText('minimal_backoff_time = 3h\n'))).toMatchObject({
      'queue.minimal_backoff': '3h',
      'queue.maximal_backoff': '3h',
    });
  });

  test('what Postfix would not read is told of', () => {
    expect(untakenOf(importText('smtp_connect_timeout = soon\n'))).toContain(
      'effect: smtp_connect_timeout: Postfix would not read this value',
    );
  });

  test('what is set with $name of somebody unknown is told of', () => {
    expect(untakenOf(importText('relayhost = $there\n'))).toContain(
      'protection: relayhost: $there is set nowhere, and its default is not known here',
    );
  });
});

describe('what -o says of the delivering service counts', () => {
  const master = `smtp unix - - n - - smtp -o smtp_tls_security_level=encrypt -o smtp_bind_address=192.0.2.1
relay unix - - n - - smtp -o smtp_helo_timeout=5 -o syslog_name=postfix/relay
error unix - - n - - error
`;

  test('before main.cf', () => {
    const imported = importText('smtp_tls_security_level = may\n', { master });
    expect(valuesOf(imported)['tls.level']).toBe('encrypt');
    expect(untakenOf(imported)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^effect: smtp_bind_address: the system chooses/),
        'effect: smtp_helo_timeout: the relay has one set of settings for all deliveries',
      ]),
    );
  });

  test('and of another one, if default_transport names it', () => {
    const other = `${master}out unix - - n - - smtp -o smtp_tls_security_level=dane\n`;
    const main = 'default_transport = out:[gate.example]\nrelayhost = [other.example]\n';
    const imported = importText(main, { master: other });
    expect(valuesOf(imported)).toMatchObject({ 'tls.level': 'dane', 'delivery.relayhost': '[gate.example]' });
    expect(untakenOf(imported)).toContain(
      'nothing: relayhost: default_transport has a next hop, which comes before it',
    );
  });

  test('a transport that is no SMTP is told of loudly', () => {
    expect(untakenOf(importText('default_transport = uucp\n', { master }))).toContainEqual(
      expect.stringMatching(/^protection: default_transport: .*"uucp"/),
    );
  });
});

describe('everything that is set is accounted for', () => {
  test('as taken or as not taken', () => {
    const main =
      'mydestination = example.org\nbiff = no\nfoo = 1\nbar = 2\nrelayhost = [$bar.example]\nmail_owner = p\n';
    expect(untakenOf(importText(main))).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^effect: mydestination: there is no local delivery/),
        expect.stringMatching(/^nothing: biff: /),
        'nothing: foo: no parameter of Postfix, and no other parameter names it',
        expect.stringMatching(/^nothing: mail_owner: it is about how Postfix runs/),
      ]),
    );
    expect(untakenOf(importText(main)).filter((line) => / bar:/.test(line))).toEqual([]);
  });

  test('a value that is the default loses nothing', () => {
    expect(untakenOf(importText('smtp_randomize_addresses = yes\n'))).toContainEqual(
      expect.stringMatching(/^nothing: smtp_randomize_addresses/),
    );
    expect(untakenOf(importText('smtp_randomize_addresses = no\n'))).toContainEqual(
      expect.stringMatching(/^effect: smtp_randomize_addresses/),
    );
  });

  test('so is one that a later line replaces', () => {
    expect(untakenOf(importText('relayhost = a.example\nrelayhost = b.example\n'))).toContain(
      'nothing: relayhost: a later line gives it another value, which counts',
    );
  });
});

test('$config_directory is where the files are', () => {
  const imported = importText('transport_maps = hash:$config_directory/transport\n', {
    files: { '/etc/postfix/transport': 'example.org smtp:[a.example]\n' },
  });
  expect(fileOf(imported, 'delivery.transport_maps')).toBe('example.org smtp:[a.example]\n');
});

test('a circle of parameters ends it, with its place', () => {
  expect(() => importText('a = $b\nb = $a\nrelayhost = $a\n')).toThrow(
    'main.cf:3: relayhost: $a -> $b -> $a goes in a circle',
  );
});
