import { mkdtemp, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { SeriesView } from '../../../src/core/series/series-view.ts';
import { createSeries } from '../../../src/core/series/series.ts';
import { askStatus } from '../../../src/status/ask-status.ts';
import { removeDataDir, startRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';

/** The picture of the past survives a restart, in a file that does not grow. */

const set = { 'dns.servers': '127.0.0.1:9', 'dns.dnssec_probe': '' };

async function sum(
  dataDir: string,
  word: keyof SeriesView['counts'],
  span = 'year',
): Promise<number | undefined> {
  const reply = await askStatus(join(dataDir, 'relay.sock'), `/api/series?span=${span}`);
  const { counts } = JSON.parse(reply?.body ?? '') as SeriesView;
  return counts[word].reduce((all, one) => all + one, 0);
}

it('a restart keeps the year', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'dane-relay-series-'));
  onTestFinished(() => removeDataDir(dataDir));
  const past = createSeries();
  past.add('verified', Date.now() - 200 * 86_400_000, 7);
  await writeFile(join(dataDir, 'series'), past.store());

  const first = await startRelay({ dataDir, set });
  await sendMail(first.port, { to: 'user@good.test' });
  await expect.poll(() => sum(dataDir, 'taken')).toBe(1);
  expect(await first.stop()).toBe(0);
  expect((await stat(join(dataDir, 'series'))).size).toBeLessThan(200_000);

  const second = await startRelay({ dataDir, set });
  expect(await sum(dataDir, 'verified')).toBe(7);
  expect(await sum(dataDir, 'taken')).toBe(1);
  expect(await sum(dataDir, 'taken', 'hour')).toBe(1);
  await second.stop();

  await writeFile(join(dataDir, 'series'), 'no series at all');
  const third = await startRelay({ dataDir, set });
  expect(await sum(dataDir, 'taken')).toBe(0);
  await third.stop();
});
