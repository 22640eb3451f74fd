import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Top } from '../../../src/core/delivery/top-row.ts';
import type { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { belongings } from '../../support/belongings.ts';
import { runCommand } from '../../support/run-command.ts';
import { labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startSmallLab } from '../../support/small-lab.ts';

let lab: Lab;
let relay: RunningRelay;
const keep = belongings();
beforeAll(async () => {
  lab = await startSmallLab();
  relay = await startRelay({ set: labSettings(lab) });
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await lab?.stop();
});

async function topAt({ dataDir }: Pick<RunningRelay, 'dataDir'>): Promise<Top> {
  const { code, stdout, stderr } = await runCommand(['queue', 'top', '--json'], { data_dir: dataDir });
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout.toString()) as Top;
}

it('what waits where, and why; the most mail first', async () => {
  for (const to of ['a@rejects.test', 'a@wrong-key.test', 'b@wrong-key.test', 'a@wrong-cert.test']) {
    const queueId = await sendMail(relay.port, { to });
    await relay.line(new RegExp(`${queueId}: to=.*status=(deferred|bounced)`));
  }
  const { stdout } = await runCommand(['queue', 'top'], { data_dir: relay.dataDir });
  const lines = stdout.toString().trimEnd().split('\n');
  expect(lines[0]).toMatch(/^destination +waiting oldest next try now +why$/);
  expect(lines[1]).toMatch(/^wrong-key\.test +2 +\d+s +\S+ .*4\.7\.5 Server certificate not verified$/);
  expect(lines.slice(2)).toContainEqual(
    expect.stringMatching(/^wrong-cert\.test +1 +\d+s +\S+ .*4\.7\.5 Server certificate not verified$/),
  );
  const top = await topAt(relay);
  expect(top).toMatchObject({ schema: 1, isLive: true });
  expect(top.rows[0]).toMatchObject({
    destination: 'wrong-key.test',
    waiting: 2,
    dsn: '4.7.5',
    reason: 'Server certificate not verified',
  });
  expect(top.rows[0]?.oldestAt).toBeGreaterThan(Date.now() - 3_600_000);
  expect(Number.isInteger(top.rows[0]?.oldestAt)).toBe(true);
});

/** A host that says as much as that, and then nothing any more. */
async function silentHost(words: readonly string[]): Promise<{ readonly port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const left = [...words];
    const next = (): void => {
      const word = left.shift();
      if (word !== undefined) socket.write(`${word}\r\n`);
    };
    next();
    socket.on('error', () => {});
    socket.setEncoding('latin1').on('data', next);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return keep({
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  });
}

it.each([
  ['opening', []],
  ['envelope', ['220 mx', '250 mx']],
  ['final reply', ['220 mx', '250-mx\r\n250 PIPELINING', '250 ok\r\n250 ok\r\n354 go']],
])('what a delivery is at: %s', async (phase, words) => {
  const { port } = await silentHost(words);
  const set = {
    ...labSettings(lab),
    'delivery.relayhost': `[127.0.0.1]:${port}`,
    'delivery.allow_loopback': 'true',
    'tls.level': 'may',
  };
  const other = keep(await startRelay({ set }));
  const queueId = await sendMail(other.port, { to: 'user@somewhere.test' });
  const shown = async () => (await topAt(other)).rows[0]?.underWay[0];
  await until(async () => (await shown())?.phase === phase, `the delivery is at ${phase}`);
  expect(await shown()).toMatchObject({ queueId, phase, host: '127.0.0.1' });
  const { stdout } = await runCommand(['queue', 'top', '--once'], { data_dir: other.dataDir });
  expect(stdout.toString()).toMatch(new RegExp(`\\[127\\.0\\.0\\.1\\]:${port} +1 .* ${phase} \\d+s`));
  await other.kill();
});

it('on a terminal it has a screen of its own, which q ends', async () => {
  const program = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
  const command = `${process.execPath} ${program} queue top --set data_dir=${relay.dataDir}`;
  const child = spawn('script', ['-qfec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  keep({
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) child.kill('SIGKILL');
    },
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (shown += chunk));
  const closed = once(child, 'close');
  await until(() => shown.includes('q ends'), 'the screen is drawn');
  expect(shown.startsWith('\u001b[?1049h\u001b[?25l')).toBe(true);
  child.stdin.write('q');
  const [code] = (await closed) as [number | null];
  expect(code).toBe(0);
  expect(shown.trimEnd().endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
});

it('without a relay it shows the queue alone', async () => {
  const first = await startRelay({ set: labSettings(lab), dataDir: `${lab.directory}/stopped` });
  const queueId = await sendMail(first.port, { to: 'user@wrong-key.test' });
  await first.line(new RegExp(`${queueId}: to=.*status=deferred`));
  await first.stop();
  const { code, stdout } = await runCommand(['queue', 'top'], { data_dir: first.dataDir });
  expect(code).toBe(0);
  expect(stdout.toString()).toMatch(/wrong-key\.test +1 .*\nno relay is running here/);
});

it('many destinations that wait for the resolver are one line', async () => {
  const blind = await lab.startResolver({ validating: false });
  const set = { ...labSettings(lab), 'dns.servers': blind.server };
  const other = keep(await startRelay({ set }));
  for (const domain of ['good.test', 'ta.test', 'no-tlsa.test', 'unsigned.test']) {
    await sendMail(other.port, { to: `user@${domain}` });
  }
  const isPaused = async () => (await topAt(other)).paused[0];
  await until(async () => (await isPaused())?.waiting === 4, 'all four wait');
  expect(await isPaused()).toMatchObject({ destinations: 4, waiting: 4 });
  const { stdout } = await runCommand(['queue', 'top'], { data_dir: other.dataDir });
  expect(stdout.toString()).toMatch(/^\(4 destinations\) +4 +paused +\S.*valid/m);
});
