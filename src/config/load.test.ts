import { describe, expect, test } from 'vitest';
import { configOf, problemsOf } from '../../test/support/config-kit.ts';
import { ConfigError } from './config-error.ts';
import { loadConfig, loadSettings } from './load.ts';

describe('loadConfig(): values', () => {
  test('loadConfig(): without sources the defaults are in force', () => {
    const config = loadConfig({ env: {}, sets: [] });
    expect(config.listen).toEqual([{ host: '127.0.0.1', port: 2525 }]);
    expect(config.intake.messageSizeLimitBytes).toBe(64 * 1024 * 1024);
    expect(config.queue.lifetimeMs).toBe(5 * 86_400_000);
    expect(config.dns).toMatchObject({
      servers: [],
      dnssecProbe: { type: 'NS', name: '.' },
      timeoutMs: 3000,
    });
    expect(config.tls).toMatchObject({
      level: 'dane',
      daneInsecureMxPolicy: 'dane',
      protocols: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
      secureCertMatch: ['nexthop', 'dot-nexthop'],
    });
  });

  test('loadConfig(): every form of value from a file', () => {
    const config = configOf(`
      hostname = "mail.example.org"
      networks = ["192.0.2.0/24"]
      [redis]
      allow_unsafe = true
      [delivery]
      port = 2526
      connect_timeout = "500ms"
      [queue]
      bounce_size_limit = "64KiB"
      [dns]
      dnssec_probe = ""
    `);
    expect(config.hostname).toBe('mail.example.org');
    expect(config.networks).toEqual([{ address: '192.0.2.0', prefix: 24, family: 'ipv4' }]);
    expect(config.redis.allowUnsafe).toBe(true);
    expect(config.delivery).toMatchObject({ port: 2526, connectTimeoutMs: 500 });
    expect(config.queue.bounceSizeLimitBytes).toBe(65_536);
    expect(config.dns.dnssecProbe).toBeUndefined();
  });

  test('loadConfig(): every form of value from texts', () => {
    const env = {
      DANE_RELAY_REDIS_ALLOW_UNSAFE: 'true',
      DANE_RELAY_DELIVERY_CONNECT_TIMEOUT: '1m',
      HOME: '/root',
    };
    const sets = ['listen=127.0.0.1:25, [::1]:25', 'delivery.port=26', 'dns.servers='];
    const config = loadConfig({ env, sets });
    expect(config.redis.allowUnsafe).toBe(true);
    expect(config.delivery).toMatchObject({ port: 26, connectTimeoutMs: 60_000 });
    expect(config.listen).toEqual([
      { host: '127.0.0.1', port: 25 },
      { host: '::1', port: 25 },
    ]);
    expect(config.dns.servers).toEqual([]);
  });

  test('loadConfig(): a value may hold "=" and its key blanks around it', () => {
    expect(loadConfig({ env: {}, sets: ['redis.url = redis://h?db=1'] }).redis.url).toBe('redis://h?db=1');
  });

  test.each([
    ['the default', {}, [], '', 3],
    ['the file over the default', {}, [], '[dns]\nattempts = 4', 4],
    ['the environment over the file', { DANE_RELAY_DNS_ATTEMPTS: '5' }, [], '[dns]\nattempts = 4', 5],
    [
      '--set over the environment',
      { DANE_RELAY_DNS_ATTEMPTS: '5' },
      ['dns.attempts=6'],
      '[dns]\nattempts = 4',
      6,
    ],
    ['the last --set', {}, ['dns.attempts=6', 'dns.attempts=7'], '', 7],
  ])('loadConfig(): %s wins', (_, env, sets, text, attempts) => {
    expect(configOf(text, { env, sets }).dns.attempts).toBe(attempts);
  });

  test.each(['redis.url = "redis://h"', '[redis]\nurl = "redis://h"', 'redis = { url = "redis://h" }'])(
    'loadConfig(): %j is one of the ways to write a key',
    (text) => {
      expect(configOf(text).redis.url).toBe('redis://h');
    },
  );
});

describe('loadConfig(): problems', () => {
  test.each([
    [
      'a duration without unit',
      '\n[delivery]\nconnect_timeout = 30',
      'relay.toml:3: delivery.connect_timeout: found the bare number 30, wanted a duration from 1ms to 1d with its unit (ms, s, m, h or d), such as "30s" or "5m"',
    ],
    [
      'a size without unit',
      'queue.bounce_size_limit = "50000"',
      'relay.toml:1: queue.bounce_size_limit: found "50000" (no unit), wanted a size from 1B to 100MiB with its unit (B, KB, MB, GB, KiB, MiB or GiB), such as "25MiB"',
    ],
    [
      'a duration out of bounds',
      'dns.timeout = "1h"',
      'relay.toml:1: dns.timeout: found "1h", wanted a duration from 1ms to 5m with its unit (ms, s, m, h or d), such as "30s" or "5m"',
    ],
    [
      'a number as a text',
      'delivery.port = "25"',
      'relay.toml:1: delivery.port: found the text "25", wanted a whole number from 1 to 65535',
    ],
    [
      'a number with a fraction',
      'delivery.port = 25.5',
      'relay.toml:1: delivery.port: found the bare number 25.5, wanted a whole number from 1 to 65535',
    ],
    [
      'a number out of bounds',
      'delivery.port = 65536',
      'relay.toml:1: delivery.port: found 65536, wanted a whole number from 1 to 65535',
    ],
    [
      'a flag in the words of Postfix',
      'redis.allow_unsafe = "yes"',
      'relay.toml:1: redis.allow_unsafe: found the text "yes", wanted true or false',
    ],
    [
      'an unknown choice',
      'tls.level = "safe"',
      'relay.toml:1: tls.level: found "safe", wanted one of none, may, encrypt, fingerprint, dane, dane-only, verify, secure',
    ],
    [
      'a lone text for a list',
      'dns.servers = "127.0.0.1"',
      'relay.toml:1: dns.servers: found the text "127.0.0.1", wanted a list of IP addresses, a port where it is not 53, such as "127.0.0.1", "127.0.0.1:5353" or "[::1]:5353"',
    ],
    [
      'the bad item of a list, at its own line',
      'networks = [\n  "127.0.0.0/8",\n  "10.1.2.3/8",\n]',
      'relay.toml:3: networks: found "10.1.2.3/8" (not the start of a block; perhaps 10.0.0.0/8), wanted a list of blocks of addresses such as "192.0.2.0/24" or "2001:db8::/32"',
    ],
    [
      'a table for a value',
      '[hostname]\nname = "x"',
      'relay.toml:1: hostname: found a table, wanted a host name such as "mail.example.org", or ""',
    ],
    [
      'a value for a section',
      'redis = "redis://h"',
      'relay.toml:1: redis: found a value, wanted a section: [redis], its settings below it',
    ],
    [
      'a Postfix table',
      'tls.policy_maps = "hash:/etc/postfix/tls_policy"',
      'relay.toml:1: tls.policy_maps: found "hash:/etc/postfix/tls_policy" (Postfix table types are not understood here; name the text file alone), wanted the path of a file or directory, "credential:NAME", or ""',
    ],
    [
      'a slip in a key',
      '[tls]\nlevl = "may"',
      'relay.toml:2: tls.levl: found an unknown setting, wanted a known one; did you mean tls.level?',
    ],
    [
      'a key of Postfix',
      'smtp_tls_security_level = "dane"',
      'relay.toml:1: smtp_tls_security_level: found an unknown setting, wanted a known one; did you mean tls.level?',
    ],
    [
      'a key like nothing we know',
      'colour = "red"',
      'relay.toml:1: colour: found an unknown setting, wanted a known one; config/relay.example.toml has them all',
    ],
    [
      'an unknown section',
      '\n[colour]',
      'relay.toml:2: colour: found an unknown setting, wanted a known one; config/relay.example.toml has them all',
    ],
    [
      'a dangerous key',
      '__proto__.x = 1',
      'relay.toml:1: __proto__.x: found an unknown setting, wanted a known one; config/relay.example.toml has them all',
    ],
    ['a file that is not TOML', 'a = 1\nb =', 'relay.toml:2:4: found invalid value, wanted valid TOML'],
  ])('loadConfig(): %s', (_, text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  test('loadConfig(): names variables and options', () => {
    const env = { DANE_RELAY_DNS_ATTEMPTS: 'many', DANE_RELAY_REDS_URL: '' };
    expect(problemsOf('', { env, sets: ['tls.level=', 'redis.ulr=x', 'redis'] })).toEqual([
      'environment, DANE_RELAY_DNS_ATTEMPTS: dns.attempts: found "many", wanted a whole number from 1 to 20',
      'environment: DANE_RELAY_REDS_URL: found an unknown setting, wanted a known one; did you mean DANE_RELAY_REDIS_URL?',
      '--set: tls.level: found "", wanted one of none, may, encrypt, fingerprint, dane, dane-only, verify, secure',
      '--set: redis.ulr: found an unknown setting, wanted a known one; did you mean redis.url?',
      '--set: redis: found no "=", wanted key=value',
    ]);
  });

  test('loadConfig(): tells all problems at once, those of overridden values and of broken files too', () => {
    expect(problemsOf('delivery.port = 0\ndns.attempts = 0', { sets: ['delivery.port=25'] })).toHaveLength(2);
    expect(problemsOf('[', { sets: ['colour=red'] })).toHaveLength(2);
  });

  test('loadConfig(): shows no password', () => {
    const secrets = [
      'redis.url = "http://user:secret@h"',
      'redis.url = "user:secret@h"',
      'redis.url = ["redis://:secret@h"]',
      'redis.url = "redis://:secret@h',
      'redis = "redis://:secret@h"',
    ];
    for (const text of secrets) {
      expect(problemsOf(text).join(), text).toMatch(/relay\.toml:1/);
      expect(problemsOf(text).join(), text).not.toContain('secret');
    }
  });

  test('loadConfig(): throws a ConfigError with the parts of each problem', () => {
    let caught: unknown;
    try {
      configOf('delivery.port = 0');
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(ConfigError);
    expect(caught).toMatchObject({
      name: 'ConfigError',
      code: 'CONFIG_INVALID',
      exitCode: 78,
      problems: [
        { where: 'relay.toml:1', key: 'delivery.port', wanted: 'a whole number from 1 to 65535', found: '0' },
      ],
    });
  });
});

describe('loadSettings()', () => {
  const { inForce } = loadSettings({
    file: { name: 'relay.toml', text: '[queue]\nlifetime = "2d"\nminimal_backoff = "5m"' },
    env: { DANE_RELAY_REDIS_URL: 'redis://:secret@h' },
    sets: ['networks=10.0.0.0/8,::1/128'],
  });

  test.each([
    ['queue.lifetime', { shown: '"2d"', where: 'relay.toml:2', isDefault: false }],
    ['redis.url', { shown: '"redis://***@h"', where: 'environment, DANE_RELAY_REDIS_URL', isDefault: false }],
    ['networks', { shown: '["10.0.0.0/8", "::1/128"]', where: '--set', isDefault: false }],
    ['queue.minimal_backoff', { shown: '"5m"', where: 'relay.toml:3', isDefault: true }],
    ['delivery.port', { shown: '25', where: 'default', isDefault: true }],
    ['dns.trust_ad', { shown: 'false', where: 'default', isDefault: true }],
  ] as const)('loadSettings(): tells of %s', (key, expected) => {
    expect(inForce.get(key)).toMatchObject(expected);
  });
});
