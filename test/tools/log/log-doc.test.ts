import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { eventNames, type EventName } from '../../../src/core/log/event-names.ts';
import { codeBlocks } from '../code-blocks.ts';
import { logExamples } from './log-examples.ts';

/** docs/log.md has every event there is, and for each a line as the relay writes it. */

const root = path.join(import.meta.dirname, '../../..');
const page = readFileSync(path.join(root, 'docs/log.md'), 'utf8');

interface Row {
  readonly event: string;
  readonly component: string;
  readonly line: string;
}

const rows: readonly Row[] = [
  ...page.matchAll(/^\| `(?<event>[^`]+)` \| (?<component>\w+) \| `(?<line>.+?)` \| .+ \| .+ \|$/gm),
].map(({ groups }) => ({
  event: groups?.['event'] ?? '',
  component: groups?.['component'] ?? '',
  line: groups?.['line'] ?? '',
}));

/** What a page quotes; `…` stands for what is left out. */
function isQuote(quoted: string, text: string): boolean {
  const literally = (part: string): string => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${quoted.split('…').map(literally).join('.*')}$`).test(text);
}

describe('docs/log.md', () => {
  it('has a row for each event, and no other', () => {
    expect(rows.map(({ event }) => event).toSorted()).toEqual([...eventNames].toSorted());
  });

  test.each(rows)('quotes a line that is written: $event', ({ event, component, line }) => {
    const example = logExamples[event as EventName];
    expect(example).toMatchObject({ event, component });
    if (!isQuote(line, example.text)) expect(line).toBe(example.text);
  });

  it('shows the life of a message in such lines', () => {
    const shown = codeBlocks(page, 'log')
      .flatMap((block) => block.trimEnd().split('\n'))
      // The time and the host are in front of one of them.
      .map((line) => line.replace(/^\w{3} [ \d]\d [\d:]{8} relay /, ''));
    const written = Object.values(logExamples).map(
      ({ component, text }) => `dane-relay/${component}[812]: ${text}`,
    );
    expect(shown).not.toEqual([]);
    expect(shown.filter((line) => !written.includes(line))).toEqual([]);
  });
});
