import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CheckReport, ShownAddress } from '../../../src/core/check/report.ts';
import { inOrder } from '../../../src/core/in-order.ts';
import { postfixObstacle } from '../../lab/privileges.ts';
import { readCheckReport } from '../../support/check-schema.ts';
import { readPluginOutput } from '../../support/plugin-output.ts';
import { runCommand } from '../../support/run-command.ts';
import { labSettings, startRelay } from '../../support/running-relay.ts';
import { sample } from '../../support/sample.ts';
import { unless } from '../../support/unless.ts';
import { startCheckLab, type CheckLab } from './check-lab.ts';
import { asInDocs } from './example.ts';
import { opensslVerifies, startFinger } from './oracles.ts';

/** Where this relay differs from Postfix and OpenSSL on purpose (docs/dane.md). */
const knownDifferences: readonly string[] = [
  // A name of other octets than those of hosts, which Postfix refuses; and a star as the first label of one.
  'tlsa-octets.signed.test',
  'alias-star-good.signed.test',
  'alias-star-bad.signed.test',
  // Without MX records, a certificate under usage 2 may show the domain that was asked for as well.
  'alias.implicit-original.signed.test',
  // anyExtendedKeyUsage counts as the purpose of a server.
  'path-any-purpose.signed.test',
  // OpenSSL takes a star for a part of a label; Postfix tells it not to.
  'name-wildcard-partial.signed.test',
];

let world: CheckLab;
/** Of every destination of the lab. */
let reports: ReadonlyMap<string, CheckReport>;
let wholeCode: number | null;

beforeAll(async () => {
  world = await startCheckLab();
  const { code, lines } = await world.check(['--json', '--file', '-'], world.domains.join('\n'));
  wholeCode = code;
  reports = new Map(lines.map(readCheckReport).map((report) => [report.destination, report]));
});
afterAll(() => world?.[Symbol.asyncDispose]());

function reportOf(domain: string): CheckReport {
  const report = reports.get(domain);
  if (report === undefined) throw new Error(`no report of ${domain}`);
  return report;
}

/** What the tables of the lab say of their domains, in words of `check`: verdict, and what becomes of mail. */
const expected: readonly (readonly [domain: string, verdict: CheckReport['verdict'], mail: string])[] = [
  ['good.test', 'protected', 'delivered'],
  ['implicit.test', 'protected', 'delivered'],
  ['alias.test', 'protected', 'delivered'],
  ['ta.test', 'unprotected', 'delivered'],
  ['ta-wrong.test', 'fails', 'deferred'],
  ['wrong-cert.test', 'fails', 'deferred'],
  ['wrong-key.test', 'fails', 'deferred'],
  ['stripped.test', 'fails', 'deferred'],
  ['tlsa-fails.test', 'unknown', 'deferred'],
  ['bogus.test', 'unknown', 'deferred'],
  ['dead.test', 'unknown', 'deferred'],
  ['no-tlsa.test', 'unprotected', 'delivered'],
  ['unsigned.test', 'unprotected', 'delivered'],
  ['half.test', 'unprotected', 'delivered'],
  ['anonymous.test', 'unprotected', 'delivered'],
  ['null-mx.test', 'unknown', 'bounced'],
  ['nxdomain.test', 'unknown', 'bounced'],
  ['rejects.test', 'protected', 'delivered'],
  ['greylist.test', 'protected', 'delivered'],
  ['failover.test', 'unprotected', 'delivered'],
  // Aliases, and names that a certificate under usage 2 may show.
  ['alias-both-wrong.signed.test', 'fails', 'deferred'],
  ['alias-target-fails.signed.test', 'unknown', 'deferred'],
  ['alias.nexthop-other.signed.test', 'fails', 'deferred'],
  ['name-other.signed.test', 'fails', 'deferred'],
  ['ta-expired-leaf.signed.test', 'fails', 'deferred'],
  // Records.
  ['usage-1.signed.test', 'unprotected', 'delivered'],
  ['full-garbage.signed.test', 'unprotected', 'delivered'],
  ['agility.signed.test', 'fails', 'deferred'],
  ['agility-short.signed.test', 'protected', 'delivered'],
  // Several hosts: every one counts.
  ['bad-good.signed.test', 'fails', 'delivered'],
  ['down-good.signed.test', 'unknown', 'delivered'],
  ['fails-good.signed.test', 'unknown', 'delivered'],
  ['none-good.signed.test', 'unprotected', 'delivered'],
  ['busy-busy-good.signed.test', 'protected', 'delivered'],
  // Five addresses are as many as a delivery tries.
  ['down-five-good.signed.test', 'unknown', 'deferred'],
  ['bogus-family.signed.test', 'unknown', 'delivered'],
  ['dead-good.signed.test', 'unknown', 'delivered'],
  // Behind unsigned MX records.
  ['half-bad.insecure.test', 'fails', 'deferred'],
  ['half-good.insecure.test', 'unprotected', 'delivered'],
  // TLS.
  ['starttls-454-tlsa.signed.test', 'fails', 'deferred'],
  ['handshake-drop-tlsa.signed.test', 'fails', 'deferred'],
  ['greeting-554-tlsa.signed.test', 'unknown', 'deferred'],
  ['helo-only.signed.test', 'unprotected', 'delivered'],
];

describe('check of every destination of the lab', () => {
  test('has a report of each, in the order of the file, and the exit code of the worst', () => {
    expect([...reports.keys()]).toEqual(world.domains);
    expect(new Set([...reports.values()].map(({ exitCode }) => exitCode))).toEqual(new Set([0, 1, 2, 3]));
    expect(wholeCode).toBe(1);
  });

  test.each(expected)('%s: %s, and mail is %s', (domain, verdict, mail) => {
    const report = reportOf(domain);
    expect([report.verdict, report.delivery[0]?.outcome]).toEqual([verdict, mail]);
    expect(report.exitCode).toBe({ protected: 0, fails: 1, unknown: 2, unprotected: 3 }[verdict]);
  });

  test('a report says the same in each of its parts', () => {
    for (const report of reports.values()) {
      const addresses = report.hosts.flatMap((host) => host.addresses);
      if (report.verdict === 'protected') {
        expect(addresses.length, report.destination).toBeGreaterThan(0);
        for (const { session, tlsa, verdict } of addresses) {
          expect([verdict, session?.tls?.word, tlsa.kind], report.destination).toEqual([
            'protected',
            'Verified',
            'records',
          ]);
        }
      }
      for (const { verdict, session } of addresses)
        if (verdict !== 'protected') expect(session?.tls?.word, report.destination).not.toBe('Verified');
      for (const { verdict, diagnosis } of addresses)
        expect(diagnosis === undefined, report.destination).toBe(verdict === 'protected');
    }
  });

  test('no host heard of any mail', () => {
    const commands = world.hosts
      .flatMap((name) => world.lab.host(name).sessions)
      .flatMap(({ plaintextCommands, tlsCommands }) => [...plaintextCommands, ...tlsCommands]);
    expect(commands.length).toBeGreaterThan(500);
    expect(new Set(commands.map((command) => command.split(' ')[0]))).toEqual(
      new Set(['EHLO', 'HELO', 'STARTTLS', 'QUIT']),
    );
  });

  test('every MX record, and each answer with its security', () => {
    const { lookups, hosts } = reportOf('ta.test');
    expect(hosts.map(({ name, preference }) => [name, preference])).toEqual([
      ['mx.ta.test', 10],
      ['backup.unsigned.test', 20],
    ]);
    const lines = lookups.flatMap((one) => one.lines);
    expect(lines).toContain('ta.test. IN MX 10 mx.ta.test. ; AD=1 NoError');
    expect(lines).toContain('_mail._tlsa.ta.test. IN CNAME _ca._tlsa.ta.test. ; AD=1 NoError');
    expect(lines).toContain('backup.unsigned.test. IN AAAA ? ; AD=0 NODATA');
    expect(reportOf('tlsa-fails.test').lookups.map(({ status }) => status)).toContain('ServFail');
  });

  test('records: unusable ones with the reason, suppressed ones, and the depth at which one matches', () => {
    const records = (domain: string) => {
      const tlsa = reportOf(domain).hosts[0]?.addresses[0]?.tlsa;
      return tlsa?.kind === 'records' ? tlsa.records : [];
    };
    expect(records('full-garbage.signed.test')[0]).toMatchObject({
      usable: false,
      reason: 'association data is not one certificate',
      matches: [],
    });
    expect(records('agility.signed.test').some(({ suppressed }) => suppressed)).toBe(true);
    expect(records('ta.test').map(({ matches }) => matches)).toContainEqual([1]);
    expect(records('good.test').map(({ matches }) => matches)).toEqual([[0]]);
  });

  test('the whole chain, also where only the certificate of the server counts or none does', () => {
    for (const domain of ['good.test', 'no-tlsa.test'])
      expect(reportOf(domain).hosts[0]?.addresses[0]?.session?.chain.map(({ subject }) => subject)).toEqual([
        '/CN=lab mail host',
        '/CN=Lab Issuing CA',
        '/CN=Lab Root CA',
      ]);
  });

  test('an address in place of a host, a null MX, and ourselves', async () => {
    const [host] = reportOf('numeric-mx.signed.test').hosts;
    expect(host?.addresses[0]).toMatchObject({ verdict: 'unprotected', tlsa: { reason: 'numeric host' } });
    expect(reportOf('null-mx.test').trouble).toMatchObject({ outcome: 'bounced', dsn: '5.1.10' });
    expect(reportOf('null-mx.test').diagnosis).toMatchObject({ kind: 'null MX' });
    expect(reportOf('nxdomain.test').diagnosis).toMatchObject({ kind: 'no such host' });
    const loop = await world.report(['good.test'], { hostname: 'mx.good.test' });
    expect(loop).toMatchObject({
      verdict: 'unknown',
      trouble: { outcome: 'bounced', dsn: '5.4.6', reason: 'mail for good.test loops back to myself' },
      hosts: [],
    });
  });

  test('the record to publish is the one that would match', () => {
    const [host] = reportOf('wrong-key.test').hosts;
    const address = host?.addresses[0];
    const key = address?.session?.chain[0]?.keySha256;
    expect(address?.diagnosis).toMatchObject({
      kind: 'TLSA mismatch',
      publish: [`_${world.lab.port}._tcp.mx.wrong-key.test. IN TLSA 3 1 1 ${key}`],
    });
  });
});

describe('levels', () => {
  test.each([
    ['no-tlsa.test', 'dane-only', 'deferred', '4.7.5', 'no TLSA records found'],
    ['half.test', 'dane-only', 'deferred', '4.7.5', 'non DNSSEC destination'],
    ['wrong-key.test', 'encrypt', 'delivered', '2.0.0', 'would be delivered'],
    ['wrong-key.test', 'none', 'delivered', '2.0.0', 'would be delivered'],
    ['good.test', 'secure', 'deferred', '4.7.5', 'Server certificate not verified'],
    ['null-mx.test', 'may', 'bounced', '5.1.10', 'Domain null-mx.test does not accept mail (nullMX)'],
  ])('%s at --level %s: %s %s %s', async (domain, level, outcome, dsn, reason) => {
    const { delivery, verdict } = await world.report([domain, '--level', level]);
    expect(verdict).toBe(reportOf(domain).verdict);
    expect(delivery).toHaveLength(2);
    expect(delivery[1]).toMatchObject({ level, origin: '--level', outcome, dsn, reason });
  });

  test('the policy of the destination, and where it is from', async () => {
    const { delivery } = await world.report(['good.test'], { 'tls.level': 'none' });
    expect(delivery).toMatchObject([{ level: 'none', origin: 'tls.level', outcome: 'delivered' }]);
    expect(delivery[0]?.word).toBeUndefined();
  });

  test('a login raises the level and is told to nobody', async () => {
    const maps = join(world.lab.directory, 'passwords');
    const clear = 'starttls-absent.signed.test';
    await writeFile(maps, `good.test user:secret\n${clear} user:secret\n`, { mode: 0o600 });
    const set = { 'delivery.sasl_auth_enable': 'true', 'delivery.sasl_password_maps': maps };
    const report = await world.report(['good.test'], set);
    expect(report.verdict).toBe('protected');
    expect(report.notes).toContain('the settings have a login for this destination; it was not tried');
    // Where nobody is known by a password, such mail goes in clear.
    expect(reportOf(clear).delivery[0]?.outcome).toBe('delivered');
    expect((await world.report([clear], set)).delivery[0]).toMatchObject({
      outcome: 'deferred',
      dsn: '4.7.4',
    });
  });

  test('addresses beyond those that a delivery tries are asked as well', () => {
    const hosts = reportOf('down-five-good.signed.test').hosts;
    expect(hosts.map(({ addresses }) => addresses[0]?.verdict)).toEqual([
      ...Array.from({ length: 5 }, () => 'unknown'),
      'protected',
    ]);
  });

  test('TLS that fails without TLSA records: in clear, later', () => {
    expect(reportOf('starttls-drop.signed.test').delivery[0]).toMatchObject({
      outcome: 'deferred',
      inClearAfter: 300,
    });
    expect(reportOf('starttls-drop-tlsa.signed.test').delivery[0]?.inClearAfter).toBeUndefined();
  });

  test('as of another day', async () => {
    const ahead = await world.report(['ta-issuer.signed.test', '--at', '+40d']);
    expect(ahead).toMatchObject({ verdict: 'fails', judgedAt: expect.any(String) });
    expect(ahead.hosts[0]?.addresses[0]?.reason).toBe('certificate refused: expired');
    // RFC 7671 §5.1
    expect((await world.report(['good.test', '--at', '+40d'])).verdict).toBe('protected');
  });
});

describe('a running relay', () => {
  test('tells of its exceptions, and is not disturbed', async () => {
    await using relay = await startRelay({ set: labSettings(world.lab) });
    const set = { data_dir: relay.dataDir };
    const until = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const words = ['except', 'no-tlsa.test', '--level', 'dane-only', '--until', until, '--reason', 'a test'];
    expect((await runCommand(words, set)).code).toBe(0);
    await expect
      .poll(async () => (await world.report(['no-tlsa.test'], set)).delivery)
      .toMatchObject([
        { level: 'dane-only', origin: expect.stringContaining('a test'), outcome: 'deferred' },
      ]);
    expect(relay.matching(/no-tlsa\.test.*(?:status=|TLS connection)/)).toEqual([]);
  });
});

describe('the resolver', () => {
  test('one that does not validate: nothing is connected to, and nothing is known', async () => {
    const careless = await world.lab.startResolver({ validating: false });
    const { sessions } = world.lab.host('mx.good.test');
    const before = sessions.length;
    const report = await world.report(['good.test', '--resolver', careless.server]);
    expect(report).toMatchObject({
      verdict: 'unknown',
      hosts: [],
      delivery: [],
      resolver: { validates: false },
    });
    expect(report.lookups.flatMap(({ lines }) => lines)).toEqual([
      'good.test. IN MX 10 mx.good.test. ; AD=0 NoError',
    ]);
    const { code, stdout } = await world.check(['--nagios', 'good.test', '--resolver', careless.server]);
    expect(readPluginOutput(stdout, code)).toMatchObject({
      status: 'UNKNOWN',
      text: `resolver ${careless.server} does not validate DNSSEC`,
    });
    const { lines } = await world.check(['good.test', '--resolver', careless.server]);
    expect(lines.at(-1)).toContain('good.test: not known.');
    expect(lines).toContain('  what to do: dane-relay doctor');
    expect(sessions).toHaveLength(before);
  });

  test('without one in the settings, a private Unbound is started for the check', async () => {
    const report = await world.report(['good.test'], {
      'dns.servers': '',
      'dns.forwarders': world.lab.dnsServer,
      'dns.trust_anchor': world.lab.trustAnchor,
    });
    expect(report).toMatchObject({ verdict: 'protected', resolver: { name: 'a private Unbound' } });
  });
});

describe('forms of output', () => {
  test('text: the words that the docs explain, the summary last', async () => {
    const { code, lines } = await world.check(['wrong-key.test']);
    const { port } = world.lab;
    const { address } = world.lab.host('mx.wrong-key.test');
    const peer = `mx.wrong-key.test[${address}]:${port}`;
    expect(code).toBe(1);
    expect(lines[0]).toBe(`resolver ${world.lab.dnsServer} validates (". NS" AD=1)`);
    expect(lines).toContain(`  ${peer}: FAIL: no TLSA record matches what the server shows`);
    expect(lines).toContain('    greeting: 220 mx.wrong-key.test ESMTP lab');
    expect(lines).toContain('    STARTTLS: accepted');
    expect(lines).toContain(
      `    server certificate verification failed for ${peer}: num=65:no matching DANE TLSA records`,
    );
    expect(
      lines.some((line) => line.startsWith(`    Untrusted TLS connection established to ${peer}: TLSv1.3`)),
    ).toBe(true);
    expect(lines.some((line) => /^ {6}pkey sha256 [0-9a-f]{64} \[nomatch\]$/.test(line))).toBe(true);
    expect(lines.at(-1)).toBe(
      'wrong-key.test: DANE fails. Mail at level dane would wait: 4.7.5 Server certificate not verified. 1 of 1 addresses fail.',
    );
  });

  test.each([
    ['good.test', [], 'OK', 0],
    ['good.test', ['--days', '100,90'], 'CRITICAL', 0],
    ['ta-issuer.signed.test', ['--at', '+20d'], 'WARNING', 0],
    ['ta-issuer.signed.test', ['--at', '+28d'], 'CRITICAL', 0],
    ['wrong-key.test', [], 'CRITICAL', 1],
    ['no-tlsa.test', [], 'WARNING', 0],
    ['bogus.test', [], 'UNKNOWN', 0],
  ] as const)('--nagios %s %j: %s', async (domain, words, status, failing) => {
    const { code, stdout } = await world.check(['--nagios', domain, ...words]);
    const output = readPluginOutput(stdout, code);
    expect([output.service, output.status]).toEqual(['DANE', status]);
    const addresses = reportOf(domain).hosts.flatMap((host) => host.addresses).length;
    expect(output.data.slice(0, 2)).toMatchObject([
      { label: 'addresses', value: addresses },
      { label: 'failing', value: failing },
    ]);
  });

  test('--nagios ends in time, and says UNKNOWN where others end with an error', async () => {
    const late = await world.check(['--nagios', 'dead.test', '--timeout', '1ms']);
    expect(readPluginOutput(late.stdout, late.code).text).toContain('no answer within 0.001 s');
    const wrong = await world.check(['--nagios', 'good.test'], '', { 'tls.level': 'sometimes' });
    expect(readPluginOutput(wrong.stdout, wrong.code)).toMatchObject({ status: 'UNKNOWN' });
    const none = await world.check(['--nagios', 'good.test', '--level', 'sometimes']);
    expect(readPluginOutput(none.stdout, none.code)).toMatchObject({ status: 'UNKNOWN' });
  });

  test('a host that says nothing is not waited for, and the others are judged', async () => {
    const limit = ['--timeout', '10s'];
    const [report, { code, stdout }] = await Promise.all([
      world.report(['silent.test', ...limit]),
      world.check(['--nagios', 'silent.test', ...limit]),
    ]);
    expect(report).toMatchObject({ verdict: 'unknown', notes: ['no answer within 10 s'] });
    expect(report.hosts.map(({ name, addresses }) => [name, addresses[0]?.verdict])).toEqual([
      ['mx.silent.test', 'unknown'],
      ['mx.good.test', 'protected'],
    ]);
    expect(readPluginOutput(stdout, code)).toMatchObject({
      status: 'UNKNOWN',
      text: expect.stringContaining('mx.silent.test'),
    });
  });

  test('--csv', async () => {
    const { code, lines } = await world.check(['--csv', 'good.test', 'wrong-key.test', 'stripped.test']);
    expect(code).toBe(1);
    expect(lines.map((line) => line.split(',').slice(0, 5).join(','))).toEqual([
      'destination,verdict,exit,level,mail',
      'good.test,protected,0,dane,delivered',
      'wrong-key.test,fails,1,dane,deferred',
      'stripped.test,fails,1,dane,deferred',
    ]);
  });

  test('--note writes to the postmaster of the domain what to mend', async () => {
    const { code, lines } = await world.check(['--note', `wrong-key.test:${world.lab.port}`]);
    const text = lines.join('\n');
    expect(code).toBe(1);
    expect(text).toMatch(/^To: postmaster@wrong-key\.test\nSubject: mail hosts: wrong-key\.test\n/);
    expect(text).toMatch(/^our mail relay relay\.test delivers mail to wrong-key\.test /m);
    expect(text).toMatch(/^- mx\.wrong-key\.test\[\S+\]:\d+: no TLSA record matches what the server shows$/m);
    expect(text).toContain('Please publish a TLSA record of the key that the host uses');
    const quiet = await world.check(['--note', 'unsigned.test']);
    expect(quiet.lines).toEqual([
      'unsigned.test: nothing is known that its postmaster should hear of (unprotected)',
    ]);
  });

  test('--repeat asks anew each time', async () => {
    const { sessions } = world.lab.host('mx.implicit.test');
    const before = sessions.length;
    const { code, lines } = await world.check(['--json', 'implicit.test', '--repeat', '3', '--delay', '1ms']);
    expect([code, lines.length, sessions.length - before]).toEqual([0, 3, 3]);
  });

  test('hosts in brackets, ports, and one family', async () => {
    const { port } = world.lab;
    expect((await world.report([`[mx.good.test]:${port}`], { 'delivery.port': '1' })).verdict).toBe(
      'protected',
    );
    expect((await world.report([`good.test:${port}`], { 'delivery.port': '1' })).verdict).toBe('protected');
    expect(
      (await world.report(['good.test', '--port', String(port)], { 'delivery.port': '1' })).verdict,
    ).toBe('protected');
    expect((await world.report(['good.test', '-4'])).verdict).toBe('protected');
    const six = await world.report(['good.test', '-6']);
    expect(six.trouble).toMatchObject({ outcome: 'bounced', dsn: '5.4.4' });
    const { address } = world.lab.host('mx.good.test');
    expect((await world.report([`[${address}]`])).verdict).toBe('unprotected');
  });

  test.each([[[]], [['--file', '/nonexistent/file']]])('64: %j', async (words) => {
    const { code, stdout, stderr } = await world.check(words);
    expect([code, stdout]).toEqual([64, '']);
    expect(stderr).toMatch(/^dane-relay: .+\n$/);
  });
});

/**
 * What is told by both: Node does not tell with which digest an RSA key has signed; the groups that are offered are the
 * library's and Postfix's own choice, and Postfix 3.9 and later may ask for the bare key.
 */
function comparable(line: string): string {
  return line
    .replace(/ server-digest \w+$/, '')
    .replace(/ key-exchange \S+/, '')
    .replace(' raw public key)', ')');
}

/** The one address that a destination has, and its records. */
function onlyAddress(report: CheckReport): { host: string; address: ShownAddress } | undefined {
  const all = report.hosts.flatMap(({ name, addresses }) =>
    addresses.map((address) => ({ host: name, address })),
  );
  return all.length === 1 ? all[0] : undefined;
}

describe('docs/check.md', () => {
  /** `npx vitest run --project scenario test/scenario/check --update` writes it anew. */
  test('its examples are what is printed', async () => {
    const careless = await world.lab.startResolver({ validating: false });
    const examples: Readonly<Record<string, readonly (readonly string[])[]>> = {
      'good.test': [['good.test']],
      'wrong-key.test': [['wrong-key.test']],
      'tlsa-fails.test': [['tlsa-fails.test']],
      'no-tlsa.test': [['--level', 'dane-only', 'no-tlsa.test']],
      resolver: [['good.test', '--resolver', careless.server]],
      nagios: [
        ['--nagios', 'good.test'],
        ['--nagios', 'wrong-key.test'],
      ],
    };
    const page = new URL('../../../docs/check.md', import.meta.url);
    let text = readFileSync(page, 'utf8');
    for (const [name, calls] of Object.entries(examples)) {
      const shown: string[] = [];
      for (const words of calls) {
        const { code, lines } = await world.check(words);
        const typed = words.filter((word) => word !== '--resolver' && word !== careless.server).join(' ');
        shown.push(`$ dane-relay check ${typed}`, asInDocs(lines, world.lab.port), '$ echo $?', String(code));
      }
      const marker = `<!-- example: ${name} -->`;
      expect(text).toContain(marker);
      const [before = '', after = ''] = text.split(marker);
      const rest = after.replace(/^\n\n```console\n[^`]*```/, '');
      text = `${before}${marker}\n\n\`\`\`console\n${shown.join('\n').replaceAll('`', "'")}\n\`\`\`${rest}`;
    }
    await expect(text).toMatchFileSnapshot(page.pathname);
  });
});

describe('other judges', () => {
  /** Those with one address that was reached: posttls-finger stops at the first one that answers. */
  const judged = (): readonly CheckReport[] =>
    [...reports.values()].filter(
      (report) =>
        !report.destination.startsWith('[') &&
        report.hosts.every(({ problem }) => problem === undefined) &&
        onlyAddress(report)?.address.session?.tls !== undefined,
    );

  unless(postfixObstacle(), test)('posttls-finger comes to the same', async () => {
    const finger = await startFinger(world.lab);
    const chosen = sample('check, posttls-finger', judged(), {
      count: 10,
      always: ({ destination }) => /^(?:good|alias|half|wrong-key|no-tlsa)\.test$/.test(destination),
    });
    expect(chosen.length).toBeGreaterThan(10);
    const differences: string[] = [];
    let alike = 0;
    for await (const [report, found] of inOrder(
      chosen,
      4,
      async (one) => [one, await finger(one.destination)] as const,
    )) {
      const tls = onlyAddress(report)?.address.session;
      const isProtected = found.word === 'Verified' && found.matched;
      if (isProtected !== (report.verdict === 'protected'))
        differences.push(
          `${report.destination}: ${report.verdict}, and posttls-finger: ${found.lines.join(' / ')}`,
        );
      if (isProtected && tls?.lines.map(comparable).includes(comparable(found.summary ?? ''))) alike += 1;
      else if (isProtected)
        differences.push(`${report.destination}: ${found.summary}, and ours: ${tls?.lines.join(' / ')}`);
    }
    expect(
      differences.filter((text) => !knownDifferences.some((known) => text.startsWith(`${known}: `))),
    ).toEqual([]);
    expect(alike).toBeGreaterThan(1);
  });

  test('openssl s_client comes to the same', async () => {
    const withRecords = judged().filter((report) => {
      const tlsa = onlyAddress(report)?.address.tlsa;
      return tlsa?.kind === 'records' && (report.verdict === 'protected' || report.verdict === 'fails');
    });
    const chosen = sample('check, openssl', withRecords, { count: 20 });
    const differences: string[] = [];
    let verified = 0;
    for await (const [report, { verifies, said }] of inOrder(
      chosen,
      4,
      async (one) => [one, await ask(one)] as const,
    )) {
      if (verifies) verified += 1;
      if (verifies !== (report.verdict === 'protected'))
        differences.push(`${report.destination}: ${report.verdict}, and OpenSSL: ${said}`);
    }
    expect(
      differences.filter((text) => !knownDifferences.some((known) => text.startsWith(`${known}: `))),
    ).toEqual([]);
    expect(verified).toBeGreaterThan(1);
    expect(verified).toBeLessThan(chosen.length);
  });

  function ask(report: CheckReport): ReturnType<typeof opensslVerifies> {
    const only = onlyAddress(report);
    const tlsa = only?.address.tlsa;
    if (only === undefined || tlsa?.kind !== 'records') throw new Error(report.destination);
    const { address, port, referenceNames } = only.address;
    return opensslVerifies({
      address,
      port,
      baseDomain: tlsa.baseDomain,
      names: referenceNames,
      records: tlsa.records,
    });
  }
});
