import { expect, test } from 'vitest';
import type { Trial } from './trial.ts';
import { chooseUpstream, isSameUpstream, upstreamText, upstreamTrouble } from './upstream.ts';
import type { Upstream } from './upstream.ts';

const server = (address: string) => ({ address, port: 53 });
const good = (address: string): Trial => ({ server: server(address), works: true, what: '' });
const bad = (address: string, what = 'no reply'): Trial => ({ server: server(address), works: false, what });
const root: Upstream = { kind: 'root' };
const forwarding = (...addresses: string[]): Upstream => ({
  kind: 'forwarders',
  servers: addresses.map(server),
});
const closed = bad('198.41.0.4', 'no reply from 198.41.0.4:53 by UDP in 1500 ms');

test.each([
  ['the root servers if they can be asked', root, good('198.41.0.4'), [good('10.0.0.1')], root],
  ['the root servers again', forwarding('10.0.0.1'), good('198.41.0.4'), [good('10.0.0.1')], root],
  ['the root servers where none is known to try', root, undefined, [good('10.0.0.1')], root],
  [
    'else the forwarders that work',
    root,
    closed,
    [bad('10.0.0.1'), good('10.0.0.2')],
    forwarding('10.0.0.2'),
  ],
  ['other forwarders', forwarding('10.0.0.1'), closed, [good('10.0.0.3')], forwarding('10.0.0.3')],
  ['else nobody else', forwarding('10.0.0.1'), closed, [bad('10.0.0.1')], forwarding('10.0.0.1')],
  ['nobody at all', root, closed, [], root],
] as const)('chooseUpstream(): %s', (_, current, tried, forwarders, expected) => {
  expect(chooseUpstream(current, { root: tried, forwarders })).toEqual(expected);
});

test('isSameUpstream(): whatever their order', () => {
  expect(isSameUpstream(forwarding('10.0.0.1', '10.0.0.2'), forwarding('10.0.0.2', '10.0.0.1'))).toBe(true);
  expect(isSameUpstream(forwarding('10.0.0.1'), forwarding('10.0.0.1', '10.0.0.2'))).toBe(false);
  expect(isSameUpstream(root, forwarding('10.0.0.1'))).toBe(false);
});

test('upstreamText(): whom, and why not the others', () => {
  expect(upstreamText(root, { root: good('198.41.0.4'), forwarders: [] })).toBe(
    'the private Unbound asks the root servers',
  );
  const choices = {
    root: closed,
    forwarders: [good('10.0.0.1'), bad('10.0.0.2', 'it strips DNSSEC signatures')],
  };
  expect(upstreamText(forwarding('10.0.0.1'), choices)).toBe(
    'the private Unbound asks 10.0.0.1 of /etc/resolv.conf and validates what they say, for the root servers cannot be ' +
      'asked: no reply from 198.41.0.4:53 by UDP in 1500 ms; 10.0.0.2 of /etc/resolv.conf: it strips DNSSEC signatures',
  );
});

test('upstreamTrouble(): only if nobody works', () => {
  expect(
    upstreamTrouble({ root: closed, forwarders: [bad('10.0.0.1', 'it strips DNSSEC signatures')] }),
  ).toBe(
    'nobody can be asked for DNS records: the root servers: no reply from 198.41.0.4:53 by UDP in 1500 ms; ' +
      '10.0.0.1 of /etc/resolv.conf: it strips DNSSEC signatures',
  );
  expect(upstreamTrouble({ root: closed, forwarders: [] })).toMatch(/; no server in \/etc\/resolv\.conf$/);
  expect(upstreamTrouble({ root: closed, forwarders: [good('10.0.0.1'), bad('10.0.0.2')] })).toBeUndefined();
  expect(upstreamTrouble({ root: good('198.41.0.4'), forwarders: [] })).toBeUndefined();
  expect(upstreamTrouble({ root: undefined, forwarders: [] })).toBeUndefined();
});
