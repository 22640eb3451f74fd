import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { withTlsaWatch } from './tlsa-watch.ts';

const sets = ['dns.servers=127.0.0.1:9', 'dns.dnssec_probe=', 'hostname=relay.test'];

test.each([
  ['says nothing', () => {}],
  [
    'never ends its greeting',
    (socket: Socket) => setInterval(() => socket.write('220-wait\r\n'), 50).unref(),
  ],
])('a host that %s is not waited for', async (_, speak) => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    speak(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const found = await withTlsaWatch(
      loadConfig({ env: {}, sets }),
      (watch) => watch.host({ host: 'mx.x.test', port, address: '127.0.0.1' }),
      500,
    );
    expect(found.shown).toEqual([]);
    expect(found.troubles).toEqual([expect.stringContaining(`mx.x.test[127.0.0.1]:${port}`)]);
  } finally {
    server.close();
  }
});
