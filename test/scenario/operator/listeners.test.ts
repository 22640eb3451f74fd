import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { freePort } from '../../../src/children/free-port.ts';
import { belongings } from '../../support/belongings.ts';
import { startRelay } from '../../support/running-relay.ts';
import { unless } from '../../support/unless.ts';

const keep = belongings();
const quiet = { 'dns.servers': '127.0.0.1:1' };
const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);

/** The first line that somebody says there, or the code of the error. */
async function greeting(host: string, port: number): Promise<string> {
  const socket = connect(port, host);
  try {
    const [line] = (await once(socket, 'data')) as [Buffer];
    return line.toString().slice(0, 3);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    socket.destroy();
  }
}

unless(hasIpv6 ? undefined : 'this machine has no IPv6', test).each([
  ['0.0.0.0:P,[::]:P', '220', '220'],
  ['127.0.0.1:P,[::]:P', '220', '220'],
  ['[::]:P', '220', '220'],
  ['[::1]:P', 'ECONNREFUSED', '220'],
  ['0.0.0.0:P', '220', 'ECONNREFUSED'],
])('listen = %s: IPv4 %s, IPv6 %s', async (listen, ipv4, ipv6) => {
  const port = await freePort('127.0.0.1');
  keep(await startRelay({ set: { ...quiet, listen: listen.replaceAll('P', `${port}`) } }));
  expect([await greeting('127.0.0.1', port), await greeting('::1', port)]).toEqual([ipv4, ipv6]);
});

const isRoot = process.getuid?.() === 0;
unless(isRoot ? undefined : 'only root can start it as root', test)(
  'a relay that is started as root says what that means',
  async () => {
    const relay = keep(await startRelay({ set: quiet }));
    await relay.line(/warning: runs as root, and so do its Redis and Unbound/);
  },
);
