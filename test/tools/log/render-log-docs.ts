import {
  anchorOf,
  type EventName,
  eventNames,
  eventSections,
  eventTable,
} from '../../../src/core/events/event-table.ts';
import type { EventRow, FieldKind } from '../../../src/core/events/event-row.ts';
import { components } from '../../../src/core/events/component.ts';

/** What is made from the table of events: the tables of docs/log.md, docs/json-log.md, docs/schemas/log.json. */

const tablePlace = /^<!-- events: (?<section>\w+) -->$[^]*?^<!-- \/events -->$/gm;

/** The page with its tables as the code has them. Throws if a section is not in it. */
export function withTables(page: string): string {
  const left = new Set(Object.keys(eventSections));
  const text = page.replace(tablePlace, (_, section: string) => {
    left.delete(section);
    const rows = Object.entries(eventSections[section as keyof typeof eventSections]);
    return [
      `<!-- events: ${section} -->`,
      '| event | written by | line | what it means | what to do |',
      '| --- | --- | --- | --- | --- |',
      ...rows.map(([event, row]) => logRow(event as EventName, row)),
      '<!-- /events -->',
    ].join('\n');
  });
  if (left.size > 0) throw new Error(`no place for ${[...left].join(', ')}`);
  return text;
}

function logRow(event: EventName, { by, line, means, todo = '—' }: EventRow): string {
  return `| <a id="${anchorOf(event)}"></a>\`${event}\` | ${by.join(', ')} | \`${line}\` | ${means} | ${todo} |`;
}

/** Members of every line, besides the fields of its event. */
const base = {
  level: ['info', 'warn', 'error'],
  time: 'time',
  pid: 'number',
  host: 'text',
  component: components,
  msg: 'text',
} as const satisfies Readonly<Record<string, FieldKind>>;

const kindWords: Readonly<Record<FieldKind & string, string>> = {
  text: 'text',
  texts: 'list of texts',
  number: 'number',
  numbers: 'list of numbers',
  seconds: 'number, in seconds',
  'epoch ms': 'number, milliseconds since 1970',
  time: 'text, RFC 3339 in UTC',
  boolean: 'true or false',
  object: 'object',
};

export function jsonLogPage(): string {
  return `# The JSON log

With \`log.format = "json"\` every line is an object (RFC 8259) of one line. [log.md](log.md) says what the
events mean. The names below stay: later versions add members, and rename and remove none. A program that reads
the log ignores members that it does not know. [schemas/log.json](schemas/log.json) is this page as a JSON
Schema (2020-12). It, and this page, are written by \`npm run docs:log\`.

Every line has these members:

| member | what it is |
| --- | --- |
| \`level\` | \`info\`, \`warn\` or \`error\`: should somebody look at it? |
| \`time\` | when it was written, as text: RFC 3339 in UTC, with milliseconds |
| \`pid\` | number of the relay's process; of the child, in lines of \`child\` that have one |
| \`host\` | name of this machine; of the mail host, in \`host skipped\` |
| \`component\` | the program of Postfix that would have written it: ${components.map((one) => `\`${one}\``).join(', ')} |
| \`event\` | one of the names below |
| \`msg\` | the text of the same line in the other format, without \`warning: \` |

\`queueId\` is the message that a line is about. Texts are made harmless as in the other format, and have 4,000
characters at most. Numbers that are a length of time are seconds if the table does not say otherwise. Members in
parentheses are not always there.

| event | members |
| --- | --- |
${eventNames.map((event) => `| [\`${event}\`](log.md#${anchorOf(event)}) | ${members(eventTable[event])} |`).join('\n')}
`;
}

function members({ fields }: EventRow): string {
  const all = Object.entries(fields).map(([name, kind]) => {
    const words = typeof kind === 'string' ? kindWords[kind] : kind.map((word) => `\`${word}\``).join(' or ');
    return name.endsWith('?') ? `(\`${name.slice(0, -1)}\`: ${words})` : `\`${name}\`: ${words}`;
  });
  return all.join('; ') || '—';
}

type Schema = Readonly<Record<string, unknown>>;

export function logSchema(): Schema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A line of the JSON log of dane-relay',
    type: 'object',
    required: ['event'],
    properties: { event: { enum: eventNames } },
    oneOf: eventNames.map((event) => lineSchema(event)),
  };
}

/** Of a line of one event. */
export function lineSchema(event: EventName): Schema {
  const { by, fields } = eventTable[event];
  const own = Object.entries(fields);
  const all = {
    ...Object.fromEntries(Object.entries(base).map(([name, kind]) => [name, kindSchema(kind)])),
    component: { enum: by },
    event: { const: event },
    ...Object.fromEntries(own.map(([name, kind]) => [name.replace(/\?$/, ''), kindSchema(kind)])),
  };
  const always = own.map(([name]) => name).filter((name) => !name.endsWith('?'));
  return {
    title: event,
    properties: all,
    required: [...new Set([...Object.keys(base), 'event', ...always])],
    additionalProperties: false,
  };
}

function kindSchema(kind: FieldKind): Schema {
  if (typeof kind !== 'string') return { enum: kind };
  switch (kind) {
    case 'text':
      return { type: 'string' };
    case 'texts':
      return { type: 'array', items: { type: 'string' } };
    case 'number':
    case 'seconds':
    case 'epoch ms':
      return { type: 'number' };
    case 'numbers':
      return { type: 'array', items: { type: 'number' } };
    case 'time':
      return { type: 'string', format: 'date-time' };
    case 'boolean':
    case 'object':
      return { type: kind };
  }
}
