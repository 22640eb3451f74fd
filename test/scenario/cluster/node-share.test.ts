import { expect, it } from 'vitest';
import { chooseAddresses } from '../../lab/address-space.ts';
import { startMailHost } from '../../lab/mail-host.ts';
import { until } from '../../lab/until.ts';
import { belongings } from '../../support/belongings.ts';
import { runCommand } from '../../support/run-command.ts';
import { startRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';

const keep = belongings();
const NODES = 2;
const LIMIT = 4;
const MESSAGES = 16;

it('nodes together make no more connections to a destination than its limit', async () => {
  const space = await chooseAddresses();
  const host = await startMailHost(
    { name: 'mx.share.test', address: space.address(1), port: space.port },
    { startTls: false, extensions: [], delayMs: 100 },
  );
  keep({ [Symbol.asyncDispose]: () => host.stop() });
  const set = {
    'dns.servers': '127.0.0.1:9',
    'dns.dnssec_probe': '',
    'tls.level': 'none',
    'delivery.port': String(space.port),
    'delivery.nodes': String(NODES),
    'delivery.destination_concurrency_limit': String(LIMIT),
    'delivery.initial_destination_concurrency': String(LIMIT),
  };
  const relays = [];
  for (let node = 0; node < NODES; node += 1) relays.push(keep(await startRelay({ set })));
  const sent = relays.flatMap(({ port }) =>
    Array.from({ length: MESSAGES }, () => sendMail(port, { to: [`user@[${space.address(1)}]`] })),
  );
  await Promise.all(sent);
  await until(() => host.messages.length === NODES * MESSAGES, 'all of it');
  expect(host.mostOpen).toBeLessThanOrEqual(LIMIT);
  expect(host.mostOpen).toBeGreaterThanOrEqual(NODES);
});

it('check-config says where a node cannot have less than it has', async () => {
  const set = {
    hostname: 'relay.test',
    'delivery.nodes': '4',
    'delivery.destination_concurrency_limit': '3',
  };
  const { stdout, stderr } = await runCommand(['check-config'], set);
  expect(`${stdout.toString()}${stderr}`).toContain(
    'delivery.destination_concurrency_limit: less than one connection for each of 4 nodes (delivery.nodes): each has one',
  );
});
