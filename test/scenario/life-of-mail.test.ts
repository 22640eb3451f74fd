import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../lab/until.ts';
import type { Lab } from '../lab/lab.ts';
import { belongings } from '../support/belongings.ts';
import { labSettings, launchRelay, startRelay, type RunningRelay } from '../support/running-relay.ts';
import { sendMail } from '../support/send-mail.ts';
import { startSmallLab } from '../support/small-lab.ts';

const run = promisify(execFile);
const executable = new URL('../../dist/main.js', import.meta.url).pathname;

let lab: Lab;
const keep = belongings();

beforeAll(async () => {
  lab = await startSmallLab();
});
afterAll(() => lab?.stop());

async function relayWith(
  set: Readonly<Record<string, string>> = {},
  policies?: readonly string[],
): Promise<RunningRelay> {
  const relay = await startRelay({
    set: { ...labSettings(lab), ...set },
    ...(policies === undefined ? {} : { policies }),
  });
  keep(relay);
  return relay;
}

/** Runs another command of the relay's executable against a running relay. */
async function command(
  relay: RunningRelay,
  ...args: readonly string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const all = [executable, ...args, '--set', `data_dir=${relay.dataDir}`];
  try {
    return { code: 0, ...(await run(process.execPath, all)) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

describe('a refused recipient', () => {
  it('is reported to the sender as RFC 3464 wants it, through the same queue', async () => {
    const relay = await relayWith();
    const host = lab.host('mx.good.test');
    const had = host.messages.length;
    const queueId = await sendMail(relay.port, {
      from: 'sender@good.test',
      to: 'nobody@rejects.test',
      subject: 'to be refused',
    });
    const verdict = await relay.line(new RegExp(`${queueId}: to=`));
    expect(verdict).toMatch(
      /dsn=5\.1\.1, status=bounced \(host mx\.rejects\.test\[[\d.]+\] said: 550 5\.1\.1 User unknown \(in reply to RCPT TO command\)\)$/,
    );
    const bounce = await relay.line(new RegExp(`${queueId}: sender non-delivery notification: `));
    const reportId = bounce.split(' ').at(-1);
    await relay.line(new RegExp(`${reportId}: from=<>, size=\\d+, nrcpt=1 \\(queue active\\)`));
    await relay.line(new RegExp(`${reportId}: to=<sender@good.test>.*status=sent`));
    const report = (await host.waitForMessages(had + 1))[had];
    expect(report).toMatchObject({ sender: '', recipients: ['sender@good.test'] });
    const text = report?.data.toString() ?? '';
    expect(text).toMatch(/^Content-Type: multipart\/report; report-type=delivery-status;/m);
    expect(text).toContain(
      'Final-Recipient: rfc822; nobody@rejects.test\r\nAction: failed\r\nStatus: 5.1.1\r\n',
    );
    expect(text).toContain(
      'Remote-MTA: dns; mx.rejects.test\r\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\r\n',
    );
    expect(text).toContain('Subject: to be refused');
  });

  it('of a report itself is dropped, not reported again', async () => {
    const relay = await relayWith();
    const queueId = await sendMail(relay.port, {
      from: '',
      to: 'nobody@rejects.test',
      raw: 'Subject: a report\r\n\r\nbody\r\n',
    });
    await relay.line(new RegExp(`${queueId}: removed`));
    expect(relay.matching(/non-delivery notification/)).toEqual([]);
  });

  it('does not keep the others of the message from their mail', async () => {
    const relay = await relayWith();
    const queueId = await sendMail(relay.port, {
      to: ['a@good.test', 'b@rejects.test', 'c@unsigned.test', 'd@good.test'],
    });
    await relay.line(new RegExp(`${queueId}: removed`));
    const verdicts = relay
      .matching(new RegExp(`${queueId}: to=`))
      .map((line) => line.replace(/.* to=<(.*)>, .*status=(\w+).*/, '$1 $2'));
    expect(verdicts.toSorted()).toEqual([
      'a@good.test sent',
      'b@rejects.test bounced',
      'c@unsigned.test sent',
      'd@good.test sent',
    ]);
    const [envelope] = lab
      .host('mx.good.test')
      .messages.filter(({ recipients }) => recipients.includes('a@good.test'));
    expect(envelope?.recipients).toEqual(['a@good.test', 'd@good.test']);
  });
});

describe('a deferred message', () => {
  it('is tried again on schedule, once the backoff is over', async () => {
    const relay = await relayWith({ 'queue.minimal_backoff': '1s', 'queue.maximal_backoff': '1s' });
    const queueId = await sendMail(relay.port, { to: 'user@wrong-key.test' });
    await until(() => relay.matching(new RegExp(`${queueId}: to=.*deferred`)).length >= 3, 'three attempts');
    const delays = relay
      .matching(new RegExp(`${queueId}: to=.*deferred`))
      .map((line) => Number(/delay=([\d.]+)/.exec(line)?.[1]));
    expect(delays[1]).toBeGreaterThanOrEqual(1);
    expect(delays[2]).toBeGreaterThanOrEqual(2);
    expect(relay.matching(new RegExp(`${queueId}: from=.*queue active`)).length).toBeGreaterThanOrEqual(3);
  });

  it('goes back to its sender when its lifetime is over, with the last reason', async () => {
    const relay = await relayWith({
      'queue.minimal_backoff': '1s',
      'queue.maximal_backoff': '1s',
      'queue.lifetime': '2s',
    });
    const host = lab.host('mx.good.test');
    const had = host.messages.length;
    const queueId = await sendMail(relay.port, { from: 'sender@good.test', to: 'user@wrong-key.test' });
    await relay.line(new RegExp(`${queueId}: from=<sender@good.test>, status=expired, returned to sender`));
    await relay.line(new RegExp(`${queueId}: removed`));
    const text = (await host.waitForMessages(had + 1))[had]?.data.toString() ?? '';
    expect(text).toContain('Status: 4.7.5');
    expect(text).toContain('Diagnostic-Code: X-Dane-Relay; Server certificate not verified');
  });

  it('is shown by queue list, with reason and time, and made due by queue flush', async () => {
    const relay = await relayWith();
    expect((await command(relay, 'queue', 'list')).stdout).toBe('Mail queue is empty\n');
    const queueId = await sendMail(relay.port, { to: 'user@greylist.test' });
    await sendMail(relay.port, { to: 'user@stripped.test' });
    await until(() => relay.matching(/status=deferred/).length === 2, 'two deferrals');
    const { stdout } = await command(relay, 'queue', 'list');
    expect(stdout).toMatch(
      new RegExp(
        `^${queueId}  \\d+ bytes, \\d+s old, from <sender@relay.test>, to greylist.test, 1 attempt, next try in \\d+[sm]$`,
        'm',
      ),
    );
    expect(stdout).toContain('(4.7.4 TLS is required, but was not offered by host mx.stripped.test[');
    const objects = (await command(relay, 'queue', 'list', '--json')).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { state: string });
    expect(objects.map(({ state }) => state)).toEqual(['deferred', 'deferred']);

    const flushed = await command(relay, 'queue', 'flush');
    expect(flushed).toMatchObject({ code: 0, stdout: '2 deliveries are due now\n' });
    await relay.line(new RegExp(`${queueId}: to=<user@greylist.test>.*status=sent`));
  });
});

describe('connections', () => {
  it('are shared by mails that follow each other, and the log says so', async () => {
    const relay = await relayWith({ 'delivery.connection_cache_time_limit': '60s' });
    const host = lab.host('mx.good.test');
    const had = host.sessions.length;
    for (let index = 0; index < 5; index += 1) {
      const queueId = await sendMail(relay.port, { to: 'user@good.test' });
      await relay.line(new RegExp(`${queueId}: removed`));
    }
    expect(host.sessions.length - had).toBe(1);
    expect(relay.matching(/Verified TLS connection established/)).toHaveLength(1);
    expect(relay.matching(/Verified TLS connection reused to mx\.good\.test/)).toHaveLength(4);
    expect(relay.matching(/conn_use=5, delay=/)).toHaveLength(1);
  });

  it('are not shared when reuse is switched off', async () => {
    const relay = await relayWith({ 'delivery.connection_reuse': 'false' });
    const host = lab.host('mx.good.test');
    const had = host.sessions.length;
    for (let index = 0; index < 3; index += 1) {
      const queueId = await sendMail(relay.port, { to: 'user@good.test' });
      await relay.line(new RegExp(`${queueId}: removed`));
    }
    expect(host.sessions.length - had).toBe(3);
  });
});

describe('a TLSA record and no STARTTLS', () => {
  it('means that not even MAIL FROM is said in clear', async () => {
    const relay = await relayWith();
    const queueId = await sendMail(relay.port, { to: 'user@stripped.test' });
    await relay.line(
      new RegExp(
        `${queueId}: to=.*dsn=4\\.7\\.4, status=deferred \\(TLS is required, but was not offered by host`,
      ),
    );
    const session = lab.host('mx.stripped.test').sessions.at(-1);
    await until(() => session?.end !== 'open', 'the end of the session');
    expect(session?.plaintextCommands).toEqual(['EHLO relay.test', 'QUIT']);
  });
});

describe('the policy map', () => {
  it('is read again on SIGHUP, without a restart', async () => {
    const relay = await relayWith({}, ['unsigned.test dane-only']);
    const first = await sendMail(relay.port, { to: 'user@unsigned.test' });
    await relay.line(new RegExp(`${first}: to=.*status=deferred \\(non DNSSEC destination\\)`));
    await writeFile(join(relay.dataDir, 'tls_policy'), 'unsigned.test may\nbroken.test nonsense\n');
    relay.signal('SIGHUP');
    await relay.line(/tls_policy:2: .*nonsense/);
    await until(async () => {
      const queueId = await sendMail(relay.port, { to: 'user@unsigned.test' });
      return /status=sent/.test(await relay.line(new RegExp(`${queueId}: to=`)));
    }, 'the new policy');
  });
});

describe('the process', () => {
  it('ends with 0 on SIGTERM, leaving nothing behind, and takes up its queue at the next start', async () => {
    const relay = await relayWith();
    const queueId = await sendMail(relay.port, { to: 'user@wrong-key.test' });
    await relay.line(new RegExp(`${queueId}: to=`));
    expect(await relay.stop()).toBe(0);
    const left = await run('pgrep', ['-f', relay.dataDir]).then(
      ({ stdout }) => stdout,
      () => '',
    );
    expect(left).toBe('');
    const again = await startRelay({ dataDir: relay.dataDir, set: labSettings(lab) });
    keep(again);
    expect((await command(again, 'queue', 'list')).stdout).toContain(queueId);
  });

  it('does not start twice on one data directory', async () => {
    const relay = await relayWith();
    const second = await launchRelay({ dataDir: relay.dataDir });
    keep(second);
    expect(await second.exited).toBe(75);
    expect(second.lines.join('\n')).toContain('another relay is running');
    const queueId = await sendMail(relay.port, { to: 'user@good.test' });
    await relay.line(new RegExp(`${queueId}: removed`));
  });

  it('writes its log to a file, and opens it anew on SIGHUP after rotation', async () => {
    const relay = await launchRelay({
      set: { ...labSettings(lab), 'log.file': `${lab.directory}/mail.log`, 'log.format': 'json' },
    });
    keep(relay);
    const file = join(lab.directory, 'mail.log');
    const content = () => readFile(file, 'utf8').catch(() => '');
    await until(async () => /"msg":"ready"/.test(await content()), 'ready');
    const records = (await content())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(records.find(({ msg }) => msg === 'ready')).toMatchObject({
      level: 'info',
      component: 'master',
      event: 'ready',
      pid: relay.pid,
    });
    await rename(file, `${file}.1`);
    relay.signal('SIGHUP');
    await until(() => existsSync(file), 'the new file');
    await relay.stop();
    expect(await content()).toContain('stopping');
  });

  it('tells of its health, by exit code too', async () => {
    const relay = await relayWith();
    await until(async () => (await command(relay, 'health')).code === 0, 'health');
    expect((await command(relay, 'health')).stdout).toBe('ok\n');
    await relay.stop();
    expect(await command(relay, 'health')).toMatchObject({ code: 75, stdout: 'no relay is running here\n' });
  });

  it.each([
    [['run', '--set', 'tls.level=danish'], 78, /tls\.level/],
    [['run', '--set', 'queue.lifetime=5'], 78, /queue\.lifetime/],
    [['frobnicate'], 64, /frobnicate/],
    [['--version'], 0, /^dane-relay \d+\.\d+\.\d+\n$/],
    [['--help'], 0, /Usage: dane-relay/],
    [['check-config', '--set', 'tls.level=dane-only'], 0, /tls\.level = "?dane-only"?.*configuration ok/s],
  ])('%j exits with %i', async (args, code, words) => {
    const result = await run(process.execPath, [executable, ...args]).then(
      ({ stdout, stderr }) => ({ code: 0, text: stdout + stderr }),
      (error: { code: number; stdout: string; stderr: string }) => ({
        code: error.code,
        text: error.stdout + error.stderr,
      }),
    );
    expect(result.code).toBe(code);
    expect(result.text).toMatch(words);
  });
});

describe('the log', () => {
  it('has one line "ready", and the word in no other', async () => {
    const relay = await relayWith();
    expect(relay.matching(/\bready\b/i)).toEqual([`dane-relay/master[${relay.pid}]: ready`]);
  });
});

describe('mail for many destinations', () => {
  it('does not wait for places that only linger', async () => {
    // With a minute of patience each, ten of them would not be done before this test is given up.
    const relay = await relayWith({
      'delivery.active_destinations': '2',
      'delivery.connection_cache_time_limit': '1m',
    });
    const domains = [
      'good',
      'ta',
      'no-tlsa',
      'unsigned',
      'half',
      'alias',
      'implicit',
      'failover',
      'anonymous',
      'adh',
    ];
    const to = domains.map((domain) => `user@${domain}.test`);
    const queueId = await sendMail(relay.port, { to });
    await relay.line(new RegExp(`${queueId}: removed`));
  });
});
