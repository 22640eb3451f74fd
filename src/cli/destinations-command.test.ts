import { expect, it } from 'vitest';
import type { KnownFinding } from '../core/check/known-health.ts';
import type { MailedDestination } from '../queue/open-queue.ts';
import { listDestinations } from './destinations-command.ts';

const at = Date.UTC(2026, 10, 30);
const finding: KnownFinding = {
  kind: 'mismatch',
  severity: 'problem',
  where: 'mx.b.test[192.0.2.1]:25',
  text: 'mx.b.test[192.0.2.1]:25: no TLSA record matches',
  since: at,
};
const all: readonly MailedDestination[] = [
  { destination: 'new.test' },
  {
    destination: 'a.test',
    health: { destination: 'a.test', judged: { at, verdict: 'protected' }, findings: [] },
  },
  {
    destination: '[mx.b.test]:25',
    health: { destination: '[mx.b.test]:25', judged: { at, verdict: 'fails' }, findings: [finding] },
  },
  {
    destination: 'xn--c-0ga.test',
    health: { destination: 'xn--c-0ga.test', trouble: { at, reason: 'late' }, findings: [finding] },
  },
];
const health = {
  async *list(only?: readonly string[]) {
    yield* all.filter(({ destination }) => only?.includes(destination) ?? true);
  },
};

async function list(
  destinations: readonly string[],
  output: 'text' | 'json' | 'note' = 'text',
): Promise<{ known: boolean; lines: readonly string[] }> {
  const lines: string[] = [];
  const print = (line: string): boolean => lines.push(line) > 0;
  const known = await listDestinations({ health }, { destinations, output, hostname: 'relay.test', print });
  return { known, lines };
}

it('shows what is known of each destination', async () => {
  expect(await list([])).toEqual({
    known: true,
    lines: [
      'new.test: not checked yet',
      'a.test: protected by DANE, checked at 2026-11-30T00:00:00Z',
      '[mx.b.test]:25: DANE fails, checked at 2026-11-30T00:00:00Z',
      '    problem since 2026-11-30T00:00:00Z: mx.b.test[192.0.2.1]:25: no TLSA record matches',
      'xn--c-0ga.test: DANE fails; the check of 2026-11-30T00:00:00Z could not judge all of it: late',
      '    problem since 2026-11-30T00:00:00Z: mx.b.test[192.0.2.1]:25: no TLSA record matches',
    ],
  });
});

it('shows only those that were asked for, by any of their names, and says which are not known', async () => {
  const { known, lines } = await list(['A.test.', 'Öc.test', 'z.test']);
  expect(known).toBe(false);
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatch(/^a\.test: protected/);
  expect(lines.at(-1)).toMatch(/^z\.test: no mail has gone there with DANE/);
});

it('prints notes, with a line between two, only where there is something to say', async () => {
  const { lines } = await list([], 'note');
  const text = lines.join('\n');
  expect(text.match(/^To: .*$/gm)).toEqual(['To: postmaster@mx.b.test', 'To: postmaster@xn--c-0ga.test']);
  expect(text).toContain('The postmaster of relay.test\n\nTo: ');
  expect(await list(['a.test'], 'note')).toEqual({
    known: true,
    lines: ['There is nothing to say to a postmaster'],
  });
});

it('prints an object for each in JSON', async () => {
  const { known, lines } = await list(['new.test', '[mx.b.test]:25', 'z.test'], 'json');
  expect(known).toBe(false);
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { schema: 1, destination: 'new.test', standing: 'unknown', findings: [] },
    { schema: 1, destination: '[mx.b.test]:25', standing: 'fails', findings: [{ kind: 'mismatch' }] },
  ]);
});
