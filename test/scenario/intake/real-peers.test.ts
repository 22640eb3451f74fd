import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../../../src/children/free-port.ts';
import { type ListenerRules, plainListener } from '../../../src/core/intake/listener.ts';
import { startChild } from '../../lab/child.ts';
import { startPostfix } from '../../lab/postfix-instance.ts';
import { postfixObstacle, searchPath } from '../../lab/privileges.ts';
import { makeScratch, type Scratch } from '../../lab/scratch.ts';
import { until } from '../../lab/until.ts';
import { sendMail } from '../../support/send-mail.ts';
import { unless } from '../../support/unless.ts';
import { RawClient } from './raw-client.ts';
import { type RunningIntake, runIntake } from './running-intake.ts';

/** Programs that speak for others, as Debian has them. */

const run = promisify(execFile);
const isPeer = (address: string): boolean => address === '127.0.0.1';

let scratch: Scratch;
let intake: RunningIntake;
beforeEach(async () => {
  scratch = await makeScratch('peers');
});
afterEach(async () => {
  await intake.stop(0);
  await scratch.remove();
});

async function start(rules: Partial<ListenerRules>, networks: readonly string[]): Promise<void> {
  const at = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const;
  const listeners = [{ at, rules: { ...plainListener('test'), ...rules } }];
  intake = await runIntake({ listeners, networks, clientLimit: 100 });
}

/** Why a program cannot be run here, or `undefined`. */
function missing(program: string, argument: string): string | undefined {
  const env = { ...process.env, PATH: searchPath() };
  return spawnSync(program, [argument], { env }).error === undefined
    ? undefined
    : `${program} is not installed`;
}

unless(postfixObstacle(), test)('Postfix says with XFORWARD whose message it brings', async () => {
  await start({ xclientPeers: isPeer }, ['127.0.0.0/8']);
  const [address, port] = ['127.0.0.1', await freePort('127.0.0.1')];
  const postfix = await startPostfix({
    directory: join(scratch.directory, 'postfix'),
    address,
    port,
    parameters: {
      myhostname: 'client.test',
      mynetworks: '127.0.0.0/8',
      smtpd_relay_restrictions: 'permit_mynetworks, reject',
      relayhost: `[127.0.0.1]:${intake.address.port}`,
      smtp_send_xforward_command: 'yes',
    },
  });
  try {
    const queueId = await sendMail(port, { to: 'r@y.example' });
    await until(() => intake.stored.length === 1);
    const ownId = /[0-9A-F]{6,}/.exec(queueId)?.[0];
    expect(intake.lines().find((line) => line.includes(': client='))).toMatch(
      new RegExp(`^Q1: client=\\S+, orig_queue_id=${ownId}, orig_client=\\S+\\[127\\.0\\.0\\.1\\]$`),
    );
  } finally {
    await postfix.stop();
  }
});

unless(missing('swaks', '--version'), test)('swaks is somebody else by XCLIENT', async () => {
  await start({ xclientPeers: isPeer }, ['192.0.2.0/24']);
  const swaks = async (address: string): Promise<unknown> =>
    run(
      'swaks',
      `--server 127.0.0.1 --port ${intake.address.port} --from s@x.example --to r@y.example --xclient-addr ${address} \
--xclient-name app.example --xclient-helo app+1`.split(' '),
    );
  await swaks('192.0.2.7');
  expect(intake.stored[0]?.message.client).toMatchObject({ name: 'app.example', address: '192.0.2.7' });
  await expect(swaks('203.0.113.9')).rejects.toMatchObject({
    stdout: expect.stringContaining('Relay access denied'),
  });
});

unless(missing('haproxy', '-v'), test).each([
  ['version 1', 'send-proxy'],
  ['version 2', 'send-proxy-v2'],
])('HAProxy says for whom it speaks (%s), and its health checks are answered', async (_, option) => {
  await start({ proxyPeers: isPeer }, ['127.0.0.2/32']);
  const port = await freePort('127.0.0.1');
  const file = join(scratch.directory, 'haproxy.cfg');
  await writeFile(
    file,
    `
defaults
  mode tcp
  timeout connect 60s
  timeout client 60s
  timeout server 60s
listen smtp
  bind 127.0.0.1:${port}
  option smtpchk EHLO balancer.example
  server relay 127.0.0.1:${intake.address.port} ${option} check inter 200ms
`,
  );
  const child = startChild(['haproxy', '-f', file, '-db'], { log: join(scratch.directory, 'haproxy.log') });
  try {
    await child.ready(() => listens(port));
    const lines = (): string => intake.lines().join('\n');
    // The check has its greeting, and says QUIT.
    await until(() => /disconnect from localhost\[127\.0\.0\.1\] ehlo=1 quit=1/.test(lines()));
    const reply = async (from: string): Promise<string> => {
      const client = await RawClient.open({ host: '127.0.0.1', port }, from);
      expect(await client.reply()).toMatch(/^220 /);
      return client.talk('EHLO client.example', 'MAIL FROM:<s@x.example>', 'RCPT TO:<r@y.example>');
    };
    expect(await reply('127.0.0.2')).toBe('250 2.1.5 Ok');
    expect(await reply('127.0.0.3')).toContain('Relay access denied');
    expect(lines()).not.toContain('PROXY protocol');
  } finally {
    await child.stop();
  }
});

async function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
