import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it, test } from 'vitest';
import { anchorOf, eventNames, eventTable } from '../../../src/core/events/event-table.ts';
import { identifyLine } from '../../../src/core/log/identify-line.ts';
import { jsonText, postfixText } from '../../../src/maillog/line-texts.ts';
import { codeBlocks } from '../code-blocks.ts';
import { logExamples } from './log-examples.ts';
import { jsonLogPage, logSchema, withTables } from './render-log-docs.ts';

/** The pages about the log have what the table of events has, and the table has what the relay writes. */

const docs = path.join(import.meta.dirname, '../../../docs');
const read = (name: string): string => readFileSync(path.join(docs, name), 'utf8');
const page = read('log.md');
const writeThem = 'npm run docs:log writes it';
const events = eventNames.map((event) => ({ event }));

/** What a page quotes; `…` stands for what is left out. */
function isQuote(quoted: string, text: string): boolean {
  const literally = (part: string): string => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${quoted.split('…').map(literally).join('.*')}$`).test(text);
}

describe('the pages', () => {
  it('are as the table of events makes them', () => {
    expect(page, writeThem).toBe(withTables(page));
    expect(read('json-log.md'), writeThem).toBe(jsonLogPage());
    expect(JSON.parse(read('schemas/log.json')), writeThem).toEqual(logSchema());
  });

  it('have one anchor for each event', () => {
    const anchors = [...page.matchAll(/<a id="([^"]+)"><\/a>/g)].map(([, anchor = '']) => anchor);
    expect(anchors.toSorted()).toEqual(eventNames.map(anchorOf).toSorted());
    expect(new Set(anchors).size).toBe(anchors.length);
  });

  it('show the life of a message in lines that are written', () => {
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

describe('the table of events', () => {
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(logSchema());

  test.each(events)('quotes a line that is written: $event', ({ event }) => {
    const { line, by } = eventTable[event];
    const example = logExamples[event];
    expect(example.event).toBe(event);
    expect(by).toContain(example.component);
    if (!isQuote(line, example.text)) expect(line).toBe(example.text);
  });

  test.each(events)('has the fields of: $event', ({ event }) => {
    const line = JSON.parse(jsonText()(logExamples[event])) as unknown;
    validate(line);
    expect(
      validate.errors?.filter(({ schemaPath }) => schemaPath.includes(`/${eventNames.indexOf(event)}/`)) ??
        [],
    ).toEqual([]);
    expect(validate(line)).toBe(true);
  });

  test.each(events)('knows a line again: $event', ({ event }) => {
    const example = logExamples[event];
    for (const write of [postfixText('dane-relay'), jsonText()]) {
      const { events: found, component } = identifyLine(write(example));
      expect(found).toEqual([event]);
      expect(component).toBe(example.component);
    }
  });
});
