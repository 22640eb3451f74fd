import { expect, test } from 'vitest';
import { claimOf, routeOf, sent } from '../../test/support/delivery-kit.ts';
import type { TriedHost } from '../core/delivery/evidence.ts';
import type { DeliveryStatus, Trouble } from '../core/mail/status.ts';
import { withVerdict } from './require-tls-verdict.ts';
import { beforeAll, withAllSettled, withHost } from './standing.ts';

const lacking: Trouble = {
  outcome: 'deferred',
  dsn: '4.7.30',
  reason: 'not offered',
  scope: 'message',
  tlsFault: { kind: 'no REQUIRETLS', host: 'mx' },
};
const unreachable: Trouble = { outcome: 'deferred', dsn: '4.4.1', reason: 'refused', scope: 'host' };
const busy: Trouble = { ...unreachable, dsn: '4.3.2', scope: 'message' };

/** What becomes of a recipient whose hosts ended so, one after the other. */
function verdictAfter(statuses: readonly (Trouble | undefined)[], requireTls = true): DeliveryStatus {
  return verdictAt(
    statuses.map((status, nth) => ({ host: `mx${nth}`, ...(status && { status }) })),
    requireTls,
  );
}

function verdictAt(turns: readonly Pick<TriedHost, 'host' | 'status'>[], requireTls = true): DeliveryStatus {
  const { message, ...mail } = claimOf({ envelope: requireTls ? { requireTls } : {} });
  let standing = { ...beforeAll({ message, ...mail }, routeOf([])), lastTls: 'dane' };
  for (const turn of turns) {
    const step = turn.status === unreachable ? 'connect' : turn.status === lacking ? 'EHLO' : 'mail';
    standing = { ...withHost(standing, { ...turn, relay: '', at: 0, step }), lastTls: 'dane' };
  }
  const last = turns.at(-1)?.status ?? unreachable;
  const { attempts } = withVerdict(message, withAllSettled(standing, last, 0));
  return attempts[0]?.status ?? sent;
}

test.each([
  ['every host lacks it', [lacking, lacking], 'bounced', '5.7.30'],
  ['one could not be reached', [unreachable, lacking], 'deferred', '4.7.30'],
  ['the last could not be reached', [lacking, unreachable], 'deferred', '4.4.1'],
  ['one that has it put the mail off', [busy, lacking], 'deferred', '4.7.30'],
  ['one took the mail for others', [undefined, lacking], 'deferred', '4.7.30'],
  ['there was none', [], 'deferred', '4.4.1'],
] as const)('%s', (_, statuses, outcome, dsn) => {
  expect(verdictAfter(statuses)).toMatchObject({ outcome, dsn });
});

test.each([
  ['nobody answers at one of them', unreachable, lacking, 'bounced'],
  ['nobody answers at the last of them', lacking, unreachable, 'bounced'],
  ['the mail was put off at one of them', busy, lacking, 'deferred'],
  ['nobody answers at any', unreachable, unreachable, 'deferred'],
] as const)('two addresses of one host: %s', (_, first, second, outcome) => {
  const turns = [
    { host: 'mx', status: first },
    { host: 'mx', status: second },
  ];
  expect(verdictAt(turns)).toMatchObject({ outcome });
});

test('other mail waits as ever', () => {
  expect(verdictAfter([lacking], false)).toEqual(lacking);
});
