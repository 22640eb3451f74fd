import { type Component, components } from '../events/component.ts';
import { type EventName, eventNames, eventTable } from '../events/event-table.ts';
import type { Severity } from './log-event.ts';

/** Characters of a line that are looked at: more than any line of ours has. */
export const LONGEST_LINE = 10_240;

/** What a line of a log is. */
export interface IdentifiedLine {
  /**
   * The kinds of line that it can be, the likeliest first; of a line of ours it is one, but for a few texts that several
   * tables share. Empty: it is no line of ours.
   */
  readonly events: readonly EventName[];
  /** The program that wrote it; absent if the line is the text alone. */
  readonly component?: Component;
  readonly severity: Severity;
  /** Without component and severity. */
  readonly text: string;
}

/** Knows a line again, in either form of the log, with what syslog puts in front or without. The work is linear. */
export function identifyLine(line: string): IdentifiedLine {
  const whole = line.trim();
  return identifyJson(whole) ?? identifyText(whole.slice(0, LONGEST_LINE));
}

function identifyJson(line: string): IdentifiedLine | undefined {
  if (!line.startsWith('{') || line.length > LONGEST_LINE) return undefined;
  const { event, component, level, msg } = parsed(line);
  if (typeof msg !== 'string') return undefined;
  const by = components.find((one) => one === component);
  const known = eventNames.find((one) => one === event);
  return {
    events: known === undefined ? [] : [known],
    ...(by !== undefined && { component: by }),
    severity: level === 'warn' ? 'warning' : level === 'error' ? 'error' : 'info',
    text: msg,
  };
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

function identifyText(line: string): IdentifiedLine {
  const { component, rest } = afterHeader(line);
  const [severity, text] = severityOf(rest);
  const candidates = (component === undefined ? undefined : writtenBy.get(component)) ?? eventNames;
  let best = 0;
  let events: EventName[] = [];
  for (const event of candidates) {
    const found = likeness(event, severity, text, component === undefined ? LEAST_TOLD : 0);
    if (found > best) [best, events] = [found, []];
    if (found > 0 && found === best) events.push(event);
  }
  return { events, ...(component !== undefined && { component }), severity, text };
}

/** Characters that a shape must name where the program that wrote the line is not known. */
const LEAST_TOLD = 5;

const writtenBy: ReadonlyMap<Component, readonly EventName[]> = new Map(
  components.map((component) => [
    component,
    eventNames.filter((event) => eventTable[event].by.includes(component)),
  ]),
);

/** What follows the first `/component[pid]: `; all of the line if that is not in it. */
function afterHeader(line: string): { readonly component?: Component; readonly rest: string } {
  let first = Infinity;
  let found: { readonly component: Component; readonly rest: string } | undefined;
  for (const component of components) {
    const name = `/${component}[`;
    const at = line.indexOf(name);
    if (at === -1 || at >= first) continue;
    const [head] = /^\d{1,10}\]: /.exec(line.slice(at + name.length, at + name.length + 14)) ?? [];
    if (head === undefined) continue;
    first = at;
    found = { component, rest: line.slice(at + name.length + head.length) };
  }
  return found ?? { rest: line };
}

function severityOf(text: string): readonly [Severity, string] {
  for (const severity of ['warning', 'error'] as const)
    if (text.startsWith(`${severity}: `)) return [severity, text.slice(severity.length + 2)];
  return ['info', text];
}

interface Shape {
  readonly severity?: Severity;
  readonly hasId: boolean;
  /** Between them is any text. */
  readonly parts: readonly string[];
  /** Characters in `parts`. */
  readonly told: number;
  /** More of it for a shape that says more. */
  readonly weight: number;
}

const shapes: ReadonlyMap<EventName, readonly Shape[]> = new Map(
  eventNames.map((event) => [event, eventTable[event].shapes.map(readShape)]),
);

function readShape(written: string): Shape {
  const [severity, text] = severityOf(written);
  const hasId = text.startsWith('ID: ');
  const parts = (hasId ? text.slice('ID: '.length) : text).split('*');
  const told = parts.join('').length;
  return {
    ...(severity !== 'info' && { severity }),
    hasId,
    parts,
    told,
    // One that any text has is better than none.
    weight: 1 + told + (hasId ? 1 : 0) + (severity === 'info' ? 0 : 0.5),
  };
}

/** How well a text matches the shapes of an event; 0 if it does not. */
function likeness(event: EventName, severity: Severity, text: string, leastTold: number): number {
  const [id = ''] = /^[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{6,30}: /.exec(text) ?? [];
  let most = 0;
  for (const shape of shapes.get(event) ?? []) {
    if (shape.told < leastTold || shape.weight <= most || (shape.severity ?? severity) !== severity) continue;
    if (shape.hasId && id === '') continue;
    if (hasParts(shape.hasId ? text.slice(id.length) : text, shape.parts)) most = shape.weight;
  }
  return most;
}

function hasParts(text: string, parts: readonly string[]): boolean {
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (parts.length === 1) return text === first;
  if (!text.startsWith(first)) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= end && text.endsWith(last);
}
