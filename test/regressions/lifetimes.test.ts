import { expect, test } from 'vitest';
import type { Session } from '../../src/core/delivery/session.ts';
import type { Answer, Lookup } from '../../src/core/dns/answer.ts';
import type { RecordOf, RecordType, TlsaRecord } from '../../src/core/dns/record.ts';
import type { HostPolicy } from '../../src/core/tls-policy/host-policy.ts';
import { findRoute, type RouteRules } from '../../src/delivery/find-route.ts';
import { sessionPool } from '../../src/delivery/session-pool.ts';
import { usualRules } from '../support/route-rules.ts';
import { fakeDns, signedHost, signedZone, type Zone } from './fake-dns.ts';

/** What was looked up is not held on to for longer than it may be: a domain that changes keys waits for its TTL. */

const [oldKey, newKey] = [1, 2].map((octet): TlsaRecord => ({
  usage: 3,
  selector: 1,
  matching: 1,
  data: new Uint8Array(32).fill(octet),
}));
if (oldKey === undefined || newKey === undefined) throw new Error('no keys');

/** A route to the only host that was found at second 0, and a clock for it. */
async function routeIn(zoneAt: (second: number) => Zone, tlsaTtl: number) {
  const clock = { second: 0 };
  const lookup: Lookup = async <T extends RecordType>(
    name: string,
    type: T,
  ): Promise<Answer<RecordOf[T]>> => {
    const answer = await fakeDns(zoneAt(clock.second)).lookup(name, type);
    return answer.kind === 'failed' ? answer : { ...answer, ttl: type === 'TLSA' ? tlsaTtl : 3_600 };
  };
  const rules: RouteRules = { ...usualRules, families: [4] };
  const now = (): number => clock.second * 1_000;
  const ports = { lookup, isValidating: async () => true, log: () => {}, now, dice: () => 0.5 };
  const route = await findRoute('x.test', rules, ports, new AbortController().signal);
  const candidate = route.kind === 'route' ? route.candidates[0] : undefined;
  if (route.kind !== 'route' || candidate === undefined) throw new Error(`no candidate: ${route.kind}`);
  return { route, candidate, clock, now };
}

/** The policy of the only host at each of these moments. */
async function policies(
  zoneAt: (second: number) => Zone,
  tlsaTtl: number,
  seconds: readonly number[],
): Promise<readonly HostPolicy[]> {
  const { candidate, clock } = await routeIn(zoneAt, tlsaTtl);
  const found: HostPolicy[] = [];
  for (clock.second of seconds) found.push(await candidate.policy());
  return found;
}

const keyOf = (policy: HostPolicy | undefined): unknown => policy?.kind === 'use' && policy.tlsa[0]?.data[0];
const rollover = (second: number): Zone => signedZone(second < 1 ? oldKey : newKey);

test('TLSA records are asked for again after their TTL, however long the route lives', async () => {
  const found = await policies(rollover, 5, [0, 4.9, 5, 90]);
  expect(found.map(keyOf)).toEqual([1, 1, 2, 2]);
});

test('a session that the old TLSA records allowed serves nobody once the new ones are known', async () => {
  const { route, candidate, clock, now } = await routeIn(rollover, 5);
  const policy = await candidate.policy();
  if (policy.kind !== 'use') throw new Error(policy.reason);
  const pool = sessionPool({ reuse: true, idleMs: 60_000, ageMs: 300_000, count: 0 }, now);
  let open = true;
  const session: Session = {
    relay: 'mx.x.test[192.0.2.1]:25',
    host: candidate.host,
    address: candidate.address,
    port: 25,
    policyKey: policy.key,
    openedAt: 0,
    uses: 1,
    usable: () => open,
    transact: () => Promise.reject(new Error('nothing is sent here')),
    close: () => {
      open = false;
    },
  };
  pool.give(session);
  clock.second = 4.9;
  expect(await pool.take(route)).toBe(session);
  pool.give(session);
  clock.second = 5;
  expect(await pool.take(route)).toBeUndefined();
  expect(open).toBe(false);
});

test('TLSA records with a TTL of 0 serve the deliveries of a second', async () => {
  const found = await policies(rollover, 0, [0, 0.9, 1]);
  expect(found.map(keyOf)).toEqual([1, 1, 2]);
});

test('a TLSA lookup that fails after the TTL leaves nobody with the old records', async () => {
  const fails = (second: number): Zone =>
    second < 1 ? signedZone(oldKey) : { ...signedHost, '_25._tcp.mx.x.test TLSA': 'SERVFAIL' };
  const [first, after] = await policies(fails, 5, [0, 5]);
  expect(first).toMatchObject({ kind: 'use', level: 'dane' });
  expect(after).toMatchObject({ kind: 'skip', reason: 'TLSA lookup error for mx.x.test:25' });
});

test('records that are withdrawn are no longer demanded after their TTL', async () => {
  const withdrawn = (second: number): Zone => (second < 1 ? signedZone(oldKey) : signedHost);
  const [first, after] = await policies(withdrawn, 5, [0, 5]);
  expect([first, after]).toMatchObject([{ level: 'dane' }, { level: 'may' }]);
});
