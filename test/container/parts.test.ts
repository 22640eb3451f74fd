import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { until } from '../lab/until.ts';
import { sendMail } from '../support/send-mail.ts';
import { openPodman, type Container, type Podman } from './podman.ts';
import { labEnvironment, labRoot, serviceOf, startWorld, type ContainerWorld } from './world.ts';

/** Relay, Redis and Unbound in containers of their own, as deploy/container/compose-parts.yaml says. */

const file = 'compose-parts.yaml';
let podman: Podman;
let world: ContainerWorld;
beforeAll(async () => {
  podman = await openPodman();
  world = await startWorld();
});
afterAll(() => world?.stop());
afterEach(() => podman.clear());

const startRelay = (name: string): Promise<Container> =>
  podman.start(name, serviceOf(file, 'relay', labEnvironment(world.lab)));

it('mail is verified with an Unbound on the loopback interface, and kept by a Redis without a network', async () => {
  const net = await podman.start('net', serviceOf(file, 'net'));
  const redis = await podman.start('redis', serviceOf(file, 'redis'));
  await until(async () => (await redis.health()) === 0, 'Redis');
  const unbound = await podman.start('unbound', serviceOf(file, 'unbound'), labRoot(world.lab));
  const relay = await startRelay('relay');
  await relay.line(/: ready$/);
  expect((await redis.exec('sh', '-c', 'ls /sys/class/net')).output).toBe('lo\n');
  await sendMail(2525, { to: 'user@good.example' });
  await relay.line(/to=<user@good\.example>.*status=sent/);
  expect(await relay.log()).toMatch(/Verified TLS connection established to mx\.good\.example/);
  await until(async () => (await relay.health()) === 0, 'health');

  // Without Redis no mail is taken, and that is no reason to start the relay again.
  await redis.kill();
  const asked = async (...options: readonly string[]): Promise<number> =>
    (await relay.exec('dane-relay', 'health', ...options)).code;
  await until(async () => (await asked('--ready')) === 75, 'no queue');
  expect(await asked('--alive')).toBe(0);
  await redis.remove();
  await podman.start('redis', serviceOf(file, 'redis'));
  await until(async () => (await asked('--ready')) === 0, 'the queue again');

  // Without Unbound mail is taken and waits, for the next relay on the same Redis.
  await unbound.kill();
  await unbound.remove();
  const queueId = await sendMail(2525, { to: 'user@good.example' });
  await until(async () => (await asked()) === 75, 'no resolver');
  expect([await asked('--ready'), await relay.stop()]).toEqual([0, 0]);
  await podman.start('unbound', serviceOf(file, 'unbound'), labRoot(world.lab));
  const next = await startRelay('next');
  await next.line(new RegExp(`${queueId}: to=<user@good\\.example>.*status=sent`));
  expect(await net.stop(5)).toBe(143);
});
