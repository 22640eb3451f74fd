import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../lab/until.ts';
import type { Lab } from '../lab/lab.ts';
import { belongings } from '../support/belongings.ts';
import { startPrivateRedis } from '../support/private-redis.ts';
import {
  labSettings,
  launchRelay,
  removeDataDir,
  startRelay,
  type RunningRelay,
} from '../support/running-relay.ts';
import { sendMail } from '../support/send-mail.ts';
import { startSmallLab } from '../support/small-lab.ts';

let lab: Lab;
const keep = belongings();
const directories: string[] = [];

beforeAll(async () => {
  lab = await startSmallLab();
});
afterAll(() => lab?.stop());
afterEach(async () => {
  for (const directory of directories.splice(0)) await removeDataDir(directory);
});

async function dataDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  directories.push(directory);
  return directory;
}

/** A message of that many octets, and its digest; lines of 78. */
function largeMessage(bytes: number): Buffer {
  const header =
    'From: <sender@relay.test>\r\nTo: <user@good.test>\r\nSubject: large\r\nDate: Sat, 21 Nov 2026 22:00:00 +0000\r\nMessage-ID: <large@relay.test>\r\n\r\n';
  const line = Buffer.from(`${'x'.repeat(76)}\r\n`);
  return Buffer.concat([
    Buffer.from(header),
    ...Array.from({ length: Math.ceil(bytes / line.length) }, () => line),
  ]);
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Peak resident memory of a process so far, octets (proc(5), VmHWM). */
function peakMemory(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** Waits until somebody's mail is accepted again. */
const intakeTakesMail = (relay: RunningRelay): Promise<void> =>
  until(
    () =>
      sendMail(relay.port, { to: 'user@good.test' }).then(
        () => true,
        () => false,
      ),
    'intake to recover',
  );

describe('a message that was answered with 250', () => {
  it('is delivered after the relay was killed right behind its 250', async () => {
    const dataDir = await dataDirectory();
    const host = lab.host('mx.good.test');
    const had = host.messages.length;
    const first = keep(await startRelay({ dataDir, set: labSettings(lab) }));
    const subjects = Array.from({ length: 10 }, (_, index) => `killed ${index}`);
    await Promise.all(subjects.map((subject) => sendMail(first.port, { to: 'user@good.test', subject })));
    await first.kill();
    const second = keep(await startRelay({ dataDir, set: labSettings(lab) }));
    const arrived = () =>
      new Set(
        host.messages.slice(had).map(({ data }) => /^Subject: (.*)\r$/m.exec(data?.toString() ?? '')?.[1]),
      );
    await until(() => arrived().size === subjects.length, 'all ten');
    expect(arrived()).toEqual(new Set(subjects));
    await until(async () => (await second.health()).status === 200, 'health');
  });

  it('waits through kills while its destination defers, and goes out in the end', async () => {
    const dataDir = await dataDirectory();
    const set = { ...labSettings(lab), 'queue.minimal_backoff': '1s', 'queue.maximal_backoff': '1s' };
    const first = keep(await startRelay({ dataDir, set }));
    const queueId = await sendMail(first.port, { to: 'user@greylist.test' });
    await first.line(new RegExp(`${queueId}: to=.*status=deferred`));
    await first.kill();
    const second = keep(await startRelay({ dataDir, set }));
    await second.line(new RegExp(`${queueId}: to=<user@greylist.test>.*status=sent`));
    await second.line(new RegExp(`${queueId}: removed`));
  });

  it('survives the death of the managed Redis under the running relay', async () => {
    const relay = keep(
      await startRelay({
        set: { ...labSettings(lab), 'queue.minimal_backoff': '1s', 'queue.maximal_backoff': '2s' },
      }),
    );
    const queueId = await sendMail(relay.port, { to: 'user@wrong-key.test' });
    await relay.line(new RegExp(`${queueId}: to=.*status=deferred`));
    const pid = Number(readFileSync(join(relay.dataDir, 'redis', 'redis.pid'), 'utf8'));
    process.kill(pid, 'SIGKILL');
    await until(
      () => relay.matching(new RegExp(`${queueId}: to=.*status=deferred`)).length >= 3,
      'further attempts',
    );
    await intakeTakesMail(relay);
  });
});

describe('a large message', () => {
  it('of 50 MiB, two at the same time, passes unchanged in less memory than it would take to hold it', async () => {
    const relay = keep(await startRelay({ set: labSettings(lab) }));
    const raw = largeMessage(50 * 1024 * 1024);
    const host = lab.host('mx.good.test');
    await sendMail(relay.port, { to: 'user@good.test' });
    await relay.line(/: removed/); // Everything is loaded and warm.
    const had = host.messages.length;
    const before = peakMemory(relay.pid);
    await Promise.all([1, 2].map(() => sendMail(relay.port, { to: 'user@good.test', raw })));
    const messages = await host.waitForMessages(had + 2);
    for (const received of messages.slice(had)) {
      // What arrives is our Received line and then exactly what was sent.
      const trace = received.data.subarray(0, received.data.indexOf('From: <sender@relay.test>'));
      expect(received.sha256).toBe(digest(Buffer.concat([trace, raw])));
    }
    const grown = peakMemory(relay.pid) - before;
    const MiB = 1024 * 1024;
    console.log(
      `2 x 50 MiB: peak of the relay ${Math.round(peakMemory(relay.pid) / MiB)} MiB, grown by ${Math.round(grown / MiB)} MiB`,
    );
    expect(grown).toBeLessThan(95 * MiB);
  });
});

describe('a Redis of the operator', () => {
  it('is refused when it can lose mail, with exit 78 and the reason', async () => {
    const redis = keep(await startPrivateRedis({ appendfsync: 'everysec' }));
    const relay = keep(
      await launchRelay({ set: { ...labSettings(lab), 'redis.url': `unix://${redis.socketPath}` } }),
    );
    expect(await relay.exited).toBe(78);
    expect(relay.lines.join('\n')).toMatch(/appendfsync is "everysec", wanted "always": a power cut loses/);
  });

  it('is taken when the operator insists', async () => {
    const redis = keep(await startPrivateRedis({ appendfsync: 'everysec' }));
    const set = {
      ...labSettings(lab),
      'redis.url': `unix://${redis.socketPath}`,
      'redis.allow_unsafe': 'true',
    };
    const relay = keep(await startRelay({ set }));
    const queueId = await sendMail(relay.port, { to: 'user@good.test' });
    await relay.line(new RegExp(`${queueId}: removed`));
  });

  it('that turns unsafe while the relay runs gets no more mail', async () => {
    const redis = keep(await startPrivateRedis());
    const set = { ...labSettings(lab), 'redis.url': `unix://${redis.socketPath}` };
    const relay = keep(await startRelay({ set }));
    await sendMail(relay.port, { to: 'user@good.test' });
    await redis.command('CONFIG SET appendfsync no');
    await redis.command('CLIENT KILL TYPE normal SKIPME yes');
    await relay.line(/no mail is taken: this Redis can lose accepted mail/);
    await expect(sendMail(relay.port, { to: 'user@good.test' })).rejects.toThrow(/451 4\.3\.0/);
    expect((await relay.health()).body.problems).toHaveProperty('queue');
  });

  it('that goes away means 451 at once, never 250, and recovers by itself', async () => {
    const redis = keep(await startPrivateRedis());
    const relay = keep(
      await startRelay({ set: { ...labSettings(lab), 'redis.url': `unix://${redis.socketPath}` } }),
    );
    await redis.kill();
    await expect(sendMail(relay.port, { to: 'user@good.test' })).rejects.toThrow(/451 4\.3\.0/);
    expect((await relay.health()).status).toBe(503);
    await redis.restart();
    await intakeTakesMail(relay);
    await relay.line(/to=<user@good.test>.*status=sent/);
  });
});

describe('two processes on one Redis', () => {
  it('one accepts, the other delivers', async () => {
    const redis = keep(await startPrivateRedis());
    const set = { ...labSettings(lab), 'redis.url': `unix://${redis.socketPath}` };
    const delivery = keep(await startRelay({ set, role: 'delivery' }));
    const intake = keep(await startRelay({ set, role: 'intake' }));
    const queueId = await sendMail(intake.port, { to: 'user@good.test' });
    await delivery.line(new RegExp(`${queueId}: removed`));
    expect(intake.matching(/: to=/)).toEqual([]);
  });

  it('one that dies in the middle of a delivery is replaced by the other', async () => {
    const redis = keep(await startPrivateRedis());
    const set = { ...labSettings(lab), 'redis.url': `unix://${redis.socketPath}` };
    const host = lab.host('mx.good.test');
    const had = host.messages.length;
    const intake = keep(await startRelay({ set, role: 'intake' }));
    const dying = keep(await startRelay({ set, role: 'delivery' }));
    await sendMail(intake.port, { to: 'user@good.test', subject: 'before' });
    await host.waitForMessages(had + 1);
    await dying.kill(); // It lingered on the destination, and owns it still.
    await sendMail(intake.port, { to: 'user@good.test', subject: 'orphan' });
    keep(await startRelay({ set, role: 'delivery' }));
    await host.waitForMessages(had + 2);
  });

  it('a role without a Redis to share is a slip of the operator', async () => {
    const relay = keep(await launchRelay({ set: labSettings(lab), role: 'intake' }));
    expect(await relay.exited).toBe(78);
    expect(relay.lines.join('\n')).toContain('redis.url');
  });
});

describe('content', () => {
  it('comes out byte for byte as it went in, dots and 8-bit included', async () => {
    const relay = keep(await startRelay({ set: labSettings(lab) }));
    const body = '.leading dot\r\n..two\r\n.\u00e9\u00fc\r\n\r\n.\r\nlast line without end';
    const raw = Buffer.from(
      `From: <a@relay.test>\r\nDate: Sat, 21 Nov 2026 22:00:00 +0000\r\nMessage-ID: <x@relay.test>\r\nSubject: dots\r\n\r\n${body}`,
    );
    const host = lab.host('mx.good.test');
    const had = host.messages.length;
    await sendMail(relay.port, { to: 'user@good.test', raw });
    const received = (await host.waitForMessages(had + 1))[had]?.data ?? Buffer.alloc(0);
    const end = received.indexOf('From: <a@relay.test>');
    // The client closes the last line, as SMTP demands.
    expect(digest(received.subarray(end))).toBe(digest(Buffer.concat([raw, Buffer.from('\r\n')])));
    expect(received.subarray(0, end).toString()).toMatch(
      /^Received: from \S+ \(localhost \[127\.0\.0\.1\]\)\r\n\tby relay\.test \(dane-relay\) with ESMTP id \w+\r\n\tfor <user@good\.test>; /,
    );
  });
});
