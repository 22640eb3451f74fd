import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface PrivateRedis extends AsyncDisposable {
  readonly socketPath: string;
  readonly pid: number;
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>;
  /** Starts again on the same data. */
  restart(): Promise<void>;
  /** One command of its inline protocol; resolves to the raw reply. */
  command(line: string): Promise<string>;
}

/** A real redis-server of the test's own, durable unless told otherwise, gone when disposed. */
export async function startPrivateRedis(
  settings: Readonly<Record<string, string>> = {},
): Promise<PrivateRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'dr-redis-'));
  const socketPath = join(dir, 'redis.sock');
  const wanted = {
    port: '0',
    unixsocket: socketPath,
    unixsocketperm: '700',
    dir,
    appendonly: 'yes',
    appendfsync: 'always',
    save: '',
    'maxmemory-policy': 'noeviction',
    ...settings,
  };
  const args = Object.entries(wanted).flatMap(([name, value]) => [`--${name}`, value]);
  // The death of the test runner takes the server with it.
  const start = () => spawn('setpriv', ['--pdeathsig', 'KILL', 'redis-server', ...args], { stdio: 'ignore' });
  let child = start();
  await answering(socketPath);

  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  return {
    socketPath,
    get pid() {
      return child.pid ?? -1;
    },
    kill,
    command: (line) => ask(socketPath, line),
    async restart() {
      await kill();
      child = start();
      await answering(socketPath);
    },
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function answering(path: string): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const reply = await ask(path, 'PING').catch(() => '');
    if (/^\+PONG|^-NOAUTH/.test(reply)) return;
    await sleep(10);
  }
  throw new Error(`redis-server does not answer on ${path}`);
}

function ask(path: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(`${line}\r\n`));
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('no reply')));
  });
}
