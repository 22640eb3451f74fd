import { once } from 'node:events';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { expect, it } from 'vitest';
import { peerCertificate } from '../../../src/session/peer-certificate.ts';
import { makeChain } from '../../lab/certificates.ts';
import { belongings } from '../../support/belongings.ts';

const keep = belongings();

async function clientOf(options: Parameters<typeof createServer>[0], ciphers?: string): Promise<TLSSocket> {
  const server = createServer(options, (socket) => socket.on('error', () => {}).resume());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const client = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...(ciphers && { ciphers }) });
  keep({
    async [Symbol.asyncDispose]() {
      client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  await once(client, 'secureConnect');
  return client;
}

/** The session of the real library alone. */
function ofSession(client: TLSSocket): Buffer | undefined {
  return peerCertificate({
    getSession: () => client.getSession(),
    getPeerCertificate() {
      throw new Error('not to be asked');
    },
  });
}

it.each([
  ['TLSv1.2', 1],
  ['TLSv1.2', 3],
  ['TLSv1.3', 1],
  ['TLSv1.3', 3],
] as const)('the session has the certificate of the server: %s, %i certificates', async (version, count) => {
  const { leaf, intermediate, root } = await makeChain(['mx.test']);
  const cert = [leaf, intermediate, root]
    .slice(0, count)
    .map(({ pem }) => pem)
    .join('');
  const client = await clientOf({ cert, key: leaf.privateKeyPem, minVersion: version, maxVersion: version });
  expect(client.getProtocol()).toBe(version);
  const { raw } = client.getPeerCertificate(false);
  expect(raw.length).toBeGreaterThan(100);
  expect(ofSession(client)?.equals(raw)).toBe(true);
});

it('it has none of a server without one', async () => {
  const anonymous = 'ADH-AES256-GCM-SHA384:@SECLEVEL=0';
  const client = await clientOf({ ciphers: anonymous, maxVersion: 'TLSv1.2', dhparam: 'auto' }, anonymous);
  expect(peerCertificate(client)).toBeUndefined();
});
