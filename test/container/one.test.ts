import { chown, chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../lab/until.ts';
import { sendMail } from '../support/send-mail.ts';
import type { Container, Podman } from './podman.ts';
import { openPodman } from './podman.ts';
import { labEnvironment, labRoot, serviceOf, startWorld, type ContainerWorld } from './world.ts';

/** The image, run as deploy/container/compose.yaml says, by a real runtime of containers. */

const port = 2525;
let podman: Podman;
let world: ContainerWorld;
beforeAll(async () => {
  podman = await openPodman();
  world = await startWorld();
});
afterAll(() => world?.stop());
afterEach(async () => {
  await podman.clear();
  world.openPort53();
});

function start(
  name = 'relay',
  environment: Readonly<Record<string, string>> = {},
  options: readonly string[] = [],
): Promise<Container> {
  const service = serviceOf('compose.yaml', 'relay', { ...labEnvironment(world.lab), ...environment });
  return podman.start(name, service, [...labRoot(world.lab), ...options]);
}

const ready = (relay: Container): Promise<string> => relay.line(/: ready$/);
const sent = (relay: Container, to: string): Promise<string> =>
  relay.line(new RegExp(`to=<${to}>.*status=sent`));

describe('the image', () => {
  it('is not root, asks after its health, keeps the queue in a volume, and has nothing that only builds', async () => {
    expect(await podman.inspect()).toMatchObject({
      User: '10001:10001',
      Entrypoint: ['tini', '-s', '--', 'dane-relay'],
      Cmd: ['run'],
      Volumes: { '/var/lib/dane-relay': {} },
      Healthcheck: { Test: ['CMD', 'dane-relay', 'health'] },
    });
    const shell = await podman.start('shell', { user: '10001:10001', entrypoint: ['sleep', 'infinity'] });
    const found = await shell.exec('sh', '-c', 'command -v npm npx tsc gcc git curl; ls /build /root');
    expect(found.output).not.toMatch(/^\//m);
    const version = await shell.exec('dane-relay', '--version');
    expect(version.output).toMatch(/^dane-relay \d/);
    const sizes = await shell.exec('du', '-xsm', '/', '/usr/local/bin/node', '/usr/local/lib/dane-relay');
    console.log(`MB:\n${sizes.output}`);
  });
});

describe('the relay in a container', () => {
  it('has no rights, a root that cannot be written, a tini, half of its memory for the queue; and delivers', async () => {
    const relay = await start();
    await ready(relay);
    const told = async (...words: readonly string[]): Promise<string> => (await relay.exec(...words)).output;
    const status = await told('cat', '/proc/1/status');
    expect(status).toMatch(/^Name:\ttini$/m);
    expect(status).toMatch(/^Uid:\t10001\t10001\t10001\t10001$/m);
    for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'])
      expect(status).toMatch(new RegExp(`^Cap${set}:\\t0{16}$`, 'm'));
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^Seccomp:\t2$/m);
    for (const place of ['/x', '/run/x', '/var/tmp/x', '/usr/local/lib/dane-relay/x'])
      expect(await told('touch', place)).toContain('Read-only file system');
    expect((await relay.exec('touch', '/tmp/x')).code).toBe(0);
    expect(await told('stat', '-c', '%a %u', '/var/lib/dane-relay')).toBe('700 10001\n');
    const redis = ['redis-cli', '-s', '/var/lib/dane-relay/redis/redis.sock', 'config', 'get'];
    expect(await told(...redis, 'maxmemory')).toContain(String(512 * 1024 ** 2));
    expect(await told(...redis, 'appendfsync')).toContain('always');

    await relay.line(/the private Unbound asks the root servers$/);
    expect(await sendMail(port, { to: 'user@good.example' })).not.toBe('');
    await sent(relay, 'user@good.example');
    expect(await relay.log()).toMatch(/Verified TLS connection established to mx\.good\.example/);
    await until(async () => (await relay.health()) === 0, 'health');
    expect((await relay.exec('dane-relay', 'queue', 'list')).code).toBe(0);
    expect(await relay.log()).not.toMatch(/others can read it/);
    expect(await relay.stop()).toBe(0);
  });

  it('reaps what others leave, and a child that is killed is started again', async () => {
    const relay = await start();
    await ready(relay);
    const zombies = async (): Promise<string> =>
      (await relay.exec('sh', '-c', 'cat /proc/[0-9]*/stat 2>/dev/null | grep ") Z " || true')).output;
    const orphan = 'sleep 0.2 & exit 0';
    await relay.exec('sh', '-c', orphan);
    await relay.exec('sh', '-c', 'kill -9 $(cat /var/lib/dane-relay/redis/redis.pid)');
    await relay.line(/redis-server: .*starting it again/);
    await until(
      async () => (await relay.exec('dane-relay', 'health', '--ready')).code === 0,
      'the queue again',
    );
    await until(async () => (await zombies()) === '', 'nobody dead that is still there');
    await relay.remove();

    // The relay itself as the first process leaves them: that is what tini is for.
    const service = serviceOf('compose.yaml', 'relay', labEnvironment(world.lab));
    const alone = await podman.start(
      'alone',
      { ...service, entrypoint: ['dane-relay'], command: ['run'] },
      labRoot(world.lab),
    );
    await ready(alone);
    await alone.exec('sh', '-c', orphan);
    const left = async (): Promise<string> =>
      (await alone.exec('sh', '-c', 'cat /proc/[0-9]*/stat 2>/dev/null | grep ") Z " || true')).output;
    await until(async () => (await left()).includes('(sleep) Z'), 'an orphan that nobody reaps');
  });

  it('told to stop it lets a delivery end, and takes its Redis along', async () => {
    const relay = await start();
    await ready(relay);
    await relay.line(/the private Unbound asks the root servers$/);
    await sendMail(port, { to: 'user@slow.example' });
    const host = world.lab.host('mx.slow.example');
    const before = host.messages.length;
    await until(() => host.sessions.length > 0, 'a session');
    expect(await relay.stop()).toBe(0);
    expect(host.messages).toHaveLength(before + 1);
    const log = await relay.log();
    expect(log).toMatch(/to=<user@slow\.example>.*status=sent/);
    expect(log).toMatch(/redis-server: stopped/);
  });

  it('mail of a container that was killed is in the next one; unhealthy is not dead, and takes mail', async () => {
    world.closePort53();
    world.net.setResolvConf('');
    const relay = await start();
    await ready(relay);
    const queueId = await sendMail(port, { to: 'user@good.example' });
    await until(async () => (await relay.health()) !== 0, 'a resolver that can ask nobody');
    const asked = async (...options: readonly string[]): Promise<number> =>
      (await relay.exec('dane-relay', 'health', ...options)).code;
    expect([await asked(), await asked('--ready'), await asked('--alive')]).toEqual([75, 0, 0]);

    // Another one on the same volume is kept out, and says so.
    const second = await start('second', { DANE_RELAY_LISTEN: '127.0.0.1:2526' });
    expect(await second.ended()).toBe(75);
    expect(await second.log()).toContain('another relay is running');

    await relay.kill();
    world.net.setResolvConf('nameserver 127.0.0.11\n');
    world.openPort53();
    const next = await start('next');
    await ready(next);
    await next.line(new RegExp(`${queueId}: to=<user@good\\.example>.*status=sent`));
    await until(async () => (await next.health()) === 0, 'health');
  });
});

describe("Docker's resolver at 127.0.0.11, which calls everything validated", () => {
  it('is asked where port 53 is closed, and vouches for nothing', async () => {
    world.closePort53();
    const relay = await start();
    await relay.line(/the private Unbound asks 127\.0\.0\.11 of \/etc\/resolv\.conf and validates/);
    await sendMail(port, { to: 'user@good.example' });
    await sent(relay, 'user@good.example');
    const forged = await sendMail(port, { to: 'user@forged.example' });
    await relay.line(
      new RegExp(`${forged}: to=.*status=deferred \\(TLSA lookup error for mx.forged.example`),
    );
    expect(await relay.log()).toMatch(/Verified TLS connection established to mx\.good\.example/);
    expect(await relay.log()).not.toMatch(/Verified TLS connection established to mx\.forged\.example/);
  });

  it.each(['127.0.0.11', '169.254.20.10', '10.96.0.10'])('%s is refused as dns.servers', async (server) => {
    const relay = await start('relay', { DANE_RELAY_DNS_SERVERS: server });
    expect(await relay.ended()).toBe(78);
    expect(await relay.log()).toMatch(/DANE_RELAY_DNS_SERVERS: dns\.servers: found .*wanted resolvers/);
  });
});

describe('secrets', () => {
  it('are in files; one that the relay cannot read ends it with the name of the variable', async () => {
    const secret = path.join(world.lab.directory, 'redis-url');
    await writeFile(secret, 'redis://:correcthorsebattery@127.0.0.1:1\n', { mode: 0o600 });
    const mounted = ['--volume', `${secret}:/run/secrets/redis-url:ro`];
    const named = { DANE_RELAY_REDIS_URL_FILE: '/run/secrets/redis-url' };
    const hidden = await start('hidden', named, mounted);
    expect(await hidden.ended()).toBe(78);
    expect(await hidden.log()).toMatch(
      /environment, DANE_RELAY_REDIS_URL_FILE: redis\.url: found no permission/,
    );
    await chown(secret, 10001, 10001);
    const read = await start('read', named, mounted);
    // Nobody is at that port; the relay waits for somebody.
    await until(async () => (await read.exec('dane-relay', 'health', '--alive')).code === 0, 'a relay');
    const { output } = await read.exec('dane-relay', 'check-config');
    expect(output).toMatch(/redis:\/\/\*\*\*@127\.0\.0\.1:1".*DANE_RELAY_REDIS_URL_FILE/);
    expect(`${output}${await read.log()}`).not.toContain('correcthorsebattery');
  });
});

describe('with the settings of Kubernetes', () => {
  it('on a volume of a group, it is alive and ready at the port of the probes, and the queue is its own', async () => {
    const volume = path.join(world.lab.directory, 'volume');
    await mkdir(volume);
    await chown(volume, 0, 10001);
    await chmod(volume, 0o2770);
    const settings = path.resolve('deploy/kubernetes/base');
    const service = serviceOf('compose.yaml', 'relay', labEnvironment(world.lab));
    const relay = await podman.start('relay', { ...service, volumes: [`${volume}:/var/lib/dane-relay`] }, [
      ...labRoot(world.lab),
      '--volume',
      `${settings}:/etc/dane-relay:ro`,
      '--env',
      'DANE_RELAY_SERVICE_HOST=10.43.0.7',
      '--env',
      'DANE_RELAY_PORT=tcp://10.43.0.7:25',
    ]);
    await ready(relay);
    const ask = async (at: string): Promise<number> => (await fetch(`http://127.0.0.1:8026${at}`)).status;
    expect([await ask('/alive'), await ask('/ready')]).toEqual([200, 200]);
    expect((await relay.exec('stat', '-c', '%a %u', '/var/lib/dane-relay/state')).output).toBe(
      '2700 10001\n',
    );
    expect(await relay.log()).not.toContain('others can read it');
    await sendMail(port, { to: 'user@good.example' });
    await sent(relay, 'user@good.example');
  });
});
