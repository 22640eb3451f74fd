import { type EventName, eventTable, pageOf } from '../core/events/event-table.ts';
import { identifyLine, LONGEST_LINE } from '../core/log/identify-line.ts';
import { printable } from '../core/mail/printable.ts';
import { linesOf } from './input-lines.ts';

export interface ExplainTools {
  readonly json: boolean;
  /** False once nobody reads it. */
  readonly print: (line: string) => boolean;
}

/** The form of an object of `log explain --json`. */
const SCHEMA = 1;

/** Explains each line of the log in `input`. Resolves to false if none is a line of ours. */
export async function explainLines(
  input: AsyncIterable<Buffer> | Iterable<Buffer>,
  { json, print }: ExplainTools,
): Promise<boolean> {
  let known = false;
  for await (const line of linesOf(input, LONGEST_LINE)) {
    const { events } = identifyLine(line);
    known ||= events.length > 0;
    const more = json ? print(JSON.stringify(asJson(line))) : explained(line).every((one) => print(one));
    if (!more) break;
  }
  return known;
}

function asJson(line: string): unknown {
  const { events, component, severity, text } = identifyLine(line);
  const about = events.map((event) => {
    const { means, todo } = eventTable[event];
    return {
      event,
      means: plain(means),
      ...(todo !== undefined && { todo: plain(todo) }),
      page: pageOf(event),
    };
  });
  return {
    schema: SCHEMA,
    known: events.length > 0,
    ...(component !== undefined && { component }),
    severity,
    text: printable(text),
    events: about,
  };
}

function explained(line: string): string[] {
  const { events } = identifyLine(line);
  const shown = printable(line.trim());
  if (events.length === 0) return [shown, '  This is no line that this version of the relay writes.', ''];
  const which = events.length === 1 ? [] : ['  One of these; the text does not tell which:'];
  return [shown, ...which, ...events.flatMap(meaning), ''];
}

function meaning(event: EventName): string[] {
  const { means, todo } = eventTable[event];
  return [
    `  ${event}: ${plain(means)}`,
    `  what to do: ${todo === undefined ? 'nothing' : plain(todo)}`,
    `  ${pageOf(event)}`,
  ];
}

/** Markdown as text: links show where they lead. */
function plain(markdown: string): string {
  return markdown
    .replace(/\[([^\][]*)\]\(([^()]*)\)/g, (_, text: string, target: string) => {
      const place = target.startsWith('#') ? `docs/log.md${target}` : `docs/${target}`;
      return target.startsWith(text) ? place : `${text} (${place})`;
    })
    .replaceAll('`', '"');
}
