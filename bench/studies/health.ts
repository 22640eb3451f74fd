import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { openDestinationHealth } from '../../src/queue/operator/destination-health.ts';
import { keyBase } from '../../src/queue/forms/keys.ts';
import { openQueueStore } from '../../src/queue/store/queue-store.ts';
import { makeCertificate } from '../../test/lab/certificates.ts';
import { startLab } from '../../test/lab/lab.ts';
import type { LabDomain, WorldNames } from '../../test/lab/world.ts';
import { startPrivateRedis } from '../../test/support/private-redis.ts';
import { labSettings, startRelay } from '../../test/support/running-relay.ts';
import { sendMail } from '../../test/support/send-mail.ts';
import type { LongTurn } from './longest-turns.ts';
import type { Study } from './stage.ts';

/** OpenSSL takes chains of 100 KB. */
const chainLength = 16;
const namesOfEach = 100;
/** A response has 64 KB at most. */
const recordsOfWorst = 500;
/** Destinations that a queue knows, with a finding each. */
const known = 10_000;
/** All that are known are summed up once in it. */
const minuteMs = 65_000;
const longestTurns = new URL('./longest-turns.js', import.meta.url).href;

/**
 * How much processor time a single turn of the event loop takes while destinations are checked, without mail beside them:
 * none, of a host with one record and one certificate, of one with as much as fits, and of that in a queue that knows ten
 * thousand. One check a second, where a relay leaves five seconds between two.
 */
export const health: Study = async ({ signal, say, relaySettings }) => {
  const faults: string[] = [];
  const worst = await Promise.all(
    Array.from({ length: chainLength }, (_, nth) =>
      makeCertificate({
        names: Array.from({ length: namesOfEach }, (__, each) => `host-${each}.of-${nth}.worst.test`),
      }),
    ),
  );
  await using lab = await startLab({
    hosts: [
      {
        kind: 'scripted',
        name: 'mx.plain.test',
        certificates: [await makeCertificate({ names: ['mx.plain.test'] })],
      },
      { kind: 'scripted', name: 'mx.worst.test', certificates: worst },
    ],
    domains: [destination('plain.test'), destination('worst.test', recordsOfWorst)],
  });
  for (const [what, domain, interval, others] of [
    ['no checks', 'plain.test', '0s', 0],
    ['one record, one certificate', 'plain.test', '1s', 0],
    [`${recordsOfWorst} records, ${chainLength} certificates of ${namesOfEach} names`, 'worst.test', '1s', 0],
    [`the same, beside ${known} destinations that are known`, 'worst.test', '1s', known],
  ] as const) {
    const host = lab.host(`mx.${domain}`);
    await using redis = await startPrivateRedis();
    const turnsFile = path.join(lab.directory, `turns-${domain}-${others}-${interval}`);
    await using relay = await startRelay({
      env: { NODE_OPTIONS: `--import ${longestTurns}`, BENCH_TURNS_FILE: turnsFile },
      set: {
        ...labSettings(lab),
        'redis.url': `unix://${redis.socketPath}`,
        'tls.health_interval': interval,
        ...Object.fromEntries(relaySettings.map((one) => one.split(/=(.*)/s, 2))),
      },
    });
    await sendMail(relay.port, { to: `user@${domain}` });
    await relay.line(/status=sent/);
    if (others > 0) await fill(redis.socketPath, others);
    const before = host.sessions.length;
    const startedAt = Date.now();
    await sleep(others > 0 ? 2 * minuteMs : minuteMs, undefined, { signal });
    const turns = JSON.parse(await readFile(turnsFile, 'utf8')) as readonly LongTurn[];
    const longest = Math.max(0, ...turns.filter(({ at }) => at > startedAt).map(({ ms }) => ms));
    const checks = host.sessions.length - before;
    if (interval !== '0s' && checks === 0) faults.push(`${what}: nothing was checked`);
    say(`${what.padEnd(60)} ${longest.toFixed(1)} ms at most; ${checks} checks`);
  }
  return faults;
};

/** Destinations that have just been checked. */
async function fill(socketPath: string, count: number): Promise<void> {
  const redis = new Redis(socketPath);
  try {
    const store = openDestinationHealth(openQueueStore(redis, keyBase('dane-relay')), count + 10);
    const at = Date.now();
    // A clock may be ahead by so much: none of them is due.
    const later = at + 3_000_000;
    for (let nth = 0; nth < count; nth += 1) {
      const destination = `${nth}.known.test`;
      const where = `mx.${destination}[192.0.2.1]:25`;
      const text = `${where}: no TLSA record matches what the server shows`;
      await store.mailed(destination, at);
      await store.put(
        {
          destination,
          judged: { at, verdict: 'fails' },
          findings: [{ kind: 'mismatch', severity: 'problem', where, text, since: at }],
        },
        later,
      );
    }
  } finally {
    redis.disconnect();
  }
}

/** @param others records of other keys */
function destination(name: string, others = 0): LabDomain {
  return {
    name,
    dnssec: 'signed',
    records: ({ address, tlsa, tlsaOwner }: WorldNames) => [
      '@ MX 10 mx',
      `mx ${address(`mx.${name}`)}`,
      `${tlsaOwner('mx')} ${tlsa(`mx.${name}`, '3 1 1')}`,
      ...Array.from(
        { length: others },
        () => `${tlsaOwner('mx')} TLSA 3 1 1 ${randomBytes(32).toString('hex')}`,
      ),
    ],
  };
}
