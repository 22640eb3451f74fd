import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasIpv6Loopback } from '../../lab/address-space.ts';
import type { Lab } from '../../lab/lab.ts';
import { labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { silence } from '../../support/silent-address.ts';
import { startRoutesLab } from './routes-world.ts';

let lab: Lab;
let relay: RunningRelay | undefined;
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  ({ lab } = await startRoutesLab(() => [
    'address MX 10 dual.hosts.test.',
    'family MX 10 dual6.hosts.test.',
    ...['10 silent', '10 a'].map((mx) => `host MX ${mx}.hosts.test.`),
    ...['10 silent', '20 a'].map((mx) => `better MX ${mx}.hosts.test.`),
    'wrong MX 10 dual-wrong.hosts.test.',
  ]));
  const silent = ['silent.hosts.test', ...(hasIpv6Loopback() ? ['six.hosts.test'] : [])];
  for (const name of silent) ends.push(await silence(lab.host(name).address, lab.port));
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  for (const end of ends) await end();
  await lab?.stop();
});

/** With a timeout that no test would outlive. */
async function start(timeout: string, preference = 'any'): Promise<RunningRelay> {
  await relay?.[Symbol.asyncDispose]();
  const set = {
    ...labSettings(lab),
    'delivery.connect_timeout': timeout,
    'delivery.address_preference': preference,
    'delivery.connection_reuse': 'false',
  };
  relay = await startRelay({ set });
  return relay;
}

async function verdictOn(to: string): Promise<string> {
  if (relay === undefined) throw new Error('no relay');
  const id = await sendMail(relay.port, { to });
  return relay.line(new RegExp(`${id}: to=.*status=`));
}

/** Seconds before MAIL FROM, as the log has them. */
function setupOf(verdict: string): number {
  return Number(/delays=[^/]+\/[^/]+\/([^/]+)\//.exec(verdict)?.[1]);
}

describe('an address that is silent costs no connect timeout', () => {
  test.each([
    ['of one host', 'address', 'dual.hosts.test'],
    ['of another host as good', 'host', 'a.hosts.test'],
    ...(hasIpv6Loopback() ? [['of one family', 'family', 'dual6.hosts.test'] as const] : []),
  ] as const)('%s', async (_, name, host) => {
    const { matching } = await start('1h', 'ipv6');
    const { address } = lab.host('a.hosts.test');
    const setups: number[] = [];
    for (let mail = 0; mail < 6; mail += 1) {
      const verdict = await verdictOn(`a${mail}@${name}.cases.test`);
      expect(verdict).toContain(`relay=${host}[${address}]:${lab.port}`);
      expect(verdict).toMatch(/status=sent/);
      setups.push(setupOf(verdict));
    }
    // Not asserted: how long it took. For docs/decisions.
    console.log(`${name}: seconds of connection set-up of six mails in a row: ${setups.join(' ')}`);
    expect(matching(/Verified TLS connection established/)).toHaveLength(6);
    expect(matching(/: connect to /)).toEqual([]);
  });

  test('and who answers is judged as if he were the only one', async () => {
    const { matching } = await start('2s');
    expect(await verdictOn('a@wrong.cases.test')).toMatch(/dsn=4\.(7\.5|4\.1), status=deferred/);
    const { address } = lab.host('a.hosts.test');
    expect(matching(/Untrusted TLS connection established/)).toEqual([
      expect.stringContaining(`to dual-wrong.hosts.test[${address}]:${lab.port}`),
    ]);
    expect(lab.host('a.hosts.test').sessions.at(-1)?.tlsBytes).toBe(0);
  });
});

test('a better host is waited for, as long as it takes', async () => {
  const { lines } = await start('1s');
  expect(await verdictOn('a@better.cases.test')).toMatch(/relay=a\.hosts\.test.*status=sent/);
  const place = (pattern: RegExp): number => lines.findIndex((line) => pattern.test(line));
  const silent = place(/connect to silent\.hosts\.test\[.*\]:\d+: Connection timed out/);
  expect(silent).toBeGreaterThan(0);
  expect(silent).toBeLessThan(place(/TLS connection established to a\.hosts\.test/));
});
