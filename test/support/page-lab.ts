import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { freePort } from '../../src/children/free-port.ts';
import { createSeries } from '../../src/core/series/series.ts';
import { makeCertificate } from '../lab/certificates.ts';
import { startLab, type Lab } from '../lab/lab.ts';
import { standardWorld } from '../lab/standard-world.ts';
import { labSettings, removeDataDir, startRelay, type RunningRelay } from './running-relay.ts';
import { startPrivateRedis, type PrivateRedis } from './private-redis.ts';

/** What would run if a text of a remote were taken for markup. */
export const attack = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>`;

/** A lab with hosts that say such things, and a relay whose page can be visited. */
export interface PageLab extends AsyncDisposable {
  readonly lab: Lab;
  readonly relay: RunningRelay;
  readonly redis: PrivateRedis;
  readonly url: string;
  readonly port: number;
  readonly token: string;
}

/** @param past a year of connections that the relay finds at its start */
export async function startPageLab(past = false): Promise<PageLab> {
  const { domains, hosts } = await standardWorld();
  const evil = await makeCertificate({ commonName: '<script>window.pwned=1</script>' });
  const lab = await startLab({
    domains: [
      ...domains.filter(({ name }) => name !== 'postfix.test'),
      {
        name: 'plain.test',
        dnssec: 'unsigned',
        records: (names) => ['@ MX 10 mx', `mx ${names.address('mx.plain.test')}`],
      },
      {
        name: 'evil.test',
        dnssec: 'signed',
        records: (names) => [
          '@ MX 10 mx',
          `mx ${names.address('mx.evil.test')}`,
          `@ TXT "${attack.replaceAll('"', "'")}"`,
        ],
      },
    ],
    hosts: [
      ...hosts.filter(({ kind }) => kind !== 'postfix'),
      { kind: 'scripted', name: 'mx.plain.test', startTls: false },
      {
        kind: 'scripted',
        name: 'mx.evil.test',
        certificates: [evil],
        greeting: `220 ${attack} ESMTP`,
        replies: { RCPT: `450 4.2.1 ${attack}`, EHLO: `250-${attack}\r\n250 STARTTLS` },
      },
    ],
  });
  const port = await freePort('127.0.0.1');
  const redis = await startPrivateRedis();
  const dataDir = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  if (past) await writeFile(join(dataDir, 'series'), pastYear(Date.now()));
  const relay = await startRelay({
    dataDir,
    set: {
      ...labSettings(lab),
      'redis.url': `unix://${redis.socketPath}`,
      'dns.probe_interval': '500ms',
      'tls.loglevel': '1',
      'status.listen': `127.0.0.1:${port}`,
    },
  });
  const token = (await readFile(join(dataDir, 'status-token'), 'utf8')).trim();
  return {
    lab,
    relay,
    redis,
    port,
    token,
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      await relay[Symbol.asyncDispose]();
      await redis[Symbol.asyncDispose]();
      await removeDataDir(dataDir);
      await lab.stop();
    },
  };
}

/** A busy year that looks like one: days and nights, weeks and week-ends. The same each time. */
function pastYear(now: number): Buffer {
  const series = createSeries();
  const minute = 60_000;
  let seed = 7;
  const dice = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let at = now - 400 * 86_400_000; at < now - minute;) {
    const isRecent = at > now - 86_400_000;
    const step = isRecent ? minute : 30 * minute;
    const hour = new Date(at).getUTCHours();
    const isWeekend = [0, 6].includes(new Date(at).getUTCDay());
    const busy = (1.2 + Math.sin(((hour - 9) / 24) * 2 * Math.PI)) * (isWeekend ? 0.4 : 1) * (step / minute);
    const share = { verified: 6, trusted: 0.7, untrusted: 2.4, anonymous: 0.15, clear: 0.6 } as const;
    for (const [word, weight] of Object.entries(share)) {
      const count = Math.floor(busy * weight * (0.6 + 0.8 * dice()) + dice());
      series.add(word as keyof typeof share, at, count);
      series.add('sent', at, count);
    }
    series.add('taken', at, Math.floor(busy * 9));
    if (dice() > 0.9) series.add('deferred', at, 1);
    at += step;
  }
  return series.store();
}
