import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redisDirectoryIn, redisPlace } from '../../../src/children/redis-place.ts';
import { until } from '../../lab/until.ts';
import { runCommand } from '../../support/run-command.ts';
import { removeDataDir, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startStsLab, type StsLab } from './sts-world.ts';

/** What becomes of a policy once it is known: it stays, changes, is fetched anew, and outlives the relay. */

const year = 'max_age: 31557600';
const enforce = (...mx: readonly string[]): string =>
  ['mode: enforce', ...mx.map((one) => `mx: ${one}.hosts.test`), year].join('\n');
const testing = (...mx: readonly string[]): string => enforce(...mx).replace('enforce', 'testing');

const names = [
  'new-id-fails',
  'txt-gone',
  'txt-twice',
  'txt-fails',
  'new-policy',
  'same-id',
  'restart',
  'dropped',
  'shared-strict',
  'shared-open',
  'smart',
  'user',
  'stopping',
  'damaged',
] as const;
type Name = (typeof names)[number];
const domain = (name: Name): string => `${name}.cases.test`;

let world: StsLab;
let dataDir: string;
let relay: RunningRelay;
let settings: Record<string, string>;

beforeAll(async () => {
  // m2 is what the policies do not list: a host that is as good as m1, but for them.
  const usual = { mx: ['m2'], policy: enforce('m1') };
  world = await startStsLab({
    ...Object.fromEntries(names.map((name) => [domain(name), usual])),
    [domain('shared-strict')]: { mx: ['m1'], policy: enforce('m1') },
    [domain('shared-open')]: { mx: ['m1'], txt: [] },
    [domain('smart')]: { mx: ['m1'], policy: enforce('m2') },
    [domain('stopping')]: { mx: ['m1'], policy: { silent: true } },
    [domain('user')]: { mx: ['m1'], policy: enforce('m1') },
  });
  dataDir = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  const transports = join(dataDir, 'transports');
  await writeFile(transports, `${domain('user')} smtp:${domain('smart')}\n`);
  settings = {
    ...world.settings,
    'delivery.transport_maps': transports,
    // Each mail is tried, however many have failed before it.
    'delivery.destination_concurrency_failed_cohort_limit': '0',
  };
  relay = await startRelay({ dataDir, set: settings });
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
  await removeDataDir(dataDir);
});

/** The delivery record of a new mail. */
async function send(name: Name): Promise<string> {
  const id = await sendMail(relay.port, { to: `user@${domain(name)}` });
  return relay.line(new RegExp(`${id}: to=`));
}

const waits = /dsn=4\.7\.5, status=deferred \(MTA-STS policy of \S+ does not list this host\)/;
const goes = /dsn=2\.0\.0, status=sent/;

/** A route is looked up again once the TTL of its record has passed, which is a second; sends until that is so. */
async function sendUntil(name: Name, expected: RegExp): Promise<string> {
  let line = '';
  await until(async () => {
    await sleep(200);
    line = await send(name);
    return expected.test(line);
  });
  return line;
}

describe('a policy that is in force', () => {
  test('stays, if another id leads to no policy', async () => {
    expect(await send('new-id-fails')).toMatch(waits);
    await world.change(domain('new-id-fails'), { txt: ['"v=STSv1; id=2;"'], policy: { status: 404 } });
    await warned('new-id-fails', /HTTP status 404; the policy 1 \(enforce\) stays in force until/);
    expect(await send('new-id-fails')).toMatch(waits);
  });

  test.each([
    ['txt-gone', [], /the TXT record has gone; the policy 1 \(enforce\) stays/],
    [
      'txt-twice',
      ['"v=STSv1; id=1;"', '"v=STSv1; id=2;"'],
      /the TXT record is invalid: 2 records; the policy 1/,
    ],
    ['txt-fails', ['CNAME sts.bogus.test.'], /TXT lookup failed: .*; the policy 1 \(enforce\) stays/],
  ] as const)('stays, if its record is no more: %s', async (name, txt, words) => {
    expect(await send(name)).toMatch(waits);
    await world.change(domain(name), { txt });
    await warned(name, words);
    expect(await send(name)).toMatch(waits);
  });

  test('ends at once, if another id leads to a weaker one', async () => {
    expect(await send('new-policy')).toMatch(waits);
    await world.change(domain('new-policy'), { txt: ['"v=STSv1; id=2;"'], policy: testing('m1') });
    await sendUntil('new-policy', goes);
    await relay.line(/: MTA-STS policy of new-policy\.cases\.test: testing, id 2, /);
  });

  test('is fetched anew under the same id, when its time has come or an operator asks', async () => {
    expect(await send('same-id')).toMatch(waits);
    await world.change(domain('same-id'), { policy: enforce('m2') });
    expect(await send('same-id')).toMatch(waits);
    expect(await sts('refresh', domain('same-id'))).toMatchObject({
      code: 0,
      stdout: `${domain('same-id')}: a relay fetches it within some seconds\n`,
    });
    await relay.line(/: MTA-STS policy of same-id\.cases\.test: enforce, id 1, .* mx m2\.hosts\.test$/);
    await sendUntil('same-id', goes);
  });

  test('is forgotten if the operator says so', async () => {
    expect(await send('dropped')).toMatch(waits);
    await world.change(domain('dropped'), { txt: [] });
    await warned('dropped', /the TXT record has gone/);
    expect((await sts('list', '--json', domain('dropped'))).stdout).toMatch(/"mode":"enforce"/);
    expect(await sts('drop', domain('dropped'))).toMatchObject({ code: 0 });
    await sendUntil('dropped', goes);
    expect(await sts('drop', domain('dropped'))).toMatchObject({
      code: 75,
      stdout: `${domain('dropped')}: no MTA-STS policy is known\n`,
    });
  });

  test('outlives the relay, with its policy host and its record gone', async () => {
    expect(await send('restart')).toMatch(waits);
    await relay.kill();
    await world.change(domain('restart'), { txt: [], policy: { status: 404 } });
    relay = await startRelay({ dataDir, set: settings });
    expect(await send('restart')).toMatch(waits);
    await warned('restart', /the TXT record has gone; the policy 1 \(enforce\) stays/);
    expect(await send('restart')).toMatch(waits);
    expect((await sts('list', domain('restart'))).stdout).toMatch(
      /^restart\.cases\.test: enforce, id 1, until \d{4}-.* is fetched anew in .*\n {4}mx m1\.hosts\.test\n$/,
    );
  });
});

test('a policy that cannot be read keeps its mail back, until an operator has dropped it', async () => {
  const name = domain('damaged');
  const unreadable = new RegExp(
    `status=deferred \\(MTA-STS policy of ${name} is unknown: the stored policy of ${name} cannot be read\\)`,
  );
  expect(await send('damaged')).toMatch(waits);
  const redis = new Redis(redisPlace(redisDirectoryIn(dataDir)).socketPath);
  const [key = ''] = await redis.keys(`*:sts:${name}`);
  await redis.set(key, '{"v":2}', 'KEEPTTL');
  redis.disconnect();
  await world.change(name, { policy: enforce('m2') });
  await sendUntil('damaged', unreadable);
  expect(await sts('list', name)).toEqual({
    code: 0,
    stdout: `${name}: a policy is stored that cannot be read; its mail waits\n`,
  });
  expect((await sts('refresh', name)).code).not.toBe(0);
  expect(await sts('drop', name)).toMatchObject({ code: 0 });
  await sendUntil('damaged', goes);
});

describe('a relay that stops while a policy is fetched', () => {
  test('sends nothing meanwhile, and obeys the policy once it runs again', async () => {
    const name = domain('stopping');
    const own = await mkdtemp(join(tmpdir(), 'dane-relay-'));
    const patient = { ...world.settings, 'tls.mta_sts_timeout': '60s', 'queue.minimal_backoff': '1s' };
    const { sessions } = world.lab.host('m1.hosts.test');
    const before = sessions.length;
    try {
      const stopped = await startRelay({ dataDir: own, set: patient });
      const id = await sendMail(stopped.port, { to: `user@${name}` });
      await until(() => world.web.requests(`mta-sts.${name}`).length === 1);
      stopped.signal('SIGTERM');
      await stopped.line(/: stopping$/);
      // The second one gives up at once what the first would let end.
      stopped.signal('SIGTERM');
      expect(await stopped.exited).toBe(0);
      expect(stopped.matching(/mail goes as without a policy/)).toEqual([]);
      expect(sessions).toHaveLength(before);
      await world.change(name, { policy: enforce('m2') });
      await using again = await startRelay({ dataDir: own, set: patient });
      expect(await again.line(new RegExp(`${id}: to=`))).toMatch(waits);
      expect(sessions).toHaveLength(before);
    } finally {
      await removeDataDir(own);
    }
  });
});

test('two domains with the same host: the session of one does not serve the other', async () => {
  const { sessions } = world.lab.host('m1.hosts.test');
  const before = sessions.length;
  expect(await send('shared-open')).toMatch(goes);
  expect(await send('shared-strict')).toMatch(goes);
  expect(sessions.length - before).toBe(2);
  expect(sessions.slice(before).map(({ serverName }) => serverName)).toEqual([undefined, 'm1.hosts.test']);
});

test('mail that another host relays for us goes by the policy of that host', async () => {
  expect(await send('user')).toMatch(
    /relay=none.* \(MTA-STS policy of smart\.cases\.test does not list this host\)/,
  );
});

/** The warning that comes with the next mails, once the old answer of the DNS has gone. */
async function warned(name: Name, words: RegExp): Promise<void> {
  const of = `warning: MTA-STS policy of ${domain(name)}: `;
  await until(async () => {
    await sleep(200);
    await send(name);
    return relay.matching(words).some((line) => line.includes(of));
  });
}

async function sts(...words: readonly string[]): Promise<{ code: number | null; stdout: string }> {
  const { code, stdout } = await runCommand(['sts', ...words], { data_dir: dataDir });
  return { code, stdout: stdout.toString() };
}
