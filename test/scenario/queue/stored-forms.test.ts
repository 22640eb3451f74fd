import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import type { LogEvent } from '../../../src/core/log/log-event.ts';
import type { Queue } from '../../../src/queue/open-queue.ts';
import type { TakenClaim } from '../../../src/queue/lease/claim.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { runCommand } from '../../support/run-command.ts';
import { queueFor, read, runOf } from './queue-kit.ts';

const keep = belongings();
/** What the relay of 24 November 2026 wrote. Never to be changed: every later relay must read it. */
const version1 = readFileSync(new URL('../../fixtures/queue-version-1.dump', import.meta.url), 'utf8');

/** A queue with that dump in it, and what it logs. */
async function queueOf(dump: string): Promise<{ queue: Queue; lines: LogEvent[] }> {
  const redis = keep(await startPrivateRedis());
  const set = { 'redis.url': `unix://${redis.socketPath}` };
  expect(await runCommand(['queue', 'import'], set, dump)).toMatchObject({ code: 0, stderr: '' });
  const lines: LogEvent[] = [];
  const log = (event: LogEvent): void => void lines.push(event);
  const options = { prefix: 'dane-relay', soleUser: true, log };
  return { queue: await queueFor(keep, redis.socketPath, options), lines };
}

async function listed(queue: Queue) {
  const found = [];
  for await (const delivery of queue.list()) found.push(delivery);
  return found;
}

const refused = 'connect to mx.good.test[127.90.230.10]:1: Connection refused';
const doubtful =
  'lost connection with mx.good.test[127.90.230.10] while sending end of data -- message may be sent more than once';

describe('a queue of version 1', () => {
  it('is listed with all that was known', async () => {
    const { queue } = await queueOf(version1);
    const first = {
      queueId: '4jYlkl6xhzzB35rMW',
      sender: 'sender@example.org',
      size: 317,
      arrivedAt: 1_795_531_023_977,
      attempts: 1,
    };
    const found = await listed(queue);
    expect(found).toHaveLength(4);
    expect(found).toEqual(
      expect.arrayContaining([
        {
          ...first,
          destination: 'good.test',
          state: 'held',
          recipients: ['a@good.test'],
          dsn: '4.4.2',
          reason: doubtful,
        },
        {
          ...first,
          destination: 'good.test',
          state: 'deferred',
          recipients: ['b@good.test'],
          nextAt: 1_795_531_324_161,
          dsn: '4.4.1',
          reason: refused,
        },
        expect.objectContaining({
          destination: 'ta.test',
          recipients: ['c@ta.test'],
          nextAt: 1_795_531_328_054,
        }),
        expect.objectContaining({
          queueId: '4jYlkm0zFJzB35rMX',
          state: 'held',
          sender: '',
          recipients: ['d@good.test'],
        }),
      ]),
    );
  });

  it('is delivered as it would have been', async () => {
    const { queue } = await queueOf(version1);
    const claims = new Map<string, TakenClaim & { readonly text: string }>();
    await queue.serve(
      runOf(async (claim, lease) => {
        claims.set(lease.destination, { ...claim, text: (await read(claim)).toString() });
        await lease.settle(claim, {});
      }),
      10,
    );
    await queue.flush();
    await until(() => claims.size === 2, 'both destinations');
    const claim = claims.get('good.test');
    expect(claim?.message).toEqual({
      queueId: '4jYlkl6xhzzB35rMW',
      envelope: {
        sender: 'sender@example.org',
        recipients: ['a@good.test', 'b@good.test', 'c@ta.test'].map((address) => ({
          address,
          notify: ['FAILURE', 'DELAY'],
          orcpt: 'rfc822;a@good.test',
        })),
        body: '7BIT',
        smtpUtf8: false,
        ret: 'HDRS',
        envid: 'QQ+314159',
      },
      client: { name: 'localhost', address: '127.0.0.1', helo: '[127.0.0.1]', protocol: 'ESMTP' },
      arrivedAt: 1_795_531_023_977,
      queuedAt: 1_795_531_023_984,
      size: 317,
      messageId: '<stored@example.org>',
    });
    expect(claim?.waiting.map(({ index }) => index)).toEqual([1]);
    expect(claim?.inDoubt).toEqual([1]);
    expect(claim?.attempts).toBe(1);
    expect(claim?.text).toMatch(/^Received: from .*\r\n\r\n\.a line that begins with a dot\r\n$/s);
    // Those that wait for a word of the operator still do.
    expect(
      (await listed(queue))
        .map(({ recipients }) => recipients)
        .toSorted((a, b) => (String(a) < String(b) ? -1 : 1)),
    ).toEqual([['a@good.test'], ['d@good.test']]);
  });
});

it('a message that requires TLS is one of version 2, in an export too', async () => {
  const secret = version1
    .replace('"record":"{\\"v\\":1', '"record":"{\\"v\\":2')
    .replace('\\"envelope\\":{', '\\"envelope\\":{\\"requireTls\\":true,');
  expect(secret).not.toBe(version1);
  const { queue } = await queueOf(secret);
  const taken: unknown[] = [];
  await queue.serve(
    runOf(async (claim, lease) => {
      taken.push(claim.message.envelope.requireTls);
      await lease.settle(claim, {});
    }),
    10,
  );
  await queue.flushNamed(['ta.test']);
  await until(() => taken.includes(true), 'the message that requires TLS');
});

describe('a record of a version to come', () => {
  const later = version1.replace('"record":"{\\"v\\":1', '"record":"{\\"v\\":9');

  it('is left untouched, with a line in the log and one in the list', async () => {
    expect(later).not.toBe(version1);
    const { queue, lines } = await queueOf(later);
    let claims = 0;
    await queue.serve(
      runOf(async () => {
        claims += 1;
      }),
      10,
    );
    await queue.flushNamed(['ta.test']);
    const words =
      /^4jYlkl6xhzzB35rMW: cannot read the queue record: Error: queue record of unknown version 9/;
    await until(() => lines.some(({ text }) => words.test(text)), 'a line');
    expect(claims).toBe(0);
    expect((await listed(queue)).find(({ destination }) => destination === 'ta.test')).toMatchObject({
      queueId: '4jYlkl6xhzzB35rMW',
      reason: 'Error: queue record of unknown version 9',
    });
  });
});
