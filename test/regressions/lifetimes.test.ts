import { expect, test } from 'vitest';
import type { Answer, Lookup } from '../../src/core/dns/answer.ts';
import type { RecordOf, RecordType, TlsaRecord } from '../../src/core/dns/record.ts';
import type { HostPolicy } from '../../src/core/route/host-policy.ts';
import { findRoute, type RouteRules } from '../../src/delivery/find-route.ts';
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

/** The policy of the only host at each of these moments, by one route that was found at the first. */
async function policies(
  zoneAt: (second: number) => Zone,
  tlsaTtl: number,
  seconds: readonly number[],
): Promise<readonly HostPolicy[]> {
  let second = 0;
  const lookup: Lookup = async <T extends RecordType>(
    name: string,
    type: T,
  ): Promise<Answer<RecordOf[T]>> => {
    const answer = await fakeDns(zoneAt(second)).lookup(name, type);
    return answer.kind === 'failed' ? answer : { ...answer, ttl: type === 'TLSA' ? tlsaTtl : 3_600 };
  };
  const rules: RouteRules = { ...usualRules, families: [4] };
  const ports = {
    lookup,
    isValidating: async () => true,
    log: () => {},
    now: () => second * 1_000,
    dice: () => 0.5,
  };
  const route = await findRoute('x.test', rules, ports, new AbortController().signal);
  if (route.kind !== 'route') throw new Error(route.kind);
  const found: HostPolicy[] = [];
  for (second of seconds) {
    const policy = await route.candidates[0]?.policy();
    if (policy === undefined) throw new Error('no candidate');
    found.push(policy);
  }
  return found;
}

const keyOf = (policy: HostPolicy | undefined): unknown => policy?.kind === 'use' && policy.tlsa[0]?.data[0];
const rollover = (second: number): Zone => signedZone(second < 1 ? oldKey : newKey);

test('TLSA records are asked for again after their TTL, however long the route lives', async () => {
  const [first, before, after, later] = await policies(rollover, 5, [0, 4.9, 5, 90]);
  expect([first, before, after, later].map(keyOf)).toEqual([1, 1, 2, 2]);
  // And so no session that the old ones allowed is taken for one that the new ones would.
  expect(after).not.toMatchObject({ key: (first as { key: string }).key });
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
