import { spawn } from 'node:child_process';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { startManagedUnbound } from '../../../src/children/managed-unbound.ts';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { day } from '../../support/test-ca.ts';
import { makeCertificate } from '../../lab/certificates.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { answerRcode, setAd, startCorruptingProxy } from '../resolver/corrupting-proxy.ts';
import { replyTo } from '../resolver/scripted-dns.ts';
import { unless } from '../../support/unless.ts';
import { freePort, visit } from './doctor-kit.ts';
import { startDoctorWorld, type DoctorWorld } from './world.ts';

/** What can be wrong, one thing at a time. No relay runs, but where listeners are dialled. */

const executable = new URL('../../../dist/main.js', import.meta.url).pathname;

let world: DoctorWorld;
beforeAll(async () => {
  world = await startDoctorWorld();
});
afterAll(() => world?.stop());

describe('the resolver', () => {
  const only = ['resolver'] as const;

  test('that does not validate', async () => {
    const plain = await world.lab.startResolver({ validating: false });
    const { code, ids, find } = await visit({ ...world.settings, 'dns.servers': plain.server }, only);
    expect([code, ids]).toEqual([1, ['fail resolver-not-validating']]);
    expect(find('resolver-not-validating')).toMatchObject({
      text: `resolver ${plain.server} does not validate: dnssec_probe 'ns:.' received a response that is not DNSSEC validated`,
      effect: 'mail at levels dane and dane-only waits, nothing is bounced before queue.lifetime',
    });
  });

  test('that does not validate beside one that does is left out', async () => {
    const plain = await world.lab.startResolver({ validating: false });
    const servers = `${plain.server}, ${world.lab.dnsServer}`;
    const { code, ids } = await visit({ ...world.settings, 'dns.servers': servers }, only);
    expect([code, ids.slice(0, 2)]).toEqual([0, ['warn resolver-not-validating', 'ok resolver-validates']]);
  });

  test('that only passes on what another says is found out by its program', async () => {
    const proxy = await startCorruptingProxy(world.lab.resolver);
    try {
      const { code, ids, find } = await visit({ ...world.settings, 'dns.servers': proxy.server }, only);
      expect([code, ids.slice(0, 2)]).toEqual([
        0,
        ['ok resolver-validates', 'warn resolver-unknown-program'],
      ]);
      // Node.js 24 calls its main thread by that name, which is that of the process to the kernel.
      const program = /^resolver 127\.0\.0\.1:\d+ is (?:node|MainThread)/;
      expect(find('resolver-unknown-program').text).toMatch(program);
    } finally {
      await proxy.close();
    }
  });

  test('that takes what is forged', async () => {
    const proxy = await startCorruptingProxy(world.lab.resolver);
    const forged = { name: 'bogus.test', type: 'A', ttl: 60, data: '192.0.2.66' } as const;
    proxy.rule = ({ name, packet }) =>
      name === 'bogus.test' ? () => [replyTo(packet, { answers: [forged] })] : undefined;
    try {
      const { code, ids } = await visit({ ...world.settings, 'dns.servers': proxy.server }, only);
      expect([code, ids]).toEqual([1, ['fail resolver-accepts-bogus']]);
    } finally {
      await proxy.close();
    }
  });

  test('that vouches for what is not signed', async () => {
    const proxy = await startCorruptingProxy(world.lab.resolver);
    proxy.rule = () => setAd;
    try {
      const { code, ids } = await visit({ ...world.settings, 'dns.servers': proxy.server }, only);
      expect([code, ids]).toEqual([1, ['fail resolver-vouches-for-unsigned']]);
    } finally {
      await proxy.close();
    }
  });

  test('that knows the names of RFC 8509 tells whether it trusts the key of 2024', async () => {
    const anchors = readFileSync(world.lab.trustAnchor, 'utf8');
    const ksk2024 = '. IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16\n';
    for (const [text, expected] of [
      [`${anchors}\n${ksk2024}`, 'ok resolver-root-key'],
      [anchors, 'fail resolver-root-key-missing'],
    ] as const) {
      const dataDir = await mkdtemp(join(tmpdir(), 'doctor-unbound-'));
      const file = join(dataDir, 'anchors');
      writeFileSync(file, text);
      const { address, port } = world.lab.resolver;
      const unbound = await startManagedUnbound({
        dataDir,
        forwarders: [{ address, port }],
        trustAnchorFile: file,
        log: () => {},
      });
      // Whoever sees another root than the Internet's need not trust its keys, so that is hidden.
      const proxy = await startCorruptingProxy(unbound);
      proxy.rule = ({ type }) => (type === 'DNSKEY' ? answerRcode(5) : undefined);
      try {
        const { ids } = await visit({ ...world.settings, 'dns.servers': proxy.server }, only);
        expect(ids).toEqual(['ok resolver-validates', 'warn resolver-unknown-program', expected]);
      } finally {
        await proxy.close();
        await unbound.stop();
        await rm(dataDir, { recursive: true });
      }
    }
  });

  test('that nobody probes', async () => {
    const none = { 'dns.dnssec_probe': '', 'dns.unsigned_probe': '', 'dns.bogus_probe': '' };
    const { code, ids } = await visit({ ...world.settings, ...none }, only);
    expect([code, ids]).toEqual([0, ['warn resolver-not-probed']]);
  });

  test('that is not there', async () => {
    const { code, ids } = await visit(
      { ...world.settings, 'dns.servers': `127.0.0.1:${await freePort()}` },
      only,
    );
    expect([code, ids]).toEqual([1, ['fail resolver-silent']]);
  });

  test('of the relay itself, with a trust anchor of 2017', async () => {
    const file = join(world.dataDir, 'old.key');
    writeFileSync(
      file,
      '. IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n',
    );
    const own = {
      ...world.settings,
      'dns.servers': '',
      'dns.forwarders': world.lab.dnsServer,
      'dns.trust_anchor': file,
    };
    const { code, find, ids } = await visit(own, only);
    expect(code).toBe(1);
    expect(ids).toContain('fail resolver-silent');
    expect(find('anchor-root-key-missing').text).toContain(
      `the trust anchor ${file} lacks the root's key of 2024 (38696)`,
    );
  });

  test('of the relay itself, with the anchor of another root', async () => {
    const own = {
      ...world.settings,
      'dns.servers': '',
      'dns.forwarders': world.lab.dnsServer,
      'dns.trust_anchor': world.lab.trustAnchor,
    };
    const { code, ids, find } = await visit(own, only);
    expect([code, ids]).toEqual([0, ['ok resolver-validates', 'ok anchor-other-root']]);
    expect(find('resolver-validates').text).toContain("(the relay's own Unbound) validates");
  });
});

describe('Redis', () => {
  const only = ['redis'] as const;

  test('that can lose mail', async () => {
    await using redis = await startPrivateRedis({ appendonly: 'no', 'maxmemory-policy': 'allkeys-lru' });
    const { code, find } = await visit(
      { ...world.settings, 'redis.url': `unix://${redis.socketPath}` },
      only,
    );
    expect(code).toBe(1);
    expect(find('redis-unsafe').text).toMatch(/appendonly is "no".*maxmemory-policy is "allkeys-lru"/);
    expect(find('redis-unsafe').effect).toBe(
      'the relay does not start with it, and accepts no mail while it is so',
    );
  });

  test('that is full', async () => {
    await using redis = await startPrivateRedis({ maxmemory: '1mb' });
    const { code, ids } = await visit({ ...world.settings, 'redis.url': `unix://${redis.socketPath}` }, only);
    expect([code, ids]).toEqual([1, ['ok redis-safe', 'fail redis-full']]);
  });

  test('that is away', async () => {
    const { code, ids, find } = await visit(
      { ...world.settings, 'redis.url': 'unix:///nowhere/redis.sock' },
      only,
    );
    expect([code, ids]).toEqual([1, ['fail redis-away']]);
    expect(find('redis-away').todo).toEqual([
      'see whether Redis runs, and whether redis.url has its address and password',
    ]);
  });

  test('of a relay that does not run can be started', async () => {
    const { code, ids } = await visit(world.settings, only);
    expect([code, ids]).toEqual([0, ['ok redis-safe']]);
  });
});

describe('a listener', () => {
  const only = ['listeners', 'tlsa'] as const;
  const cases = [
    [
      'expired',
      { names: ['relay.well.test', 'localhost'], notAfter: new Date(Date.now() - 3 * day) },
      1,
      ['fail certificate-expired', 'ok certificate-names'],
    ],
    [
      'about to expire',
      { names: ['relay.well.test', 'localhost'], notAfter: new Date(Date.now() + 3 * day) },
      0,
      ['warn certificate-expires', 'ok certificate-names'],
    ],
    [
      'for another host',
      { names: ['mail.example.org'] },
      1,
      ['ok certificate-valid', 'fail certificate-wrong-name'],
    ],
    [
      'not for localhost',
      { names: ['relay.well.test'] },
      0,
      ['ok certificate-valid', 'warn certificate-lacks-name'],
    ],
  ] as const;

  test.each(cases)('with a certificate that is %s, in its file', async (_, { ...options }, wanted, ids) => {
    const certificate = await makeCertificate({ ...options, names: [...options.names] }, world.authority);
    const listener = `[${await world.listener(certificate)}]`;
    const found = await visit({ ...world.settings, listener }, ['listeners']);
    expect([found.code, found.ids]).toEqual([wanted, ['skip listener-not-tried', ...ids]]);
  });

  test('whose relay runs shows what clients see, and its TLSA record is held against it', async () => {
    const expired = await makeCertificate(
      { names: ['relay.well.test', 'localhost'], notAfter: new Date(Date.now() - day) },
      world.authority,
    );
    const [a, b] = [await freePort(), world.wrongPort];
    const good = await makeCertificate({ names: ['relay.well.test'] });
    const implicit = (await world.listener(expired, a)).replace('"starttls"', '"implicit"');
    const set = { ...world.settings, listener: `[${implicit}, ${await world.listener(good, b)}]` };
    await using _relay: RunningRelay = await startRelay({ set, dataDir: world.dataDir });
    const { code, ids, find } = await visit(set, only);
    expect(code).toBe(1);
    expect(ids).toEqual([
      'ok listener-answers',
      'fail certificate-expired',
      'ok certificate-names',
      'ok listener-answers',
      'ok certificate-valid',
      'warn certificate-lacks-name',
      'warn certificate-private',
      'fail tlsa-mismatch',
    ]);
    expect(find('certificate-expired').text).toContain('the certificate that clients see expired');
    expect(find('tlsa-mismatch').todo[0]).toMatch(
      new RegExp(`^publish: _${b}\\._tcp\\.relay\\.well\\.test\\. IN TLSA 3 1 1 [0-9a-f]{64}; then`),
    );
  });

  test('without STARTTLS though the settings want it', async () => {
    const expired = await makeCertificate(
      { names: ['localhost'], notAfter: new Date(Date.now() - day) },
      world.authority,
    );
    const set = { ...world.settings, listener: `[${await world.listener(expired)}]` };
    await using _relay: RunningRelay = await startRelay({ set, dataDir: world.dataDir });
    const { code, ids } = await visit(set, ['relay', 'listeners']);
    expect(code).toBe(1);
    expect(ids).toContain('fail listener-no-tls');
    expect(ids).toContain('fail relay-in-trouble');
    expect(ids).toContain('fail certificate-expired');
  });
});

test('what was started for an examination that the operator ends goes with it', async () => {
  const top = await mkdtemp(join(tmpdir(), 'doctor-top-'));
  const set = { ...world.settings, 'dns.servers': '', 'dns.forwarders': world.lab.dnsServer };
  const settings = Object.entries(set).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  const child = spawn(process.execPath, [executable, 'doctor', ...settings], {
    stdio: 'ignore',
    env: { ...process.env, TMPDIR: top },
  });
  const ended = once(child, 'exit');
  const pidFiles = (): readonly string[] =>
    readdirSync(top, { recursive: true })
      .map(String)
      .filter((file) => file.endsWith('.pid'));
  await expect.poll(pidFiles).not.toEqual([]);
  const pids = pidFiles().map((file) => Number(readFileSync(join(top, file), 'utf8')));
  child.kill('SIGINT');
  expect(await ended).toEqual([75, null]);
  expect(readdirSync(top)).toEqual([]);
  for (const pid of pids) expect(existsSync(`/proc/${pid}`)).toBe(false);
  await rm(top, { recursive: true });
});

describe('the machine', () => {
  test('has a port taken by another program', async () => {
    const server: Server = createServer().listen(world.port, '127.0.0.1');
    await once(server, 'listening');
    const { code, find } = await visit(world.settings, ['ports']);
    server.close();
    expect(code).toBe(1);
    expect(find('port-taken').text).toMatch(
      new RegExp(
        `^127\\.0\\.0\\.1:${world.port} \\(listener\\[0\\]\\) is taken by .*\\(pid ${process.pid}\\)$`,
      ),
    );
  });

  test('allows too few files', async () => {
    const { stdout } = await runIn(
      ['sh', '-c', 'ulimit -n 600; exec "$@"', 'sh'],
      ['doctor', '--only', 'files'],
      world.settings,
    );
    expect(stdout.split('\n')[0]).toMatch(
      /^FAIL  a program started here may open 600 files, and these settings may need \d{4}$/,
    );
  });

  test('has no room on its disk', async () => {
    const { code, ids } = await visit({ ...world.settings, 'queue.minfree': '1024GiB' }, ['disk']);
    expect([code, ids]).toEqual([1, ['fail disk-full']]);
  });

  unless(process.getuid?.() === 0 ? undefined : 'only root can mount a file system', test)(
    'has a small file system in memory for its data',
    async () => {
      const small = join(world.dataDir, 'small');
      mkdirSync(small, { mode: 0o700 });
      const mount = `mount -t tmpfs -o size=16m,mode=700 none ${small}; exec "$@"`;
      const words = ['doctor', '--only', 'disk'];
      const { stdout } = await runIn(['unshare', '-m', 'sh', '-c', mount, 'sh'], words, {
        ...world.settings,
        data_dir: small,
      });
      expect(stdout).toMatch(/^FAIL  \d+ MiB are free in .*small, 128 MiB are needed/);
      expect(stdout).toContain('\nwarn  ');
      expect(stdout).toContain('is in memory (tmpfs): the queue is gone after a restart');
    },
  );

  test('keeps its data where nobody can write', async () => {
    const file = join(world.dataDir, 'a-file');
    writeFileSync(file, '');
    const { code, ids } = await visit({ ...world.settings, data_dir: join(file, 'data') }, ['disk']);
    expect([code, ids[0]]).toEqual([1, 'fail disk-not-writable']);
  });

  test('lets others look into its data', async () => {
    const open = join(world.dataDir, 'open');
    mkdirSync(open, { mode: 0o755 });
    const { code, ids } = await visit({ ...world.settings, data_dir: open }, ['disk']);
    rmSync(open, { recursive: true });
    expect([code, ids]).toEqual([0, ['warn disk-open']]);
  });

  test('has a name that the DNS does not know, and an address without a name', async () => {
    const { code, ids } = await visit({ ...world.settings, hostname: 'unknown.well.test' }, ['name'], {
      addresses: [world.address('nameless.ill.test')],
    });
    expect([code, ids]).toEqual([1, ['fail name-not-found', 'fail ptr-missing']]);
  });

  test('has an address whose name does not lead back, or is not the one that it says', async () => {
    const { code, ids } = await visit(world.settings, ['name'], {
      addresses: ['mx.well.test', 'down.ill.test'].map((name) => world.address(name)),
    });
    expect([code, ids]).toEqual([
      1,
      ['warn name-elsewhere', 'fail ptr-not-confirmed', 'warn ptr-other-name'],
    ]);
  });

  test('reaches no mail host', async () => {
    const { code, ids, find } = await visit(world.settings, ['outbound'], {
      domains: ['ill.test', 'gone.test'],
    });
    expect([code, ids]).toEqual([1, ['warn outbound-no-host', 'fail outbound-refused']]);
    expect(find('outbound-refused').text).toContain(
      `down.ill.test[${world.address('down.ill.test')}]:${world.lab.port} (ECONNREFUSED)`,
    );
  });

  test('reaches one that greets with nothing', async () => {
    const mute: Server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    const set = { ...world.settings, 'delivery.relayhost': `[127.0.0.1]:${port}` };
    const { code, find } = await visit(set, ['outbound']);
    mute.close();
    expect(code).toBe(1);
    expect(find('outbound-refused').text).toContain('(it hung up)');
  });
});

/** The same command below another one, which changes what it meets. */
async function runIn(
  [program = '', ...before]: readonly string[],
  words: readonly string[],
  set: Readonly<Record<string, string>>,
): Promise<{ readonly stdout: string }> {
  const settings = Object.entries(set).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  const all = [...before, process.execPath, executable, ...words, ...settings];
  const child = spawn(program, all, { stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  await once(child, 'close');
  return { stdout };
}
