import { beforeAll, describe, expect, test } from 'vitest';
import type { Row } from './row.ts';
import { dialogues } from './rows/index.ts';
import { runRow, type Outcome } from './run-row.ts';

/** So many at once: most of them only wait. */
const lanes = 40;

const outcomes = new Map<Row, Outcome | { readonly error: unknown }>();

beforeAll(async () => {
  const waiting = Object.values(dialogues).flat();
  async function lane(): Promise<void> {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift())
      outcomes.set(row, await runRow(row).catch((error: unknown) => ({ error })));
  }
  await Promise.all(Array.from({ length: lanes }, lane));
});

describe.each(Object.entries(dialogues))('%s', (_, rows) => {
  test.each(rows.map((row) => [row.name, row] as const))('%s', (__, row) => {
    const outcome = outcomes.get(row);
    if (outcome === undefined || 'error' in outcome)
      throw new Error('the row came to no end', { cause: outcome?.error });
    const expected = typeof row.result === 'string' ? outcome.results.map(() => row.result) : row.result;
    // Of a message that was taken the reply matters only where the row says so.
    const results = outcome.results.map((text, at) =>
      String(expected[at]).includes(':') ? text : text.replace(/^(sent \S+).*/s, '$1'),
    );
    expect(results).toEqual(expected);
    const doubtful = (text: string): boolean =>
      row.ambiguous ?? text.endsWith('message may be sent more than once');
    expect(outcome.ambiguous).toEqual(outcome.results.map(doubtful));
    expect(outcome.goesOn).toBe(row.goesOn);
    expect(inOrder(outcome.commands, row.saw ?? [])).toEqual(row.saw ?? []);
    for (const start of row.never ?? [])
      expect(outcome.commands.filter((line) => line.startsWith(start))).toEqual([]);
    if (row.content !== undefined)
      expect(outcome.contents).toEqual(typeof row.content === 'string' ? [row.content] : []);
    if (row.log !== undefined) expect(outcome.log).toEqual(row.log);
    keepsTheRules(row, outcome);
  });
});

test('no two dialogues have the same name', () => {
  const names = Object.entries(dialogues).flatMap(([group, rows]) =>
    rows.map(({ name }) => `${group}: ${name}`),
  );
  expect(new Set(names).size).toBe(names.length);
});

/** What holds in every dialogue, whatever the host does. */
function keepsTheRules({ level = 'none', host = {} }: Row, { commands, contents, results }: Outcome): void {
  const clear = commands.filter((line) => !line.startsWith('TLS '));
  if (level !== 'none' && level !== 'may') {
    expect(clear.filter((line) => !/^(?:EHLO |STARTTLS$|QUIT$)/.test(line))).toEqual([]);
    if (host.genuine === false && level !== 'encrypt') expect(commands).toEqual(clear);
  }
  // Sent is sent, and nothing else is.
  if (results.some((text) => text.startsWith('sent'))) expect(contents).toHaveLength(1);
  for (const line of commands)
    expect(line).toMatch(/^(?:TLS )?(?:EHLO|HELO|STARTTLS|MAIL|RCPT|DATA|RSET|QUIT)\b/);
}

/** Those of `starts` that were found, each after the one before. */
function inOrder(commands: readonly string[], starts: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (const line of commands) {
    const next = starts[found.length];
    if (next !== undefined && line.startsWith(next)) found.push(next);
  }
  return found;
}
