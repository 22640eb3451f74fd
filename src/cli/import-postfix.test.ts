import { describe, expect, test } from 'vitest';
import type { Config } from '../config/config.ts';
import { loadSettings } from '../config/load.ts';
import { settings } from '../config/settings.ts';
import { parseFingerprint } from '../core/dane/fingerprint.ts';
import type { WrittenFile } from '../core/from-postfix/draft.ts';
import type { ImportPorts } from '../core/postfix/ports.ts';
import { parameters } from '../core/postfix-rows/parameters.ts';
import { parseAddressTable } from '../core/rewrite/address-table.ts';
import { parseTransportTable } from '../core/route/transport-table.ts';
import { parsePasswordMap } from '../core/sasl/password-map.ts';
import { parsePolicyMap } from '../core/tls-policy/policy-map.ts';
import { readSenderRights } from '../core/users/sender-rights.ts';
import { makeDice, type Dice } from '../../test/support/dice.ts';
import { importJson } from './import-json.ts';
import { importCounts, importSettings, importSummary } from './import-postfix.ts';

const files: Readonly<Record<string, string>> = {
  '/t/policy': 'a.example encrypt\n.b.example bogus\n[c.example]:587 secure match=x\nd.example fingerprint\n',
  '/t/transport':
    'a.example smtp:[x.example]\nb.example local:\n* error:5.1.1 no\n.c.example slow:[y.example]:26\n',
  '/t/passwords': '[mail.example]:587 user:s3cr3t-word\nbad s3cr3t-lone\n',
  '/t/addresses': 'root it@example.org\n@a.example @b.example\nexample.org x\n',
  '/t/senders': '@a.example x, y\nz@b.example  u\nuser@c@d x\n',
  '/t/cert.pem':
    '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n',
  '/t/nets': '192.0.2.0/24\n!192.0.2.1\n',
};
const ports: ImportPorts = {
  readFile: (path) =>
    files[path] === undefined ? { problem: 'no such file or directory' } : { text: files[path] },
  dumpTable: () => ({ problem: 'there is no postmap' }),
};

function imported(main: string, master?: string) {
  return importSettings(
    {
      main: { file: '/etc/postfix/main.cf', text: main },
      ...(master !== undefined && { master: { file: '/etc/postfix/master.cf', text: master } }),
      directory: '/etc/postfix',
    },
    ports,
    (name) => `/out/${name}`,
  );
}

const load = (text: string) => loadSettings({ file: { name: 'relay.toml', text }, env: {}, sets: [] }).config;

const submission = `smtp inet n - y - - smtpd
submission inet n - y - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
smtps inet n - y - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
127.0.0.1:10025 inet n - y - - smtpd
smtp unix - - y - - smtp
`;

describe('importSettings()', () => {
  test('says above each setting what it comes from', () => {
    const { text } = imported('# x\nmyhostname = mail.example.org\nmaximal_queue_lifetime = 2\n');
    expect(text).toContain(
      '\n# /etc/postfix/main.cf:2: myhostname = mail.example.org\nhostname = "mail.example.org"\n',
    );
    expect(text).toContain(
      '\n[queue]\n\n# /etc/postfix/main.cf:3: maximal_queue_lifetime = 2\nlifetime = "2d"\n',
    );
  });

  test('makes listeners of services', () => {
    const main =
      'smtpd_tls_chain_files = /t/cert.pem\nsmtpd_tls_security_level = may\ninet_interfaces = 192.0.2.1\n';
    const { listeners, intake } = load(imported(main, submission).text);
    expect(listeners.map(({ address, tls, tlsRequired, auth }) => [address, tls, tlsRequired, auth])).toEqual(
      [
        [{ kind: 'tcp', host: '192.0.2.1', port: 25 }, 'starttls', false, 'none'],
        [{ kind: 'tcp', host: '192.0.2.1', port: 587 }, 'starttls', true, 'require'],
        [{ kind: 'tcp', host: '192.0.2.1', port: 465 }, 'implicit', false, 'offer'],
        [{ kind: 'tcp', host: '127.0.0.1', port: 10_025 }, 'starttls', false, 'none'],
      ],
    );
    expect(intake.users).toBe('/out/users');
  });

  test('makes no listener that would be less than the service', () => {
    const { text, draft } = imported('smtpd_tls_security_level = may\n', submission);
    const { listeners } = load(text);
    expect(listeners.map(({ address }) => address)).toEqual([
      { kind: 'tcp', host: '::', port: 25 },
      { kind: 'tcp', host: '127.0.0.1', port: 10_025 },
    ]);
    expect(draft.untaken.filter(({ loss }) => loss === 'protection').map(({ why }) => why)).toEqual([
      'no TLS for smtp/inet: there is no certificate',
      'no listener for submission/inet: there is no certificate',
      'no listener for smtps/inet: there is no certificate',
      'no TLS for 127.0.0.1:10025/inet: there is no certificate',
    ]);
  });

  test('makes no listener where nobody may relay', () => {
    const master = 'smtp inet n - y - - smtpd -o smtpd_relay_restrictions=reject_unauth_destination\n';
    expect(load(imported('', master).text).listeners.map(({ path }) => path)).toEqual(['listen']);
    expect(load(imported('', master).text).listeners[0]?.address).toMatchObject({ port: 2525 });
  });

  test('leaves out what the relay would refuse, and says so', () => {
    const { text, draft } = imported(
      'maximal_queue_lifetime = 400d\nmaximal_backoff_time = 1s\nqueue_minfree = 1\n',
    );
    expect(load(text).queue.lifetimeMs).toBe(5 * 86_400_000);
    expect(draft.untaken.map(({ origin, why }) => `${origin?.name}: ${why}`)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^maximal_queue_lifetime: queue\.lifetime: found "400d", wanted a duration from/,
        ),
      ]),
    );
  });

  test('shows no password, not even one that is a mistake', () => {
    const secrets = [
      'smtp_sasl_auth_enable = yes\nrelayhost = [mail.example]:587\nsmtp_sasl_password_maps = hash:/t/passwords\n',
      'smtp_sasl_auth_enable = yes\nrelayhost = [mail.example]:587\nsmtp_sasl_password_maps = static:user:s3cr3t-word\n',
      'smtp_sasl_auth_enable = yes\nsmtp_sasl_password_maps = inline:{ {[mail.example]:587 = user:s3cr3t-word} }, s3cr3t:/x\n',
    ];
    for (const main of secrets) {
      const result = imported(main);
      const shown = [
        result.text,
        ...importSummary(result),
        importCounts(result),
        importJson(result, 'x'),
      ].join('\n');
      expect(shown).not.toContain('s3cr3t-');
      const [file] = result.draft.files;
      expect(file).toMatchObject({ secret: true, text: '[mail.example]:587 user:s3cr3t-word\n' });
    }
    expect(() =>
      imported('smtp_sasl_auth_enable = yes\nsmtp_sasl_password_maps = static:u:s3cr3t-${x\n'),
    ).toThrow(/^\/etc\/postfix\/main\.cf:2: smtp_sasl_password_maps: it cannot be expanded$/);
  });

  test('without a place for them, tables are named and not used', () => {
    const { text } = importSettings(
      { main: { file: 'main.cf', text: 'transport_maps = hash:/t/transport\n' }, directory: '/etc/postfix' },
      ports,
      () => undefined,
    );
    expect(text).toContain('#transport_maps = "transport"\n');
    expect(load(text).delivery.transportMaps).toBe('');
  });
});

test('importJson() has everything, with its places', () => {
  const view: unknown = JSON.parse(importJson(imported('relayhost = [a.example]\nbiff = no\n'), 'main.cf'));
  expect(view).toMatchObject({
    schema: 1,
    source: 'main.cf',
    settings: [
      {
        key: 'delivery.relayhost',
        value: '[a.example]',
        from: [{ file: '/etc/postfix/main.cf', line: 1, parameter: 'relayhost', value: '[a.example]' }],
      },
    ],
    listeners: [],
    tables: [],
    notTaken: expect.arrayContaining([
      expect.objectContaining({ parameter: 'biff', line: 2, loss: 'nothing' }),
    ]) as unknown,
  });
});

/** Values that parameters have, sound and not. */
const values = [
  '',
  'yes',
  'no',
  '0',
  '1',
  '5',
  '100',
  '99999999999',
  '-1',
  '4h',
  '1w',
  '300s',
  '1000d',
  'may',
  'encrypt',
  'none',
  'dane',
  'secure',
  'fingerprint',
  'verify',
  'high',
  'null',
  '>=TLSv1.2',
  '!TLSv1, !TLSv1.1',
  'SSLv3',
  'sha256',
  'md5',
  'hash:/t/policy',
  'texthash:/t/transport',
  'hash:/t/passwords',
  'hash:/t/addresses',
  'hash:/t/senders',
  'cidr:/t/nets',
  'static:encrypt',
  'static:a:b',
  'inline:{a=b, {c = d e}}',
  'mysql:/x',
  'regexp:/x',
  '[mail.example]:587',
  'example.org',
  'a.example, [b.example]:26',
  '192.0.2.0/24 [::1]',
  '!10.0.0.1 10.0.0.0/8',
  '0.0.0.0/0',
  '/t/nets',
  '/t/cert.pem',
  '/none',
  '$myhostname',
  '${stress?{1}:{2}}',
  '$unknown',
  '$$x',
  'permit_mynetworks, reject',
  'permit_sasl_authenticated, reject_unauth_destination',
  'permit',
  'reject_sender_login_mismatch',
  'ipv4',
  'all',
  'loopback-only',
  'localhost',
  'aNULL:MD5',
  'hostname nexthop',
  '.example.org',
  'AB:CD',
  'ab'.repeat(32),
  'ns:.',
  'bounce, 2bounce',
  'postmaster',
  'a@b.example',
  '\u00e4\u2028"\\',
];

/** What check-config would find wrong with a table. */
function problemsOf(
  { key, text }: WrittenFile,
  { fingerprintDigest, fingerprintCertMatch }: Config['tls'],
): readonly string[] {
  const values = fingerprintCertMatch.flatMap((word) => parseFingerprint(word, fingerprintDigest) ?? []);
  const context = { fingerprints: { digest: fingerprintDigest, values }, readFile: ports.readFile };
  switch (key) {
    case 'tls.policy_maps':
      return parsePolicyMap(text, key, context).problems;
    case 'delivery.transport_maps':
      return parseTransportTable(text, key).problems;
    case 'delivery.sasl_password_maps':
      return parsePasswordMap(text, key).problems;
    case 'intake.sender_login_maps':
      return readSenderRights(text, key).problems;
    case 'intake.users':
      return [];
    default:
      return parseAddressTable(text, key, { single: key === 'intake.sender_canonical_maps' }).problems;
  }
}

function randomMain(dice: Dice): string {
  const names = [...parameters.keys()];
  return Array.from(
    { length: 1 + dice.below(25) },
    () => `${dice.pick(names)} = ${dice.pick(values)}\n`,
  ).join('');
}

test('whatever a main.cf says, the relay starts with what is made of it, or it is refused with its place', () => {
  const dice = makeDice(81);
  let made = 0;
  for (let round = 0; round < 150; round += 1) {
    const main = randomMain(dice);
    const master = dice.below(2) === 0 ? submission : undefined;
    try {
      const { text, draft } = imported(main, master);
      const config = load(text);
      for (const file of draft.files) expect(problemsOf(file, config.tls), main).toEqual([]);
      made += 1;
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'PostfixFileError')
        throw new Error(main, { cause: error });
      expect(error.message).toMatch(/^\/etc\/postfix\/main\.cf:\d+: /);
    }
  }
  expect(made).toBeGreaterThan(100);
});

test('a parameter of another name than its setting is one that the setting names', () => {
  const wrong = [...parameters.values()].flatMap(({ name, here }) => {
    if (here.kind !== 'setting') return [];
    const row = settings[here.key as keyof typeof settings];
    return 'postfix' in row && row.postfix === name ? [] : [name];
  });
  // Ours has the name of the older of two.
  expect(wrong).toEqual(['smtp_initial_destination_concurrency']);
});
