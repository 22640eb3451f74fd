import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../../src/children/free-port.ts';
import { belongings } from '../../support/belongings.ts';
import { until } from '../../lab/until.ts';
import { launchRelay, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { RawClient } from '../intake/raw-client.ts';

const keep = belongings();
let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'unix-listener-'));
});
afterAll(() => rm(directory, { recursive: true }));

const quiet = { 'dns.servers': '127.0.0.1:1', listen: '', networks: '192.0.2.0/24' };
const settings = (path: string): Record<string, string> => ({
  ...quiet,
  listener: `[{ address = "unix:${path}", name = "local", mode = "0620" }]`,
});

async function clientAt(to: string | number): Promise<RawClient> {
  const socket: Socket = typeof to === 'string' ? connect(to) : connect(to, '127.0.0.1');
  const client = RawClient.of(socket);
  await once(socket, 'connect');
  return client;
}

/** The reply to the end of a message. */
async function sendMail(client: RawClient): Promise<string> {
  await client.toData();
  return client.say('Subject: x\r\n\r\ntext\r\n.');
}

/** Leaves a socket behind that nobody listens at, as a process does that is killed. */
async function leaveSocket(path: string): Promise<void> {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', script]), 'exit');
}

test('a unix socket: permissions, who may relay, what was left there, its end', async () => {
  const path = join(directory, 'submit');
  await leaveSocket(path);
  expect(existsSync(path)).toBe(true);
  const relay = keep(await startRelay({ set: settings(path) }));
  await relay.line(/listening on unix:.*\/submit, data in/);
  expect(statSync(path).mode & 0o777).toBe(0o620);
  const client = await clientAt(path);
  expect(await sendMail(client)).toMatch(/^250 2\.0\.0 Ok: queued as/);
  await relay.line(/connect from localhost\[127\.0\.0\.1\]/);
  expect(await relay.stop()).toBe(0);
  expect(existsSync(path)).toBe(false);
});

test('a path where somebody listens, and one with another file, stay as they are', async () => {
  const [taken, file] = [join(directory, 'taken'), join(directory, 'file')];
  const server = createServer((socket) => socket.end()).listen(taken);
  await once(server, 'listening');
  writeFileSync(file, 'x');
  for (const path of [taken, file]) {
    const relay = keep(await launchRelay({ set: settings(path) }));
    expect(await relay.exited).not.toBe(0);
    expect(relay.lines.join('\n')).toContain('EADDRINUSE');
    expect(existsSync(path)).toBe(true);
  }
  server.close();
});

/**
 * What systemd does: opens a socket, keeps it, and starts a relay that finds it as descriptor 3. Each line of its input is
 * for another start.
 */
const activator = `
  use Socket; use POSIX (); $^F = 10;
  socket(my $s, AF_INET, SOCK_STREAM, 0); setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
  bind($s, sockaddr_in(shift @ARGV, inet_aton('127.0.0.1'))) or die; listen($s, 16);
  while (<STDIN>) {
    my $pid = fork();
    if ($pid == 0) {
      POSIX::dup2(fileno($s), 3);
      $ENV{LISTEN_PID} = $$; $ENV{LISTEN_FDS} = 1; $ENV{LISTEN_FDNAMES} = 'mx';
      exec @ARGV;
    }
    $| = 1; print "started $pid\\n"; waitpid($pid, 0); print "ended $?\\n";
  }`;

test('a socket of systemd: a restart loses no connection', async () => {
  const port = await freePort('127.0.0.1');
  const set = {
    ...quiet,
    networks: '127.0.0.0/8',
    data_dir: directory,
    listener: '[{ address = "systemd:mx" }]',
  };
  const args = Object.entries(set).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  const relay = [process.execPath, 'dist/main.js', 'run', ...args];
  const parent = spawn('perl', ['-e', activator, `${port}`, ...relay], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, DANE_RELAY_CONFIG: '' },
  });
  keep({ [Symbol.asyncDispose]: async () => void parent.kill('SIGKILL') });
  let said = '';
  parent.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const starts = (): number[] => [...said.matchAll(/started (\d+)/g)].map(([, pid]) => Number(pid));
  const readies = (): number => said.split(': ready\n').length - 1;
  const stop = async (): Promise<void> => {
    const ends = said.split('ended').length;
    process.kill(starts().at(-1) ?? 0, 'SIGTERM');
    await until(() => said.split('ended').length > ends, 'its end');
  };

  parent.stdin.write('\n');
  await until(() => readies() === 1, 'the first relay');
  const first = await clientAt(port);
  expect(await sendMail(first)).toMatch(/^250 /);
  await stop();
  // Nobody accepts now, and nobody is refused.
  const waiting = await clientAt(port);
  parent.stdin.write('\n');
  await until(() => readies() === 2, 'the second relay');
  expect(await sendMail(waiting)).toMatch(/^250 /);
  await stop();
  parent.stdin.end();
  expect(said.match(/ended \d+/g)).toEqual(['ended 0', 'ended 0']);
});

test('a socket that systemd did not open', async () => {
  const relay: RunningRelay = keep(
    await launchRelay({ set: { ...quiet, listener: '[{ address = "systemd:mx" }]' } }),
  );
  expect(await relay.exited).toBe(78);
  expect(relay.lines.join('\n')).toContain(
    'listener[0].address: found those with no name at all, wanted a socket of systemd with FileDescriptorName=mx',
  );
});
