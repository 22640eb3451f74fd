import { describe, expect, it } from 'vitest';
import { createAddressLimit } from './address-limit.ts';

function world(limit: number) {
  const seen = { now: 0, full: [] as string[] };
  const addresses = createAddressLimit({
    limit,
    now: () => seen.now,
    onFull: (network) => void seen.full.push(network),
  });
  return { addresses, seen };
}
const never = new AbortController().signal;
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('connections to one address', () => {
  it('are as many as there may be, whoever wants them', () => {
    const { addresses, seen } = world(2);
    const first = addresses.reserve(['192.0.2.1']);
    expect(addresses.reserve(['192.0.2.1'])).toBeDefined();
    expect(addresses.reserve(['192.0.2.1'])).toBeUndefined();
    expect(addresses.full()).toBe(1);
    expect(seen.full).toEqual(['192.0.2.1']);
    first?.leave();
    first?.leave();
    expect(addresses.reserve(['192.0.2.1'])).toBeDefined();
    expect(addresses.reserve(['192.0.2.1'])).toBeUndefined();
  });

  it('are counted by network where one owner has as many addresses as he likes', () => {
    const { addresses } = world(2);
    expect(addresses.reserve(['2001:db8::1'])).toBeDefined();
    expect(addresses.reserve(['2001:db8::2'])).toBeDefined();
    expect(addresses.reserve(['2001:db8::3'])).toBeUndefined();
    expect(addresses.reserve(['2001:db8:0:1::3'])).toBeDefined();
  });

  it('are found at the first address that has one to give', () => {
    const { addresses } = world(1);
    addresses.reserve(['192.0.2.1']);
    expect(addresses.reserve(['192.0.2.1', '192.0.2.2'])?.network).toBe('192.0.2.2');
    expect(addresses.reserve(['192.0.2.1', '192.0.2.2'])).toBeUndefined();
  });

  it('are waited for in turn, and nobody comes in between', async () => {
    const { addresses } = world(1);
    const place = addresses.reserve(['192.0.2.1']);
    const order: string[] = [];
    const entering = ['first', 'second'].map(async (name) => {
      const own = await addresses.enter('192.0.2.1', never);
      order.push(name);
      return own;
    });
    place?.leave();
    await settled();
    expect(order).toEqual(['first']);
    expect(addresses.reserve(['192.0.2.1'])).toBeUndefined();
    (await entering[0])?.leave();
    await settled();
    expect(order).toEqual(['first', 'second']);
  });

  it('are not waited for any more once the delivery is given up', async () => {
    const { addresses } = world(1);
    const place = addresses.reserve(['192.0.2.1']);
    const giveUp = new AbortController();
    const entering = addresses.enter('192.0.2.1', giveUp.signal);
    giveUp.abort();
    expect(await entering).toBeUndefined();
    expect(await addresses.enter('192.0.2.1', giveUp.signal)).toBeUndefined();
    place?.leave();
    expect(addresses.reserve(['192.0.2.1'])).toBeDefined();
  });

  it('are wanted for a while by who has none and gets none', () => {
    const { addresses, seen } = world(1);
    expect(addresses.shutOut(['192.0.2.1'])).toBe(false);
    addresses.reserve(['192.0.2.1']);
    addresses.reserve(['192.0.2.1']);
    expect(addresses.areWanted(['192.0.2.1'])).toBe(false);
    expect(addresses.shutOut(['192.0.2.1', '192.0.2.2'])).toBe(false);
    expect(addresses.shutOut(['192.0.2.1'])).toBe(true);
    expect(addresses.areWanted(['192.0.2.9', '192.0.2.1'])).toBe(true);
    seen.now = 5_000;
    expect(addresses.areWanted(['192.0.2.1'])).toBe(false);
  });

  it('are told of once in ten minutes', () => {
    const { addresses, seen } = world(1);
    addresses.reserve(['192.0.2.1']);
    for (const at of [0, 1, 599_999, 600_000]) {
      seen.now = at;
      addresses.reserve(['192.0.2.1']);
    }
    expect(seen.full).toHaveLength(2);
  });

  it('leave nothing behind', async () => {
    const { addresses } = world(1);
    for (let turn = 0; turn < 10_000; turn += 1) {
      const place = addresses.reserve([`192.0.${turn >> 8}.${turn & 255}`]);
      place?.leave();
    }
    expect(addresses.full()).toBe(0);
    expect(addresses.remembered()).toBe(0);
  });
});
