import { describe, expect, test } from 'vitest';
import type { Queue } from '../queue/open-queue.ts';
import { showReports } from './tlsrpt-commands.ts';

const now = Date.UTC(2026, 10, 30, 12);
const day = '2026-11-28';
const fields = new Map([
  ['p a', '{"policy-type":"no-policy-found","policy-string":[],"policy-domain":"x.test","mx-host":[]}'],
  ['s a', '2'],
]);

/** @param gone domains whose counters have expired */
async function shown(
  domains: readonly string[],
  more: { json?: boolean; leftOut?: Readonly<Record<string, number>>; gone?: readonly string[] } = {},
): Promise<{ readonly isAll: boolean; readonly lines: readonly string[] }> {
  const names = ['x.test', 'y.test'].map((domain) => `${day} ${domain}`);
  const gone = (more.gone ?? []).map((domain) => `${day} ${domain}`);
  const tlsReports = {
    waiting: async () => names.map((name) => ({ name, dueAt: now })),
    counts: async (name: string) => (gone.includes(name) ? undefined : { name, fields }),
    leftOut: async (one: string) => more.leftOut?.[one] ?? 0,
  } as unknown as Queue['tlsReports'];
  const lines: string[] = [];
  const print = (line: string): boolean => lines.push(line) > 0;
  const isAll = await showReports({ tlsReports }, domains, { json: more.json ?? false, now, print });
  return { isAll, lines };
}

describe('showReports()', () => {
  test.each<[string, readonly string[], readonly string[], boolean]>([
    ['all', [], [], true],
    ['a domain', ['X.test.'], [], true],
    ['a domain of which nothing is counted', ['z.test'], [], false],
    ['two, of one of which nothing is counted', ['x.test', 'z.test'], [], false],
    ['one whose counters are gone', ['x.test'], ['x.test'], false],
  ])('tells whether there is something of what was asked for: %s', async (_, domains, gone, isAll) => {
    expect((await shown(domains, { gone })).isAll).toBe(isAll);
    expect((await shown(domains, { gone, json: true })).isAll).toBe(isAll);
  });

  test('says that there is nothing', async () => {
    const { lines } = await shown([], { gone: ['x.test', 'y.test'] });
    expect(lines).toEqual(['Nothing is counted for reports about TLS']);
    expect((await shown([], { gone: ['x.test', 'y.test'], json: true })).lines).toEqual([]);
  });

  test('tells what was left out, also of a day whose reports were all sent', async () => {
    const { lines } = await shown(['x.test'], { leftOut: { '2026-11-27': 1 } });
    expect(lines.at(-1)).toBe(
      '2026-11-27: 1 session found no room or came too late, and will not be reported',
    );
  });
});
