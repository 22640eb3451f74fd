import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeScratch } from '../../lab/scratch.ts';
import { until } from '../../lab/until.ts';
import { belongings } from '../../support/belongings.ts';
import { MASTER_NAME, startRedisSentinels, type ServerTls } from '../../support/redis-sentinels.ts';
import { startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { day, generalName, keyPemOf, makeAuthority, makeCertificate, pemOf } from '../../support/test-ca.ts';
import { queueFor } from './queue-kit.ts';

const keep = belongings();

async function isTaken(relay: RunningRelay): Promise<boolean> {
  try {
    return (await sendMail(relay.port, { to: 'b@x.test' })) !== '';
  } catch {
    return false;
  }
}

/** A certificate for 127.0.0.1, and the authority that has signed it. */
async function serverTls(): Promise<ServerTls> {
  const { directory: folder, remove } = await makeScratch('dr-sentinels-tls');
  keep({ [Symbol.asyncDispose]: remove });
  const validity = { notBefore: Date.now() - day, notAfter: Date.now() + day };
  const authority = makeAuthority('Queue CA', validity);
  const certificate = makeCertificate(
    { altNames: [generalName.address(127, 0, 0, 1)], ...validity },
    authority,
  );
  const files = {
    certificate: [join(folder, 'server.pem'), pemOf(certificate.der)],
    key: [join(folder, 'server.key'), keyPemOf(certificate)],
    authority: [join(folder, 'ca.pem'), pemOf(authority.der)],
  } as const;
  for (const [path, text] of Object.values(files)) await writeFile(path, text);
  return { certificate: files.certificate[0], key: files.key[0], authority: files.authority[0] };
}

it('Sentinels and master are reached over TLS, also after a failover, and by nobody who does not trust them', async () => {
  const tls = await serverTls();
  const redis = keep(await startRedisSentinels({ replicas: 1, tls }));
  expect(redis.url).toMatch(/^sentinels:/);
  await expect(queueFor(keep, redis.url)).rejects.toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
    message: expect.stringMatching(/certificate/) as string,
  });

  const plain = redis.plainSentinels.map((port) => `127.0.0.1:${port}`).join();
  const urls = [redis.url, `sentinels://${plain}/${MASTER_NAME}?sentinel_tls=no`];
  const relays = await Promise.all(
    urls.map(async (url) =>
      keep(
        await startRelay({
          set: { 'redis.url': url, 'dns.servers': '127.0.0.1:9' },
          env: { NODE_EXTRA_CA_CERTS: tls.authority },
        }),
      ),
    ),
  );
  for (const relay of relays) expect(await sendMail(relay.port, { to: 'a@x.test' })).not.toBe('');
  const former = await redis.master();
  await redis.inStep(1);
  await former.kill();
  await redis.replaced(former);
  for (const relay of relays) {
    await relay.line(/the master of Redis is 127\.0\.0\.1:\d+ now/);
    await relay.line(/mail is taken again/);
    // A client that is told 451 comes again.
    await until(() => isTaken(relay), 'mail that is taken');
  }
});
