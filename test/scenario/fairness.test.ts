import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../lab/until.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { belongings } from '../support/belongings.ts';
import { labSettings, startRelay, type RunningRelay } from '../support/running-relay.ts';
import { sendMail } from '../support/send-mail.ts';

let lab: Lab;
const keep = belongings();

beforeAll(async () => {
  lab = await startLab({
    domains: [
      {
        name: 'hangs.test',
        dnssec: 'unsigned',
        // As many destinations as there are labels.
        records: (names) => ['@ MX 10 mx', '* MX 10 mx', `mx ${names.address('mx.hangs.test')}`],
      },
      {
        name: 'up.test',
        dnssec: 'unsigned',
        records: (names) => ['@ MX 10 mx', '* MX 10 mx', `mx ${names.address('mx.up.test')}`],
      },
    ],
    hosts: [
      { kind: 'absent', name: 'mx.hangs.test' },
      { kind: 'scripted', name: 'mx.up.test', startTls: false },
    ],
  });
});
afterAll(() => lab?.stop());

/** Takes connections and says nothing. */
async function startSilence(): Promise<{ readonly open: ReadonlySet<Socket> }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => {});
  });
  server.listen({
    host: lab.names.address('mx.hangs.test').replace(/^A /, ''),
    port: lab.port,
    backlog: 1024,
  });
  await once(server, 'listening');
  keep({
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  });
  return { open };
}

async function relayWith(set: Readonly<Record<string, string>>): Promise<RunningRelay> {
  return keep(await startRelay({ set: { ...labSettings(lab), ...set } }));
}

async function upGets(relay: RunningRelay, count: number): Promise<void> {
  for (let nth = 0; nth < count; nth += 1) {
    const id = await sendMail(relay.port, { to: `a@d${nth}.up.test` });
    // Its host would keep it for five minutes.
    await relay.line(new RegExp(`${id}: to=.*status=sent`));
  }
}

describe('destinations that take a connection and hang', () => {
  it('keep nobody else waiting, though they are more than there are places', async () => {
    const silence = await startSilence();
    const relay = await relayWith({ 'delivery.active_destinations': '4' });
    const to = Array.from({ length: 40 }, (_, nth) => `a@d${nth}.hangs.test`);
    await sendMail(relay.port, { to });
    await until(() => silence.open.size === 40, 'a connection to each of them');
    await upGets(relay, 8);
    expect(silence.open.size).toBe(40);
    await relay.kill(); // It would give them twenty seconds.
  });

  it('keep others waiting only when they are more than may stall', async () => {
    const silence = await startSilence();
    const set = { 'delivery.active_destinations': '2', 'delivery.stalled_destinations': '3' };
    const relay = await relayWith({ ...set, 'delivery.helo_timeout': '4s' });
    const to = Array.from({ length: 10 }, (_, nth) => `a@d${nth}.hangs.test`);
    await sendMail(relay.port, { to });
    await until(() => silence.open.size === 5, 'a connection to as many as may be served');
    const id = await sendMail(relay.port, { to: 'a@up.test' });
    await relay.line(new RegExp(`${id}: to=.*status=sent`));
    // It had to wait until some of them were given up.
    expect(relay.matching(/to=<a@d\d+.hangs.test>.*timed out while/).length).toBeGreaterThanOrEqual(5);
  });

  it('keep nobody waiting, however many they are, when they lead to one address', async () => {
    const silence = await startSilence();
    const relay = await relayWith({
      'delivery.active_destinations': '2',
      'delivery.stalled_destinations': '10',
      'delivery.address_concurrency_limit': '3',
      'delivery.destination_concurrency_limit': '2',
    });
    const to = Array.from({ length: 100 }, (_, nth) => `a@d${nth}.hangs.test`);
    await sendMail(relay.port, { to });
    await until(() => silence.open.size === 3, 'as many connections as the address may have');
    await upGets(relay, 8);
    await relay.line(/: 3 connections, further mail for hosts there waits/);
    expect(silence.open.size).toBe(3);
    // Another of them has its turn when one is over.
    const [first] = silence.open;
    first?.destroy();
    await until(() => silence.open.size === 3 && !silence.open.has(first as Socket), 'the next one');
    expect(relay.matching(/d\d+\.hangs\.test>.*lost connection/)).toHaveLength(1);
    await relay.kill();
  });

  it('get no more connections than a destination nothing is known of, however much mail waits', async () => {
    const silence = await startSilence();
    const relay = await relayWith({});
    await Promise.all(Array.from({ length: 100 }, () => sendMail(relay.port, { to: 'a@hangs.test' })));
    await until(() => silence.open.size === 5, 'its first connections');
    await upGets(relay, 5);
    expect(silence.open.size).toBe(5);
    await relay.kill();
  });
});

describe('a destination with a rate delay', () => {
  it('gets one mail at a time and a pause after each, without keeping others', async () => {
    // How long it is, is shown with a clock of its own in five-days.test.ts.
    const relay = await relayWith({ 'delivery.destination_rate_delay': '1h' });
    const host = lab.host('mx.up.test');
    const before = host.messages.length;
    const slow = () =>
      host.messages.slice(before).filter(({ recipients }) => recipients[0] === 'a@slow.up.test');
    await Promise.all(Array.from({ length: 4 }, () => sendMail(relay.port, { to: 'a@slow.up.test' })));
    await until(() => slow().length > 0, 'the first one');
    await sendMail(relay.port, { to: 'a@other.up.test' });
    await host.waitForMessages(before + 2);
    expect(slow()).toHaveLength(1);
  });
});
