import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../lab/until.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { startMailHost, type MailHost } from '../lab/mail-host.ts';
import { belongings } from '../support/belongings.ts';
import {
  labSettings,
  removeDataDir,
  startRelay,
  type RelayOptions,
  type RunningRelay,
} from '../support/running-relay.ts';
import { sendMail } from '../support/send-mail.ts';

const run = promisify(execFile);
const executable = new URL('../../dist/main.js', import.meta.url).pathname;
const downs = ['down1', 'down2', 'down3'];

let lab: Lab;
const keep = belongings();

beforeAll(async () => {
  lab = await startLab({
    domains: [
      ...downs.map((name) => ({
        name: `${name}.test`,
        dnssec: 'unsigned' as const,
        records: (names: { address(host: string): string }) => [
          '@ MX 10 mx',
          `mx ${names.address(`mx.${name}.test`)}`,
        ],
      })),
      {
        name: 'up.test',
        dnssec: 'unsigned',
        records: (names) => ['@ MX 10 mx', `mx ${names.address('mx.up.test')}`],
      },
    ],
    hosts: [
      ...downs.map((name) => ({ kind: 'absent' as const, name: `mx.${name}.test` })),
      { kind: 'scripted', name: 'mx.up.test', startTls: false },
    ],
  });
});
afterAll(() => lab?.stop());

async function relayWith(
  set: Readonly<Record<string, string>>,
  more: RelayOptions = {},
): Promise<RunningRelay> {
  return keep(await startRelay({ ...more, set: { ...labSettings(lab), ...set } }));
}

/** The host that was down comes up. */
async function comesUp(name: string): Promise<MailHost> {
  const address = lab.names.address(name).replace(/^A /, '');
  const host = await startMailHost({ name, address, port: lab.port }, { startTls: false });
  keep({ [Symbol.asyncDispose]: () => host.stop() });
  return host;
}

async function queueCommand(relay: RunningRelay, word: string): Promise<string> {
  const { stdout } = await run(process.execPath, [
    executable,
    'queue',
    word,
    '--set',
    `data_dir=${relay.dataDir}`,
  ]);
  return stdout;
}

function sendMany(relay: RunningRelay, domain: string, count: number): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, () => sendMail(relay.port, { to: `a@${domain}` })));
}

describe('a destination that is down', () => {
  it('is left alone after three failures: what is queued for it is deferred at once, other mail is not', async () => {
    const relay = await relayWith({ 'queue.minimal_backoff': '60s' });
    const ids = await sendMany(relay, 'down1.test', 20);
    await until(() => relay.matching(/to=<a@down1.test>.*status=deferred/).length === 20, 'all deferred');
    const asked = relay.matching(
      /smtp\[\d+\]: \w+: to=<a@down1.test>, relay=none,.*\(connect to mx.down1.test/,
    );
    const left = relay.matching(
      /error\[\d+\]: \w+: to=<a@down1.test>, relay=none, .*dsn=4.4.1, status=deferred/,
    );
    expect(asked.length).toBeGreaterThanOrEqual(3);
    expect(asked.length).toBeLessThanOrEqual(5);
    expect(asked.length + left.length).toBe(20);
    expect(left[0]).toMatch(
      /, delays=[\d.]+\/[\d.]+\/0\/0, dsn=4.4.1, status=deferred \(delivery temporarily suspended: connect to mx.down1.test\[127.[\d.]+\]:\d+: Connection refused\)$/,
    );
    expect(
      relay.matching(/qmgr\[\d+\]: down1.test: deliveries are suspended for 60 s: connect to/),
    ).toHaveLength(1);
    expect(await queueCommand(relay, 'list')).toMatch(
      new RegExp(`${ids[0]}.*to down1.test, 1 attempt, next try in \\d+s, destination suspended for \\d+s`),
    );
    const other = await sendMail(relay.port, { to: 'a@up.test' });
    await relay.line(new RegExp(`${other}: to=.*status=sent`));
    expect((await metrics(relay)).match(/^dane_relay_suspended_destinations (\d+)$/m)?.[1]).toBe('1');
  });

  it('stays alone when the relay is started again, and is tried at once after a flush', async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'dane-relay-'));
    keep({ [Symbol.asyncDispose]: () => removeDataDir(dataDir) });
    const set = { 'queue.minimal_backoff': '600s' };
    const first = await relayWith(set, { dataDir });
    await sendMany(first, 'down2.test', 8);
    await until(() => first.matching(/to=<a@down2.test>.*status=deferred/).length === 8, 'all deferred');
    await first.stop();

    const second = await relayWith(set, { dataDir });
    const host = await comesUp('mx.down2.test');
    const id = await sendMail(second.port, { to: 'a@down2.test' });
    await second.line(new RegExp(`error\\[\\d+\\]: ${id}: to=.*delivery temporarily suspended`));
    expect(host.connections).toBe(0);

    await queueCommand(second, 'flush');
    await host.waitForMessages(9);
    await until(
      async () => (await queueCommand(second, 'list')) === 'Mail queue is empty\n',
      'an empty queue',
    );
  });

  it('is tried by a few when its time is up, and gets the rest at once when it works', async () => {
    const relay = await relayWith({ 'queue.minimal_backoff': '3s', 'queue.maximal_backoff': '60s' });
    await sendMany(relay, 'down3.test', 15);
    await until(() => relay.matching(/to=<a@down3.test>.*status=deferred/).length >= 15, 'all deferred');
    const host = await comesUp('mx.down3.test');
    await host.waitForMessages(15);
    await relay.line(/down3.test: at work again/);
    expect(host.connections).toBeLessThanOrEqual(15);
    expect(new Set(host.messages.map(({ sha256 }) => sha256)).size).toBe(15);
  });
});

function metrics(relay: RunningRelay): Promise<string> {
  return new Promise((resolve, reject) => {
    const socketPath = path.join(relay.dataDir, 'relay.sock');
    const asked = request({ socketPath, path: '/metrics' }, (response) => resolve(text(response)));
    asked.on('error', reject);
    asked.end();
  });
}
