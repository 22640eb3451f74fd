import { describe, expect, test } from 'vitest';
import type { Candidate } from './route.ts';
import { createReachability } from './reachability.ts';

function at(address: string, preference = 10): Candidate {
  const family = address.includes(':') ? 6 : 4;
  const policy = () => Promise.reject(new Error('not asked'));
  return { host: 'mx.test', address, port: 25, family, preference, best: true, policy };
}

function memory() {
  let now = 0;
  const reachability = createReachability(() => now);
  return {
    reachability,
    later: (ms: number) => void (now += ms),
    order: (...addresses: readonly (string | Candidate)[]): string =>
      reachability
        .order(addresses.map((one) => (typeof one === 'string' ? at(one) : one)))
        .map(({ address }) => address)
        .join(' '),
  };
}

describe('createReachability()', () => {
  test('one that was silent comes behind its equals, and never behind a worse one', () => {
    const { reachability, order } = memory();
    expect(order('192.0.2.1', '192.0.2.2')).toBe('192.0.2.1 192.0.2.2');
    reachability.note(at('192.0.2.1'), 'silent');
    expect(order('192.0.2.1', '192.0.2.2', at('192.0.2.3', 20))).toBe('192.0.2.2 192.0.2.1 192.0.2.3');
    expect(order('192.0.2.1', at('192.0.2.3', 20))).toBe('192.0.2.1 192.0.2.3');
  });

  test('that is forgotten after ten minutes, and as soon as it answers', () => {
    const { reachability, order, later } = memory();
    reachability.note(at('192.0.2.1'), 'silent');
    later(599_999);
    expect(order('192.0.2.1', '192.0.2.2')).toBe('192.0.2.2 192.0.2.1');
    later(1);
    expect(order('192.0.2.1', '192.0.2.2')).toBe('192.0.2.1 192.0.2.2');
    reachability.note(at('192.0.2.1'), 'silent');
    reachability.note(at('192.0.2.1'), 'answered');
    expect(order('192.0.2.1', '192.0.2.2')).toBe('192.0.2.1 192.0.2.2');
  });

  test('three silent addresses of a family, and it is taken for dead until one of it answers', () => {
    const { reachability, order } = memory();
    for (const address of ['2001:db8::1', '2001:db8::2']) reachability.note(at(address), 'silent');
    expect(order('2001:db8::9', '192.0.2.1')).toBe('2001:db8::9 192.0.2.1');
    reachability.note(at('2001:db8::3'), 'silent');
    expect(order('2001:db8::9', '192.0.2.1')).toBe('192.0.2.1 2001:db8::9');
    reachability.note(at('2001:db8::9'), 'answered');
    expect(order('2001:db8::8', '192.0.2.1')).toBe('2001:db8::8 192.0.2.1');
  });

  test('one address that is silent again and again is no family', () => {
    const { reachability, order } = memory();
    for (let times = 0; times < 5; times += 1) reachability.note(at('2001:db8::1'), 'silent');
    expect(order('2001:db8::9', '192.0.2.1')).toBe('2001:db8::9 192.0.2.1');
  });

  test('so many are remembered and no more: the oldest go first', () => {
    const { reachability, order } = memory();
    for (let n = 0; n <= 10_000; n += 1) reachability.note(at(`10.0.${n >> 8}.${n & 255}`), 'silent');
    reachability.note(at('192.0.2.1'), 'answered');
    expect(order('10.0.0.1', '10.0.0.0')).toBe('10.0.0.0 10.0.0.1');
  });
});
