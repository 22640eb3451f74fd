import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { until } from '../lab/until.ts';
import type { QueuedDelivery } from '../../src/queue/operator/queued-delivery.ts';
import { chooseAddresses } from '../lab/address-space.ts';
import { startMailHost } from '../lab/mail-host.ts';
import { belongings } from '../support/belongings.ts';
import { startRelay } from '../support/running-relay.ts';
import { sendMail } from '../support/send-mail.ts';

const keep = belongings();
const executable = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** A host that takes the first messages and hangs up instead of saying so. */
async function world(ambiguous: 'resend' | 'hold') {
  const space = await chooseAddresses();
  const host = await startMailHost(
    { name: 'mx.test', address: space.address(1), port: space.port },
    { startTls: false, trouble: { at: 'after final dot', action: 'drop', sessions: 2 } },
  );
  keep({ [Symbol.asyncDispose]: () => host.stop() });
  const set = {
    'dns.servers': '127.0.0.1:9',
    'dns.dnssec_probe': '',
    'tls.level': 'none',
    'delivery.port': String(space.port),
    'delivery.connection_reuse': 'false',
    'queue.minimal_backoff': '1s',
    'queue.maximal_backoff': '1s',
    'queue.ambiguous': ambiguous,
  };
  const relay = keep(await startRelay({ set }));
  const to = `rcpt@[${space.address(1)}]`;
  const command = async (...args: string[]): Promise<string> => {
    const settings = ['--set', `data_dir=${relay.dataDir}`];
    const { stdout } = await promisify(execFile)(process.execPath, [
      executable,
      'queue',
      ...args,
      ...settings,
    ]);
    return stdout;
  };
  return { host, relay, to, command };
}

it('a reply that is lost after the final dot holds the message under hold, until the operator decides', async () => {
  const { host, relay, to, command } = await world('hold');
  const [kept, dropped] = [await sendMail(relay.port, { to }), await sendMail(relay.port, { to })];
  for (const id of [kept, dropped]) {
    await relay.line(new RegExp(`${id}: relay=.*nrcpt=1, final dot was sent, no reply seen: mail is held`));
    await relay.line(new RegExp(`${id}: nrcpt=1, held until`));
    await relay.line(new RegExp(`${id}: to=.*dsn=4\\.4\\.2, status=deferred .*may be sent more than once`));
  }
  const listed = (await command('list', '--json')).trim().split('\n');
  const states = listed.map((line) => JSON.parse(line) as QueuedDelivery);
  expect(new Set(states.map(({ queueId }) => queueId))).toEqual(new Set([kept, dropped]));
  expect(states.map(({ state }) => state)).toEqual(['held', 'held']);
  expect(await command('list')).toMatch(/, held\n.*may be sent more than once/);

  expect(await command('flush')).toBe('0 deliveries are due now\n');
  expect(await command('delete', dropped)).toBe(`${dropped}: removed\n`);
  expect(await command('release', 'all')).toBe(
    `${kept}: released from hold\n1 of 1 messages: released from hold\n`,
  );
  await relay.line(new RegExp(`${kept}: to=.*status=sent`));
  await relay.line(new RegExp(`${kept}: removed`));
  await relay.line(new RegExp(`postsuper\\[\\d+\\]: ${dropped}: removed$`));
  await relay.line(new RegExp(`postsuper\\[\\d+\\]: ${kept}: released from hold$`));
  await until(() => host.messages.length === 3, 'the released message');
  expect(await command('list')).toBe('Mail queue is empty\n');
  await expect(command('release', kept)).rejects.toMatchObject({ code: 75 });
});

it('and sends it again by itself under resend', async () => {
  const { host, relay, to } = await world('resend');
  const id = await sendMail(relay.port, { to });
  await relay.line(new RegExp(`${id}: relay=.*final dot was sent, no reply seen: mail is sent again`));
  await relay.line(new RegExp(`${id}: to=.*status=sent`));
  expect(host.messages).toHaveLength(3);
});
