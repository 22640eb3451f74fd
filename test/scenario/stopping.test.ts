import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../lab/until.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { belongings } from '../support/belongings.ts';
import { startPrivateRedis } from '../support/private-redis.ts';
import { runCommand } from '../support/run-command.ts';
import { labSettings, startRelay, type RunningRelay } from '../support/running-relay.ts';
import { sendMail } from '../support/send-mail.ts';
import { plainDomain, slowHosts } from '../support/slow-hosts.ts';

let lab: Lab;
const keep = belongings();

/** One host that takes its time for each reply, one that says nothing to MAIL, one that is as fast as it can be. */
beforeAll(async () => {
  lab = await startLab({
    domains: ['slow.test', 'mute.test', 'quick.test'].map(plainDomain),
    hosts: [...slowHosts, { kind: 'scripted', name: 'mx.quick.test', startTls: false }],
  });
});
afterAll(() => lab?.stop());

async function relayWith(set: Readonly<Record<string, string>> = {}): Promise<RunningRelay> {
  return keep(await startRelay({ set: { ...labSettings(lab), ...set } }));
}

/** Told twice to stop. */
async function stopAtOnce(relay: RunningRelay): Promise<void> {
  relay.signal('SIGTERM');
  await relay.line(/: stopping$/);
  await until(() => {
    relay.signal('SIGTERM');
    return relay.matching(/: stopping at once$/).length > 0;
  }, 'the second signal');
}

/** A client in the middle of its message. */
async function halfSent(port: number): Promise<{ socket: Socket; heard(): string }> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  socket.on('error', () => {});
  const heard = (): string => text;
  await until(() => text.includes('220 '), 'the greeting');
  socket.write('EHLO client.test\r\n');
  await until(() => text.includes('250 '), 'the reply to EHLO');
  socket.write('MAIL FROM:<a@client.test>\r\nRCPT TO:<b@quick.test>\r\nDATA\r\n');
  await until(() => text.includes('354 '), '354');
  socket.write('Subject: half\r\n\r\nthe first half\r\n');
  return { socket, heard };
}

function isRefused(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const refused = new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(false));
    socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED'));
  });
  return refused.finally(() => socket.destroy());
}

describe('a relay that is told to stop', () => {
  it('lets a client end its message, keeps it, and delivers it after the next start', async () => {
    const relay = await relayWith();
    const { socket, heard } = await halfSent(relay.port);
    relay.signal('SIGTERM');
    await relay.line(/: stopping$/);
    const { port } = relay;
    await until(() => isRefused(port), 'the door to be shut');
    socket.write('the second half\r\n.\r\n');
    await until(() => /250 2\.0\.0 Ok: queued as .*421 4\.3\.2 /s.test(heard()), '250, then 421');
    expect(await relay.exited).toBe(0);
    const queueId = /queued as (\S+)/.exec(heard())?.[1];
    const again = keep(await startRelay({ dataDir: relay.dataDir, set: labSettings(lab) }));
    await again.line(new RegExp(`${queueId}: to=<b@quick.test>.*status=sent`));
  });

  it('brings a delivery under way to its end', async () => {
    const relay = await relayWith();
    const host = lab.host('mx.slow.test');
    const queueId = await sendMail(relay.port, { to: 'user@slow.test' });
    await until(() => host.sessions.length === 1, 'a session');
    expect(await relay.stop()).toBe(0);
    await relay.line(new RegExp(`${queueId}: to=<user@slow.test>.*status=sent`));
    await relay.line(new RegExp(`${queueId}: removed`));
    expect(host.messages).toHaveLength(1);
  });

  it('gives up at once what hangs when it is told again, and loses nothing', async () => {
    const relay = await relayWith();
    const { socket, heard } = await halfSent(relay.port);
    const queueId = await sendMail(relay.port, { to: 'user@mute.test' });
    const host = lab.host('mx.mute.test');
    await until(() => host.sessions.some((one) => one.plaintextCommands.length > 1), 'MAIL');
    await stopAtOnce(relay);
    expect(await relay.exited).toBe(0);
    if (!socket.closed) await once(socket, 'close');
    expect(heard()).not.toContain('queued as');
    const again = keep(await startRelay({ dataDir: relay.dataDir, set: labSettings(lab) }));
    const { stdout } = await runCommand(['queue', 'list', '--json'], { data_dir: again.dataDir });
    expect(stdout.toString().trim().split('\n')).toEqual([expect.stringContaining(queueId)]);
  });

  it('ends although its Redis is gone', async () => {
    const redis = keep(await startPrivateRedis());
    const relay = await relayWith({ 'redis.url': `unix://${redis.socketPath}` });
    const had = lab.host('mx.slow.test').sessions.length;
    const queueId = await sendMail(relay.port, { to: 'user@slow.test' });
    await until(() => lab.host('mx.slow.test').sessions.length > had, 'a session');
    await redis.kill();
    await stopAtOnce(relay);
    expect(await relay.exited).toBe(0);
    await redis.restart();
    const again = await relayWith({ 'redis.url': `unix://${redis.socketPath}` });
    await again.line(new RegExp(`${queueId}: removed`));
  });

  it('waits for no Redis that is gone when nothing is under way', async () => {
    const redis = keep(await startPrivateRedis());
    const relay = await relayWith({ 'redis.url': `unix://${redis.socketPath}` });
    await redis.kill();
    await relay.line(/no mail is taken: Redis is not reachable/);
    expect(await relay.stop()).toBe(0);
    expect(relay.matching(/did not stop cleanly/)).toEqual([]);
  });
});
