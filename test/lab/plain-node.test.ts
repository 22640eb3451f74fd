import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chooseAddresses } from './address-space.ts';
import { makeCertificate } from './certificates.ts';
import { postfixObstacle } from './privileges.ts';
import { processesOf } from './processes-of.ts';
import { until } from './until.ts';

const root = path.join(import.meta.dirname, '../..');
const hasPostfix = postfixObstacle() === undefined;
let build: string;

/** As `tsc -p tsconfig.tools.json`, but of the lab and what it uses alone. */
beforeAll(async () => {
  await mkdir(path.join(root, 'build'), { recursive: true });
  build = await mkdtemp(path.join(root, 'build', 'lab-test-'));
  const entries = ['lab.ts', 'standard-world.ts', 'sink-main.ts'];
  const config = {
    extends: path.join(root, 'tsconfig.tools.json'),
    compilerOptions: { rootDir: root, outDir: build },
    include: [],
    files: entries.map((name) => path.join(import.meta.dirname, name)),
  };
  await writeFile(path.join(build, 'tsconfig.json'), JSON.stringify(config));
  await promisify(execFile)(path.join(root, 'node_modules/.bin/tsc'), ['-p', build]);
});
afterAll(async () => rm(build, { recursive: true }));

/** Starts node; gives the process and a function that waits for its next line, read as JSON. */
function node(...args: readonly string[]): {
  child: ChildProcess;
  next: () => Promise<Record<string, unknown>>;
} {
  const child = spawn(process.execPath, args, {
    cwd: path.join(build, 'test/lab'),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  return {
    child,
    async next() {
      await until(() => lines.length > 0, 'a line');
      return JSON.parse(lines.shift() ?? '') as Record<string, unknown>;
    },
  };
}

test.each<NodeJS.Signals>(['SIGKILL', 'SIGTERM'])(
  'a lab leaves nothing when its process gets %s',
  async (signal) => {
    const script = `
    import { startLab } from './lab.js';
    import { standardWorld } from './standard-world.js';
    const lab = await startLab(await standardWorld());
    if (${String(hasPostfix)}) await lab.startPostfixClient({ securityLevel: 'may' });
    console.log(JSON.stringify({ directory: lab.directory }));`;
    const { child, next } = node('--input-type=module', '--eval', script);
    const directory = String((await next())['directory']);
    // One of them has a dozen processes.
    expect(processesOf(directory).length).toBeGreaterThan(hasPostfix ? 10 : 1);
    child.kill(signal);
    await once(child, 'exit');
    await until(() => processesOf(directory).length === 0, 'its children have ended', 5000);
    expect(existsSync(directory)).toBe(false);
  },
);

test('sink-main: counts messages, connections and duplicates, in the clear and through TLS', async () => {
  const certificate = await makeCertificate({ names: ['sink.test'] });
  await writeFile(path.join(build, 'test/lab/cert.pem'), certificate.pem);
  await writeFile(path.join(build, 'test/lab/key.pem'), certificate.privateKeyPem);
  const space = await chooseAddresses();
  const place = [space.address(1), String(space.port)] as const;
  const { child, next } = node('sink-main.js', ...place, '--cert', 'cert.pem', '--key', 'key.pem');
  expect(await next()).toEqual({ listening: place.join(':'), pid: child.pid });

  const one = (id: string) =>
    `MAIL FROM:<a@x.test>\r\nRCPT TO:<b@sink.test>\r\nDATA\r\nX-Bench-Id: ${id}\r\n\r\nx\r\n.\r\n`;
  const socket = connect(space.port, space.address(1));
  socket.end(`EHLO c\r\n${one('1')}${one('2')}${one('1')}QUIT\r\n`);
  await once(socket.resume(), 'close');
  const header = ['--header', 'X-Bench-Id: 3', '--from', 'a@x.test', '--to', 'b@sink.test', '--tls'];
  await promisify(execFile)('swaks', ['--server', place[0], '--port', place[1], ...header]);

  child.stdin?.write('count\n');
  const counts = await next();
  expect(counts).toMatchObject({ messages: 4, connections: 2, plaintext: 3, duplicates: 1 });
  expect(Number(counts['lastAt'])).toBeGreaterThanOrEqual(Number(counts['firstAt']));
  child.kill('SIGUSR2');
  expect(await next()).toEqual(counts);
  const ended = once(child, 'exit');
  child.stdin?.end();
  await ended;
});
