import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { type EventName, eventNames } from '../../src/core/events/event-table.ts';
import { identifyLine } from '../../src/core/log/identify-line.ts';
import type { LogEvent } from '../../src/core/log/log-event.ts';
import { postfixLine, syslogTime } from '../../src/maillog/line-format.ts';
import { lineSchema } from '../tools/log/render-log-docs.ts';

/** A line of the JSON log, as a relay under test has written it. */
interface JsonLine {
  readonly level: string;
  readonly time: string;
  readonly host: string;
  readonly component: LogEvent['component'];
  readonly event: EventName;
  readonly msg: string;
}

export interface CheckedLine {
  /** The line as the relay would have written it in the form of Postfix. */
  readonly line: string;
  /** What docs/json-log.md or `log explain` do not know of it. */
  readonly fault?: string;
}

const ajv = new Ajv2020({ strict: false, validateFormats: false });
const validators = new Map<EventName, ValidateFunction>();

/**
 * Holds a line of the JSON log against what is documented: its members, and that `log explain` knows it again by its
 * text. What is no such line is handed back as it is.
 */
export function checkedLine(full: string, pid: number): CheckedLine {
  if (!full.startsWith('{"level":')) return { line: full };
  const said = JSON.parse(full) as JsonLine;
  const severity = said.level === 'warn' ? 'warning' : said.level === 'error' ? 'error' : 'info';
  const { component, event, msg, time } = said;
  const line = postfixLine(
    { component, severity, event, text: msg },
    syslogTime(new Date(time)),
    said.host,
    'dane-relay',
    pid,
  );
  const fault = faultOf(said, line);
  return fault === undefined ? { line } : { line, fault: `${fault}: ${full}` };
}

function faultOf(said: JsonLine, line: string): string | undefined {
  const { event } = said;
  if (!eventNames.includes(event)) return 'no row in src/core/events';
  const validate = validators.get(event) ?? ajv.compile(lineSchema(event));
  validators.set(event, validate);
  if (!validate(said)) return `not as src/core/events has it (${ajv.errorsText(validate.errors)})`;
  const { events } = identifyLine(line);
  // A few warnings about tables look alike.
  if (events.includes(event) && events.length <= 3) return undefined;
  return `its shapes in src/core/events do not tell it (${events.join(', ')})`;
}
