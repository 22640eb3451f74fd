import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import { askHealth } from '../../../src/status/status-server.ts';
import { belongings } from '../../support/belongings.ts';
import { runCommand } from '../../support/run-command.ts';
import { launchRelay, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { RawClient } from '../intake/raw-client.ts';

/** A log that cannot be written stops no mail, no health and no end. */

const keep = belongings();
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dane-relay-log-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** No host is ever asked. */
const alone = { 'dns.servers': '127.0.0.1:9', 'dns.dnssec_probe': '', 'tls.level': 'none' };

function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}

/** A relay that logs into a file, when it is ready. */
async function loggingTo(file: string, set: Readonly<Record<string, string>> = {}): Promise<RunningRelay> {
  const relay = keep(await launchRelay({ set: { ...alone, ...set, 'log.file': file } }));
  const isUp = async (): Promise<boolean> => {
    const text = await relay.metrics().catch(() => '');
    return text.includes('dane_relay_events_total{event="ready"} 1');
  };
  await until(isUp, 'the relay');
  return relay;
}

async function portOf(file: string): Promise<number> {
  return Number(/listening on [^,]*:(\d+)/.exec(await read(file))?.[1]);
}

async function troubles({ health }: RunningRelay): Promise<Readonly<Record<string, string>>> {
  return (await health()).body.problems;
}

/** Commands that are refused, from a client that may not send: a line of the log of some 800 octets each. */
async function refusals(port: number, sessions: number): Promise<void> {
  const [left, right] = ['a', 'b'].map((letter) => letter.repeat(60)) as [string, string];
  const name = `${left}.${right}.${left}.${right}.example`;
  async function session(): Promise<void> {
    const client = await RawClient.open({ host: '127.0.0.1', port });
    await client.reply();
    await client.talk(`EHLO ${name}`, `MAIL FROM:<x@${name}>`);
    for (let nth = 0; nth < 9; nth += 1) expect(await client.say(`RCPT TO:<${nth}@${name}>`)).toMatch(/^554/);
    client.socket.destroy();
  }
  for (let done = 0; done < sessions; done += 8) await Promise.all(Array.from({ length: 8 }, session));
}
const stranger = { networks: '192.0.2.0/24', 'intake.client_limit': '1000' };

function metric(text: string, name: string): number {
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
}

describe('a log file that SIGHUP cannot open anew', () => {
  it('leaves the relay at work, with its lines in the old file, and is in health until it can', async () => {
    const place = join(directory, 'rotated');
    const file = join(place, 'mail.log');
    const relay = await loggingTo(file);
    const port = await portOf(file);
    await rename(place, `${place}.1`);
    await writeFile(place, 'no directory');
    relay.signal('SIGHUP');
    await until(async () => 'log file' in (await troubles(relay)), 'trouble');
    expect((await troubles(relay))['log file']).toMatch(/^not read again, lines go on into the old one: /);
    const id = await sendMail(port, { to: 'user@nowhere.test' });
    await until(
      async () => (await read(`${place}.1/mail.log`)).includes(`${id}: from=`),
      'the line of a mail',
    );
    expect(await read(`${place}.1/mail.log`)).toMatch(
      /error: not read again, lines go on into the old one: /,
    );

    await rm(place);
    await mkdir(place);
    relay.signal('SIGHUP');
    await until(async () => !('log file' in (await troubles(relay))), 'the end of the trouble');
    expect(await relay.stop()).toBe(0);
    expect(await read(file)).toMatch(/: stopping\n/);
  });

  it('is tried with all else that is read again, and any of it may fail', async () => {
    const table = join(directory, 'transport');
    await writeFile(table, '');
    const relay = keep(
      await startRelay({ set: { ...alone, 'delivery.transport_maps': table }, policies: [] }),
    );
    const policies = join(relay.dataDir, 'tls_policy');
    for (const file of [table, policies]) {
      await rm(file);
      await mkdir(file);
    }
    relay.signal('SIGHUP');
    await relay.line(
      /qmgr\[\d+\]: error: not read again, the old transport table stays in force: .*found a directory/,
    );
    await relay.line(
      /smtp\[\d+\]: error: not read again, the old TLS policy stays in force: .*found a directory/,
    );
    expect(Object.keys(await troubles(relay))).toEqual(['TLS policy', 'transport table']);
    for (const file of [table, policies]) {
      await rm(file, { recursive: true });
      await writeFile(file, '');
    }
    relay.signal('SIGHUP');
    await until(async () => Object.keys(await troubles(relay)).length === 0, 'the end of the trouble');
    expect(await relay.stop()).toBe(0);
  });
});

describe('a log file on a full disk', () => {
  it('stops neither mail nor the end, is in health, and has all its lines when there is room again', async () => {
    const file = join(directory, 'full.log');
    await symlink('/dev/full', file);
    const relay = await loggingTo(file, { listen: '127.0.0.1:0', 'status.listen': '' });
    await relay.line(/^dane-relay: warning: the log .*full\.log cannot be written: ENOSPC/);
    expect((await troubles(relay))['log']).toMatch(
      /full\.log cannot be written: ENOSPC: .*; \d+ lines wait$/,
    );
    expect(metric(await relay.metrics(), 'dane_relay_log_write_failures_total')).toBeGreaterThan(0);
    await rm(file);
    relay.signal('SIGHUP');
    await until(async () => Number.isInteger(await portOf(file)), 'the line that says where it listens');
    expect(await troubles(relay)).toEqual({});
    const id = await sendMail(await portOf(file), { to: 'user@nowhere.test' });
    await until(async () => (await read(file)).includes(`${id}: from=`), 'the line of a mail');
  });

  it('does not keep the relay from ending', async () => {
    const relay = await loggingTo('/dev/full');
    expect(await relay.stop()).toBe(0);
    await relay.line(/^dane-relay: warning: \d+ lines of the log \/dev\/full are lost: ENOSPC/);
  });
});

describe('a reader of the standard output that has stopped', () => {
  it('stops neither mail nor health nor the end', async () => {
    const relay = keep(await startRelay({ set: { ...alone, ...stranger } }));
    relay.ignore();
    await refusals(relay.port, 80);
    await until(async () => 'log' in (await troubles(relay)), 'health to tell');
    expect((await troubles(relay))['log']).toMatch(
      /^standard output cannot be written: nobody reads it; \d+ lines/,
    );
    const client = await RawClient.open({ host: '127.0.0.1', port: relay.port });
    expect(await client.reply()).toMatch(/^220 /);
    client.socket.destroy();
    expect(await relay.stop()).toBe(0);
  });

  it('costs bounded memory: what is too much is dropped, counted, and told of where it is missing', async () => {
    const relay = keep(await launchRelay({ set: { ...alone, ...stranger, 'log.format': 'json' } }));
    await relay.line(/"msg":"ready"/);
    relay.ignore();
    const dropped = async (): Promise<number> =>
      metric(await relay.metrics(), 'dane_relay_log_lines_dropped_total');
    while ((await dropped()) < 100) await refusals(relay.port, 64);
    expect((await troubles(relay))['log']).toMatch(/nobody reads it; \d+ lines wait, \d+ are lost$/);
    relay.listen();
    await relay.line(/"event":"log lines dropped"/);
    await until(async () => !('log' in (await troubles(relay))), 'the end of the trouble');
    const [line = ''] = relay.matching(/"event":"log lines dropped"/);
    const { count, msg } = JSON.parse(line) as { count: number; msg: string };
    expect(msg).toBe(`${count} log lines were dropped: nobody reads it`);
    expect(count).toBe(await dropped());
    expect(await relay.stop()).toBe(0);
  });

  it('may be a terminal in which somebody has typed Ctrl-S', async () => {
    const dataDir = await mkdtemp(join(directory, 'terminal-'));
    const set = { ...alone, ...stranger, data_dir: dataDir, listen: '127.0.0.1:0' };
    const args = Object.entries(set).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const relay = [process.execPath, 'dist/main.js', 'run', ...args].join(' ');
    // It shows what its terminal shows, as long as it is read itself.
    const terminal = spawn('script', ['--quiet', '--command', `exec ${relay}`, '/dev/null'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let shown = '';
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
    await until(() => shown.includes(': ready'), 'the relay');
    terminal.stdout.pause();
    const [, pid = '', port = ''] = /master\[(\d+)\]: listening on [^,]*:(\d+)/.exec(shown) ?? [];
    await refusals(Number(port), 80);
    await until(
      async () => (await askHealth(join(dataDir, 'relay.sock')))?.problems['log'] !== undefined,
      'health',
    );
    process.kill(Number(pid), 'SIGTERM');
    // Whoever should take note of its end is kept by the terminal, too.
    const state = async (): Promise<string> =>
      /State:\t(\w)/.exec(await read(`/proc/${pid}/status`))?.[1] ?? 'gone';
    await until(async () => ['Z', 'gone'].includes(await state()), 'the end');
    terminal.kill('SIGKILL');
  });

  it('and one that has gone away do not keep it from ending', async () => {
    const relay = keep(await startRelay({ set: alone }));
    relay.leave();
    const id = await sendMail(relay.port, { to: 'user@nowhere.test' });
    expect(id).not.toBe('');
    await until(async () => 'log' in (await troubles(relay)), 'health to tell');
    expect((await troubles(relay))['log']).toMatch(/EPIPE/);
    expect(await relay.stop()).toBe(0);
  });
});

describe('a log file that cannot be opened at the start', () => {
  it('is named with its setting, and the exit code says that a restart does not mend it', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    const data_dir = join(directory, 'data');
    const { code, stderr } = await runCommand(['run'], {
      ...alone,
      data_dir,
      'log.file': `${file}/mail.log`,
    });
    expect(code).toBe(78);
    expect(stderr).toMatch(
      /log\.file: found a file where a directory has to be, wanted a file that the relay may write to\n/,
    );
  });
});
