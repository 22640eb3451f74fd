import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import { openDrop } from '../../../src/maildrop/drop.ts';
import { maildropPlaces } from '../../../src/maildrop/places.ts';
import { belongings } from '../../support/belongings.ts';
import { runCommand } from '../../support/run-command.ts';
import { removeDataDir, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { callSendmail } from './spool-kit.ts';

const keep = belongings();

/** Nobody answers there: what is accepted stays in the queue. */
const settings = { 'dns.servers': '127.0.0.1:9' };

async function dataDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  keep({ [Symbol.asyncDispose]: () => removeDataDir(directory) });
  return directory;
}

const start = (dataDir: string): Promise<RunningRelay> => startRelay({ dataDir, set: settings });
const spoolOf = (dataDir: string): string => join(dataDir, 'spool');

/** Who has sent what is in the queue, and in the maildrop. */
async function senders(dataDir: string): Promise<readonly string[]> {
  const { stdout } = await runCommand(['queue', 'list', '--json'], { data_dir: dataDir });
  const lines = stdout.toString().split('\n').filter(Boolean);
  return lines.map((line) => (JSON.parse(line) as { sender: string }).sender).toSorted();
}

it('a message is in the queue when sendmail ends, by a relay that runs or by one that starts later', async () => {
  const dataDir = await dataDirectory();
  const first = await start(dataDir);
  const call = (sender: string): Promise<unknown> =>
    callSendmail(spoolOf(dataDir), ['-f', sender, 'b@x.test'], 'Subject: s\n\nx\n');
  expect(await call('one@a.test')).toMatchObject({ code: 0, stderr: '' });
  expect(first.matching(/pickup\[\d+\]: \w+: uid=\d+ from=<one@a\.test>$/)).toHaveLength(1);
  expect(await first.stop()).toBe(0);

  expect(await call('two@a.test')).toMatchObject({ code: 0, stderr: '' });
  expect(await senders(dataDir)).toEqual(['one@a.test', 'two@a.test']);
  const listed = await runCommand(['queue', 'list'], { data_dir: dataDir });
  expect(listed.stdout.toString()).toMatch(/from <two@a\.test>, uid \d+, in the maildrop: not picked up yet/);
  const mailq = await callSendmail(spoolOf(dataDir), [], '', {
    name: 'mailq',
    env: { DANE_RELAY_DATA_DIR: dataDir },
  });
  expect(mailq.stdout).toMatch(/^-- 0 Kbytes in 2 Requests\.$/m);

  const second = keep(await start(dataDir));
  await second.line(/pickup\[\d+\]: \w+: uid=\d+ from=<two@a\.test>$/);
  await until(async () => (await readdir(maildropPlaces(spoolOf(dataDir)).directory)).length === 0);
  expect(await senders(dataDir)).toEqual(['one@a.test', 'two@a.test']);
});

it('each message of the maildrop is taken once, whenever the relay is killed', async () => {
  const dataDir = await dataDirectory();
  await (await start(dataDir)).stop();
  const { directory } = maildropPlaces(spoolOf(dataDir));
  const names = Array.from({ length: 80 }, (_, index) => `s${String(index).padStart(2, '0')}@a.test`);
  for (const sender of names) {
    const drop = await openDrop(directory);
    // Of several sizes: those that go to Redis in one command, and in several.
    await drop.write(
      Buffer.from(`Subject: s\r\n\r\n${'x'.repeat(60)}\r\n`.repeat(names.indexOf(sender) * 20)),
    );
    await drop.complete({ sender, fullName: '', recipients: [{ address: 'b@x.test' }], body: '7BIT' });
    await drop.keep();
  }
  for (const nth of [1, 2, 5, 9, 14]) {
    const relay = await start(dataDir);
    await until(async () => relay.matching(/: uid=\d+ from=/).length >= nth);
    await relay.kill();
  }
  const last = keep(await start(dataDir));
  await until(async () => (await readdir(directory)).length === 0);
  expect(await senders(dataDir)).toEqual(names);
  expect(last.matching(/not taken/)).toEqual([]);
});
