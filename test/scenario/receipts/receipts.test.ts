import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Receipt } from '../../../src/core/receipt/receipt.ts';
import type { Lab } from '../../lab/lab.ts';
import { startSmallLab } from '../../support/small-lab.ts';
import { removeDataDir, labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { runCommand } from '../../support/run-command.ts';
import { sendMail } from '../../support/send-mail.ts';

/** The steps of docs/receipts.md, with real hosts: a key, mail that asks, its receipts, and what they prove without the relay. */

let lab: Lab;
let relay: RunningRelay;
let dataDir: string;
let publicKey: string;

/** A settings file is not needed: the data directory says where queue and key are. */
const run = (words: readonly string[]) => runCommand(words, { data_dir: dataDir });
const verify = (file: string, ...more: readonly string[]) =>
  runCommand(['receipt', 'verify', file, '--key', publicKey, ...more], {});

beforeAll(async () => {
  lab = await startSmallLab();
  dataDir = await mkdtemp(join(tmpdir(), 'receipts-'));
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
  await removeDataDir(dataDir);
});

async function send(to: string | readonly string[], asks = true): Promise<string> {
  const field = asks ? 'Dane-Receipt: wanted\r\n' : '';
  const raw = `From: a@relay.test\r\nSubject: x\r\n${field}\r\ntext\r\n`;
  const queueId = await sendMail(relay.port, { to, raw });
  await relay.line(new RegExp(`${queueId}: removed`));
  return queueId;
}

async function receiptsOf(queueId: string, ...more: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await run(['receipt', 'show', queueId, ...more]);
  return stdout
    .toString()
    .split('\n')
    .filter((line) => line !== '');
}

const schemaFile = new URL('../../../docs/schemas/receipt.json', import.meta.url);
const isOfSchema = new Ajv2020().compile(JSON.parse(readFileSync(schemaFile, 'utf8')) as object);

function payloadOf(jws: string): Receipt {
  const payload: unknown = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString());
  expect(isOfSchema(payload), JSON.stringify(isOfSchema.errors)).toBe(true);
  return payload as Receipt;
}

async function fileWith(name: string, ...lines: readonly string[]): Promise<string> {
  const file = join(dataDir, name);
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

describe('receipts', () => {
  it('without a key mail goes, and the log says that nothing is stated of it', async () => {
    relay = await startRelay({ dataDir, set: labSettings(lab) });
    const queueId = await send('user@good.test');
    expect(relay.matching(new RegExp(`${queueId}: .*status=sent`))).toHaveLength(1);
    expect(relay.matching(/receipts wanted and not made: 1; there is no key/)).toHaveLength(1);
    expect((await run(['receipt', 'show', queueId])).code).toBe(75);
    await relay[Symbol.asyncDispose]();
  });

  it('makes a key once, for its owner alone', async () => {
    const made = await run(['receipt', 'key']);
    expect(made.code).toBe(0);
    const file = join(dataDir, 'receipt.key');
    const before = await readFile(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    publicKey = join(dataDir, 'relay.pub');
    await writeFile(publicKey, made.stdout);
    expect((await run(['receipt', 'key'])).stdout.equals(made.stdout)).toBe(true);
    expect((await readFile(file)).equals(before)).toBe(true);
  });

  it('proves a delivery under usage 3 and under usage 2 without relay, store and network', async () => {
    relay = await startRelay({ dataDir, set: labSettings(lab) });
    const ids = [await send('user@good.test'), await send('user@ta.test')];
    const lines = (await Promise.all(ids.map((id) => receiptsOf(id)))).flat();
    expect(lines).toHaveLength(2);
    const [good, ta] = lines.map(payloadOf);
    expect(good).toMatchObject({
      recipient: 'user@good.test',
      outcome: { state: 'delivered', dsn: '2.0.0' },
    });
    expect(good?.session?.judgement?.matched?.record).toMatch(/^3 1 1 /);
    expect(good?.answers.every(({ ad }) => ad === true)).toBe(true);
    expect(ta?.session?.judgement).toMatchObject({
      matched: { record: expect.stringMatching(/^2 1 1 /) as string },
    });
    const { code, stdout } = await verify(await fileWith('two', ...lines));
    expect(stdout.toString()).toMatch(
      /^proved: the chain matches 3 1 1, next hop the domain of the recipient; \S+ to user@good\.test: delivered at .*\nproved: the chain matches 2 1 1.*; \S+ to user@ta\.test: /,
    );
    expect(code).toBe(0);
    expect(relay.matching(/receipts signed: 1, key=/).length).toBeGreaterThanOrEqual(2);
  });

  it('a session that serves several messages proves each of them', async () => {
    const ids = [await send('one@good.test'), await send('two@good.test')];
    const lines = (await Promise.all(ids.map((id) => receiptsOf(id)))).flat();
    expect((await verify(await fileWith('reused', ...lines))).code).toBe(0);
  });

  it('claims nothing of DANE where there is none, and does not hide it', async () => {
    const [line = ''] = await receiptsOf(await send('user@unsigned.test'));
    const { code, stdout } = await verify(await fileWith('plain', line));
    expect(stdout.toString()).toMatch(
      /^nothing is claimed of DANE: level may is not DANE; \S+ to user@unsigned\.test: .*\n$/,
    );
    expect(code).toBe(0);
  });

  it('has one receipt for each recipient, and gives out that of one alone', async () => {
    const queueId = await send(['one@good.test', 'two@good.test']);
    expect((await receiptsOf(queueId)).map((line) => payloadOf(line).recipient)).toEqual([
      'one@good.test',
      'two@good.test',
    ]);
    const [one = '', ...more] = await receiptsOf(queueId, '--recipient', 'two@GOOD.test');
    expect(payloadOf(one).recipient).toBe('two@good.test');
    expect(JSON.stringify(payloadOf(one))).not.toContain('one@good.test');
    expect(more).toEqual([]);
  });

  it('refuses what was changed, and what another key has signed', async () => {
    const [line = ''] = await receiptsOf(await send('user@good.test'));
    const [header = '', , signature = ''] = line.split('.');
    const changed = { ...payloadOf(line), recipient: 'other@good.test' };
    const payload = Buffer.from(JSON.stringify(changed)).toString('base64url');
    const { code, stdout } = await verify(await fileWith('forged', `${header}.${payload}.${signature}`));
    expect(stdout.toString()).toMatch(/^NO SIGNED RECEIPT: /);
    expect(code).toBe(65);

    const garbage = await verify(await fileWith('garbage', 'x'.repeat(600_000), '\u001b[2J', line));
    expect(garbage.stdout.toString()).toMatch(
      /^NO SIGNED RECEIPT: it is too long\nNO SIGNED RECEIPT: [\x20-\x7e]+\nproved: .*; \S+ to user@good\.test: .*\n$/,
    );
    expect(garbage.code).toBe(65);
    expect(await verify(await fileWith('empty', ''))).toMatchObject({
      code: 65,
      stderr: 'dane-relay: there is no receipt in it\n',
    });
    const none = await verify(join(dataDir, 'none'));
    expect([none.code, none.stderr]).toEqual([65, expect.stringMatching(/cannot read .*ENOENT/)]);
  });

  it('states nothing of a message that did not ask', async () => {
    const queueId = await send('user@good.test', false);
    expect(await receiptsOf(queueId)).toEqual([]);
  });

  it('a message goes on asking where its queue goes, and gets the receipt of whoever delivers it', async () => {
    await relay[Symbol.asyncDispose]();
    relay = await startRelay({
      dataDir,
      set: { ...labSettings(lab), 'delivery.port': '1', 'queue.minimal_backoff': '1s' },
    });
    const raw = 'From: a@relay.test\r\nSubject: x\r\nDane-Receipt: wanted\r\n\r\ntext\r\n';
    const queueId = await sendMail(relay.port, { to: 'user@good.test', raw });
    await relay.line(new RegExp(`${queueId}: to=.*status=deferred`));
    await relay[Symbol.asyncDispose]();
    const { stdout: dump } = await run(['queue', 'export']);

    const other = await mkdtemp(join(tmpdir(), 'receipts-'));
    const otherKey = await fileWith(
      'other.pub',
      (await runCommand(['receipt', 'key'], { data_dir: other })).stdout.toString(),
    );
    relay = await startRelay({ dataDir: other, set: labSettings(lab) });
    expect((await runCommand(['queue', 'import'], { data_dir: other }, dump)).code).toBe(0);
    await runCommand(['queue', 'retry', queueId], { data_dir: other });
    await relay.line(new RegExp(`${queueId}: removed`));
    const { stdout } = await runCommand(['receipt', 'show', queueId], { data_dir: other });
    const file = await fileWith('moved', stdout.toString());
    const verified = await runCommand(['receipt', 'verify', file, '--key', otherKey], {});
    expect(verified.stdout.toString()).toMatch(/^proved: .*; \S+ to user@good\.test: delivered at /);
    expect((await verify(file)).stdout.toString()).toMatch(/^NO SIGNED RECEIPT: this key has not signed it/);
    await relay[Symbol.asyncDispose]();
    await removeDataDir(other);
  });
});
