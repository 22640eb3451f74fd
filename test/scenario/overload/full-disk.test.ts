import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import { redisCommand } from '../../../src/children/redis-socket.ts';
import type { Lab } from '../../lab/lab.ts';
import { namespaceObstacle } from '../../lab/privileges.ts';
import { patienceMs } from '../../lab/until.ts';
import { belongings } from '../../support/belongings.ts';
import { labSettings, removeDataDir, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startSmallLab } from '../../support/small-lab.ts';
import { unless } from '../../support/unless.ts';

const run = promisify(execFile);
const MiB = 1024 ** 2;
const obstacle = namespaceObstacle();
let lab: Lab;
const keep = belongings();
beforeAll(async () => {
  lab = await startSmallLab();
});
afterAll(() => lab?.stop());

/** A data directory on a file system of its own, of that size. */
async function smallDisk(mebibytes: number): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'dr-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', directory]);
  keep({
    async [Symbol.asyncDispose]() {
      await run('umount', ['-l', directory]);
      await removeDataDir(directory);
    },
  });
  return directory;
}

/** Leaves so much free, and gives it back when called. */
async function fill(directory: string, leaveBytes: number): Promise<() => Promise<void>> {
  const { bavail, bsize } = await statfs(directory);
  const file = join(directory, 'filler');
  await writeFile(file, Buffer.alloc(Math.max(0, bavail * bsize - leaveBytes))).catch(
    (error: NodeJS.ErrnoException) => {
      // What the relay has written meanwhile is missing: full it is.
      if (error.code !== 'ENOSPC') throw error;
    },
  );
  return () => rm(file);
}

async function relayOn(dataDir: string, set: Record<string, string> = {}): Promise<RunningRelay> {
  const backoff = { 'queue.minimal_backoff': '1s', 'queue.maximal_backoff': '1s' };
  return keep(
    await startRelay({ dataDir, set: { ...labSettings(lab), ...backoff, 'queue.minfree': '8MiB', ...set } }),
  );
}

function outcome(relay: RunningRelay): Promise<string> {
  return sendMail(relay.port, { to: 'user@good.test' }).then(
    () => 'taken',
    (error: Error) => error.message,
  );
}

unless(obstacle === undefined ? undefined : `${obstacle} mount a small disk`, describe)(
  'a disk that fills up',
  () => {
    it('is noticed before it is full: 452 below the floor, mail goes out, and all resumes', async () => {
      const dataDir = await smallDisk(48);
      const relay = await relayOn(dataDir);
      await sendMail(relay.port, { to: 'user@wrong-key.test' });
      await relay.line(/status=deferred/);
      const empty = await fill(dataDir, 7 * MiB);
      await until(async () => /452 4\.3\.1/.test(await outcome(relay)), 'a refusal');
      await relay.line(/no mail is taken: \d+ MiB of disk are free in data_dir, \d+ MiB are needed/);
      expect((await relay.health()).body.problems).toHaveProperty('queue');
      const tries = relay.matching(/status=deferred/).length;
      await until(() => relay.matching(/status=deferred/).length > tries, 'the waiting mail to be tried');
      await empty();
      await until(async () => (await outcome(relay)) === 'taken', 'mail to be taken again');
      expect(relay.matching(/no mail is taken/)).toHaveLength(1);
      expect(relay.matching(/mail is taken again/)).toHaveLength(1);
    });

    it('to the last octet: Redis dies of it, nobody hears 250, what was accepted is still there afterwards', async () => {
      const dataDir = await smallDisk(32);
      const relay = await relayOn(dataDir, { 'queue.minfree': '0B' });
      const waiting = await sendMail(relay.port, { to: 'user@wrong-key.test' });
      await relay.line(new RegExp(`${waiting}: to=.*status=deferred`));
      const empty = await fill(dataDir, 0);
      await relay.line(/redis-server: process \d+ ended with exit status 1/);
      for (let times = 0; times < 3; times += 1) expect(await outcome(relay)).toMatch(/45[12] 4\.3\.[01]/);
      await empty();
      await until(async () => (await outcome(relay)) === 'taken', 'mail to be taken again');
      const tries = relay.matching(new RegExp(`${waiting}: to=`)).length;
      await until(() => relay.matching(new RegExp(`${waiting}: to=`)).length > tries, 'the mail that waited');
    });

    it('so that the queue cannot be rewritten: told once, in health too, and once when it is well again', async () => {
      const dataDir = await smallDisk(64);
      const relay = await relayOn(dataDir);
      const socket = join(dataDir, 'redis', 'redis.sock');
      await redisCommand(socket, ['SET', 'ballast', randomBytes(12 * MiB).toString('base64')], patienceMs);
      const empty = await fill(dataDir, 9 * MiB);
      await redisCommand(socket, ['BGREWRITEAOF'], patienceMs);
      await relay.line(/warning: Redis could not rewrite its append-only file/);
      await relay.line(/no mail is taken: \d+ MiB of disk are free/);
      await empty();
      await relay.line(/mail is taken again/);
      expect((await relay.health()).body.problems).toHaveProperty('queue');
      await redisCommand(socket, ['BGREWRITEAOF'], patienceMs);
      await relay.line(/: Redis has rewritten its append-only file/);
      await until(async () => (await relay.health()).status === 200, 'health');
      expect(relay.matching(/could not rewrite/)).toHaveLength(1);
    });
  },
);
