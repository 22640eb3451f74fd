import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { labSettings, removeDataDir, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startRoutesLab } from './routes-world.ts';

const MESSAGES = 40;

test('a relay that is killed while mail goes over to another next hop loses none and doubles none', async () => {
  const { lab } = await startRoutesLab(() => []);
  const dataDir = await mkdtemp(path.join(tmpdir(), 'dane-relay-'));
  const directory = await mkdtemp(path.join(tmpdir(), 'dane-relay-'));
  const table = path.join(directory, 'transport');
  const put = (x: string, y: string) =>
    writeFile(table, `x.test smtp:[${x}.hosts.test]\ny.test smtp:[${y}.hosts.test]\n`);
  let relay: RunningRelay | undefined;
  const start = (): Promise<RunningRelay> =>
    startRelay({
      dataDir,
      set: {
        ...labSettings(lab),
        'delivery.transport_maps': table,
        'queue.minimal_backoff': '1s',
        'queue.maximal_backoff': '1s',
      },
    });
  try {
    await put('gone', 'gone');
    relay = await start();
    const { port } = relay;
    await Promise.all(
      Array.from({ length: MESSAGES }, (_, n) => sendMail(port, { to: [`${n}a@x.test`, `${n}b@y.test`] })),
    );
    // Hosts that take nothing: no final dot is ever sent to them, so that nothing may have arrived there.
    for (const [x, y] of [
      ['later', 'down'],
      ['down', 'later'],
      ['later', 'down'],
      ['gone', 'gone'],
    ] as const) {
      await put(x, y);
      relay.signal('SIGHUP');
      await relay.line(/next hop of nrcpt=\d changed/);
      await relay.kill();
      relay = await start();
    }
    await put('a', 'b');
    relay.signal('SIGHUP');
    for (const [host, suffix, domain] of [
      ['a', 'a', 'x.test'],
      ['b', 'b', 'y.test'],
    ] as const) {
      const messages = await lab.host(`${host}.hosts.test`).waitForMessages(MESSAGES);
      const got = messages.flatMap(({ recipients }) => recipients).toSorted((p, q) => (p < q ? -1 : 1));
      const wanted = Array.from({ length: MESSAGES }, (_, n) => `${n}${suffix}@${domain}`);
      expect(got).toEqual(wanted.toSorted((p, q) => (p < q ? -1 : 1)));
    }
    await expect.poll(() => relay?.matching(/: removed$/).length).toBe(MESSAGES);
  } finally {
    await relay?.stop();
    await removeDataDir(dataDir);
    await rm(directory, { recursive: true });
    await lab.stop();
  }
});
