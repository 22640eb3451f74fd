import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import type { Lab } from '../../lab/lab.ts';
import { belongings } from '../../support/belongings.ts';
import { runCommand } from '../../support/run-command.ts';
import { labSettings, removeDataDir, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startSmallLab } from '../../support/small-lab.ts';

let lab: Lab;
const keep = belongings();
beforeAll(async () => {
  lab = await startSmallLab();
});
afterAll(() => lab?.stop());

async function relayWith(set: Readonly<Record<string, string>> = {}): Promise<RunningRelay> {
  return keep(await startRelay({ set: { ...labSettings(lab), ...set } }));
}

/** Mail that is deferred: its certificate does not match. */
async function deferred(relay: RunningRelay, to: readonly string[]): Promise<string> {
  const queueId = await sendMail(relay.port, { to: [...to] });
  await relay.line(new RegExp(`${queueId}: to=.*status=deferred`));
  return queueId;
}

/** A relay that was stopped with mail in its queue; the directory goes with the test. */
async function stopped(): Promise<{ readonly data_dir: string; readonly queueId: string }> {
  const relay = await relayWith();
  const queueId = await deferred(relay, ['user@wrong-key.test']);
  await relay.stop();
  keep({ [Symbol.asyncDispose]: () => removeDataDir(relay.dataDir) });
  return { data_dir: relay.dataDir, queueId };
}

describe('a reader that leaves, as head does', () => {
  it.each([['queue', 'list'], ['queue', 'list', '--json'], ['help'], ['check-config']])(
    '%s %s is no fault',
    async (...words) => {
      const { data_dir } = await stopped();
      const program = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
      const args = [program, ...words, '--set', `data_dir=${data_dir}`, '--set', 'hostname=relay.test'];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
      // Gone before the first line.
      child.stdout.destroy();
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
      const [code] = (await once(child, 'close')) as [number | null];
      expect(stderr).not.toMatch(/EPIPE|\n {4}at /);
      expect(code).toBe(0);
    },
  );

  it('an export that nobody read to its end is none', async () => {
    const { data_dir } = await stopped();
    const program = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
    const child = spawn(process.execPath, [program, 'queue', 'export', '--set', `data_dir=${data_dir}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    const [code] = (await once(child, 'close')) as [number | null];
    expect([code, stderr]).toEqual([75, 'dane-relay: the export was not read to its end\n']);
  });
});

describe('queue delete and queue release', () => {
  it('leave a line in the log of the relay that runs, once', async () => {
    const relay = await relayWith();
    const queueId = await deferred(relay, ['user@wrong-key.test']);
    const { code } = await runCommand(['queue', 'delete', queueId], { data_dir: relay.dataDir });
    expect(code).toBe(0);
    await relay.line(new RegExp(`^dane-relay/postsuper\\[\\d+\\]: ${queueId}: removed$`));
    await relay.stop();
    expect(relay.matching(/postsuper/)).toHaveLength(1);
  });

  it('leave it in that of the next one, if none runs', async () => {
    const { data_dir, queueId } = await stopped();
    const deleted = await runCommand(['queue', 'delete', queueId], { data_dir });
    expect(deleted).toMatchObject({ code: 0, stdout: Buffer.from(`${queueId}: removed\n`) });
    expect(deleted.stderr).toBe(
      'dane-relay: no relay is running here: nothing is delivered until one does\n',
    );
    const relay = keep(await startRelay({ dataDir: data_dir, set: labSettings(lab) }));
    await relay.line(new RegExp(`postsuper\\[\\d+\\]: ${queueId}: removed(?:, at \\S+)?$`));
  });
});

describe('queue flush', () => {
  it('takes destinations in any case of letters, ids, addresses and domains of recipients', async () => {
    const relay = await relayWith({ 'delivery.relayhost': '[mx.wrong-key.test]' });
    const set = { data_dir: relay.dataDir };
    const queueId = await deferred(relay, ['one@a.test', 'Two@b.test']);
    const flush = async (...names: readonly string[]) => {
      const { code, stdout } = await runCommand(['queue', 'flush', ...names], set);
      return { code, lines: stdout.toString().trimEnd().split('\n') };
    };
    const tries = (): number =>
      relay.matching(new RegExp(`${queueId}: to=<one@a.test>.*status=deferred`)).length;
    for (const name of ['[MX.wrong-key.TEST]', queueId, 'one@A.test', 'two@b.test.', 'B.test']) {
      const before = tries();
      expect({ name, ...(await flush(name)) }).toEqual({
        name,
        code: 0,
        lines: ['1 delivery is due now'],
      });
      await until(() => tries() > before, `an attempt for ${name}`);
      // It is deferred again before it can be made due again.
      await until(async () => {
        const { stdout } = await runCommand(['queue', 'list', '--json'], set);
        return stdout.toString().includes('"state":"deferred"');
      }, 'the deferral');
    }
    expect(await flush(queueId.toLowerCase(), 'nobody@a.test', '[mx.wrong-kye.test]')).toEqual({
      code: 75,
      lines: [
        `${queueId.toLowerCase()}: nothing waits for it`,
        'nobody@a.test: nothing waits for it',
        '[mx.wrong-kye.test]: nothing waits for it; did you mean [mx.wrong-key.test]?',
        '0 deliveries are due now',
      ],
    });
  });
});

describe('queue list', () => {
  it('starts the Redis of a relay that does not run, and leaves its files to whom they belong', async () => {
    const { data_dir, queueId } = await stopped();
    const redis = join(data_dir, 'redis');
    const asRoot = process.getuid?.() === 0;
    // As when systemd runs the relay as a user of its own.
    if (asRoot) await giveTo(redis, 4711);
    const { code, stdout, stderr } = await runCommand(['queue', 'list'], { data_dir });
    expect(stdout.toString()).toMatch(
      new RegExp(`^${queueId}  .* to wrong-key.test, 1 attempt, next try in`),
    );
    expect([code, stderr]).toEqual([
      0,
      'dane-relay: no relay is running here: nothing is delivered until one does\n',
    ]);
    const owners = await ownersIn(redis);
    expect(owners.size).toBe(1);
    if (asRoot) expect([...owners]).toEqual([4711]);
    if (asRoot) await giveTo(redis, 0);
  });

  it('says where there is no queue', async () => {
    const { code, stdout, stderr } = await runCommand(['queue', 'list'], { data_dir: '/tmp/nowhere/relay' });
    expect([code, stdout.toString(), stderr]).toEqual([
      75,
      '',
      'dane-relay: there is no queue in /tmp/nowhere/relay: no relay with this data_dir has run\n',
    ]);
  });

  it('says why mail that is due is not tried', async () => {
    const relay = await relayWith({ 'dns.servers': '127.0.0.1:1' });
    const queueId = await sendMail(relay.port, { to: 'user@good.test' });
    const list = async (...words: readonly string[]): Promise<string> =>
      (await runCommand(['queue', 'list', ...words], { data_dir: relay.dataDir })).stdout.toString();
    await until(async () => (await list()).includes('(waits: '), 'the reason');
    const [first, second] = (await list()).split('\n');
    expect(first).toMatch(new RegExp(`^${queueId}  .*, to good.test, 0 attempts, due now$`));
    expect(second).toBe('    (waits: DNSSEC validation is unavailable)');
    expect(JSON.parse(await list('--json'))).toMatchObject({ postponed: 'DNSSEC validation is unavailable' });
  });
});

async function giveTo(directory: string, uid: number): Promise<void> {
  for (const name of ['.', ...(await readdir(directory, { recursive: true }))]) {
    await chown(join(directory, name), uid, uid);
  }
}

async function ownersIn(directory: string): Promise<ReadonlySet<number>> {
  const names = ['.', ...(await readdir(directory, { recursive: true }))];
  return new Set(await Promise.all(names.map(async (name) => (await stat(join(directory, name))).uid)));
}
