import { expect, it } from 'vitest';
import type { RememberedDestination } from '../queue/open-queue.ts';
import { listRemembered, releaseRemembered } from './sticky-commands.ts';

const now = Date.UTC(2026, 10, 30);
const day = 86_400_000;
const all: readonly RememberedDestination[] = [
  { destination: 'a.test', hosts: new Map([['mx.a.test', now - day]]) },
  {
    destination: 'xn--b-xga.test',
    hosts: new Map([
      ['mx1.b.test', now - 3 * day],
      ['mx2.b.test', now - 2 * day],
    ]),
    loss: { host: 'mx1.b.test', what: 'TLSA', since: now - day, waits: true },
  },
];
const sticky = {
  list: async (only?: readonly string[]) =>
    all.filter(({ destination }) => only?.includes(destination) ?? true),
  release: async (destination: string) => destination === 'a.test',
};

async function list(
  destinations: readonly string[],
  json = false,
): Promise<{ found: boolean; lines: string[] }> {
  const lines: string[] = [];
  const print = (line: string): boolean => lines.push(line) > 0;
  const shown = { destinations, json, horizonMs: 14 * day, now, print };
  return { found: await listRemembered({ sticky }, shown), lines };
}

it('shows what is remembered, and what was lost', async () => {
  const { found, lines } = await list([]);
  expect(found).toBe(true);
  expect(lines).toEqual([
    'a.test: until 2026-12-13T00:00:00Z (for 13d00h)',
    '    mx.a.test proved at 2026-11-29T00:00:00Z',
    'xn--b-xga.test: until 2026-12-12T00:00:00Z (for 12d00h)',
    '    mx1.b.test proved at 2026-11-27T00:00:00Z',
    '    mx2.b.test proved at 2026-11-28T00:00:00Z',
    '    since 2026-11-29T00:00:00Z mx1.b.test has TLSA records that are not signed now; mail waits',
  ]);
});

it('shows the destinations that were asked for, by their names', async () => {
  const { found, lines } = await list(['XN--B-XGA.test', 'C.test.'], true);
  expect(found).toBe(false);
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
    {
      schema: 1,
      destination: 'xn--b-xga.test',
      until: '2026-12-12T00:00:00Z',
      hosts: [
        { host: 'mx1.b.test', provedAt: '2026-11-27T00:00:00Z' },
        { host: 'mx2.b.test', provedAt: '2026-11-28T00:00:00Z' },
      ],
      lost: { what: 'TLSA', host: 'mx1.b.test', since: '2026-11-29T00:00:00Z', waits: true },
    },
  ]);
  expect((await list(['c.test'])).lines).toEqual(['c.test: nothing is remembered']);
});

it('lets go of a destination', async () => {
  const lines: string[] = [];
  const print = (line: string): boolean => lines.push(line) > 0;
  expect(await releaseRemembered({ sticky }, ['A.test'], print)).toBe(true);
  expect(await releaseRemembered({ sticky }, ['a.test', 'b.test'], print)).toBe(false);
  expect(lines.at(-1)).toBe('b.test: nothing is remembered');
});
