import { spawn } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeAuthority, makeCertificate, pemOf, tlsaFor } from '../../support/test-ca.ts';
import { credentials, serverFixture } from './scripted-server.ts';

/**
 * What a connection over TLS leaves behind in the memory of the process, whatever certificates the host sends. OpenSSL's
 * certificates are not on JavaScript's heap: only what is resident shows them.
 */

const built = (file: string): string => path.join(import.meta.dirname, '../../../dist', file);
const serve = serverFixture();

const root = makeAuthority('Root');
const intermediate = makeAuthority('Intermediate', {}, root);
const leaf = makeCertificate({ names: ['mx.test'] }, intermediate);
/** As few hosts send and any may: what is kept of so many is seen soon. */
const chain = [...Array.from({ length: 149 }, () => intermediate), root];

/** Octets that stay for each of `count` connections, after `count` others. */
async function leftPerConnection(port: number, policy: object, count: number): Promise<number> {
  const program = `
    import { readAuthorities } from ${JSON.stringify(built('core/dane/authorities.js'))};
    import { connect } from ${JSON.stringify(built('session/connect.js'))};
    const { tlsa = [], authorities, ...rest } = ${JSON.stringify(policy)};
    const policy = {
      kind: 'use',
      tlsa: tlsa.map((record) => ({ ...record, data: Buffer.from(record.data) })),
      ...(authorities !== undefined && { authorities: readAuthorities(authorities) }),
      referenceNames: ['mx.test'],
      tls: { versions: ['TLSv1.2', 'TLSv1.3'], ciphers: 'medium', exclude: [] },
      warnings: [],
      key: '',
      ...rest,
    };
    const ms = 60_000;
    const options = {
      heloName: 'relay.test',
      timeouts: { connectMs: ms, heloMs: ms, starttlsMs: ms, quitMs: ms },
      judge: () => ({ word: 'Verified', ok: true }),
      now: Date.now,
      log: () => {},
    };
    const never = new AbortController().signal;
    const target = { host: 'mx.test', address: '127.0.0.1', port: ${port}, policy };
    async function many(count) {
      for (let made = 0; made < count; made += 1) {
        const connected = await connect(target, options, never);
        if (connected.kind !== 'open') throw new Error(connected.status.reason);
        connected.session.destroy();
      }
      for (let round = 0; round < 3; round += 1) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        gc();
      }
      return process.memoryUsage.rss();
    }
    const before = await many(${count});
    const after = await many(${count});
    process.stdout.write(String((after - before) / ${count}));
    process.exit(0);`;
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(program);
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  return Number(Buffer.concat(chunks).toString());
}

test.each([
  ['where its own certificate is all that matters', { level: 'dane', tlsa: [tlsaFor(leaf, '3 1 1')] }],
  ['where the whole chain is judged', { level: 'dane', tlsa: [tlsaFor(root, '2 1 1')] }],
  ['where nothing is', { level: 'may' }],
  ['where authorities may vouch for it', { level: 'may', authorities: pemOf(root.der) }],
])('a host with a hundred and fifty certificates leaves none of them behind, %s', async (_, policy) => {
  const server = await serve({ tls: credentials(leaf, ...chain), ehlo: ['STARTTLS'] });
  // All of them are 600,000 octets with Node 24, 1,300,000 with Node 20. What the heap and malloc take for themselves
  // is some 15 MB at first, however many connections there are.
  expect(await leftPerConnection(server.port, policy, 60)).toBeLessThan(300_000);
});
