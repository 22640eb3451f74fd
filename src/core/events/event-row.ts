import type { Component } from './component.ts';

/** What a field of the JSON log holds; a list: one of these words. `time` is a text as of RFC 3339 in UTC. */
export type FieldKind =
  | 'text'
  | 'texts'
  | 'number'
  | 'numbers'
  | 'seconds'
  | 'epoch ms'
  | 'time'
  | 'boolean'
  | 'object'
  | readonly string[];

/** One kind of line: how it is known again, what it has for programs, and what it tells an operator. */
export interface EventRow {
  /** The components that write it. */
  readonly by: readonly Component[];
  /** One such line, as it is written; `…` stands for what is left out. Without severity. */
  readonly line: string;
  /**
   * The forms of its text: `*` is any text, `ID: ` at the beginning a queue ID. One that begins with `warning: ` or
   * `error: ` is that of a line of this severity only.
   */
  readonly shapes: readonly string[];
  /** Names in the JSON log; those that end with `?` are not always there. */
  readonly fields: Readonly<Record<string, FieldKind>>;
  /** In Markdown, as is `todo`; links are relative to docs. */
  readonly means: string;
  /** Absent: nothing. */
  readonly todo?: string;
}

/** A part of the table, with the names of its events. */
export function events<Name extends string>(
  rows: Readonly<Record<Name, EventRow>>,
): Readonly<Record<Name, EventRow>> {
  return rows;
}
