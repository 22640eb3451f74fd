import type { Rejection, Rejections } from './rejection.ts';
import { rejections } from './rejections.ts';

/** The tables of docs/rejections.md. */
export function renderRejections(): string {
  return rejections.map(section).join('\n');
}

function section({ title, rows }: Rejections): string {
  const head = ['| situation | reply | log line |', '| --- | --- | --- |'];
  return [`## ${title}`, '', ...head, ...rows.map(row), ''].join('\n');
}

function row({ situation, reply, line, closes }: Rejection): string {
  const end = closes ? ', and the connection is closed' : '';
  const log = line === undefined ? '(counted in `disconnect`)' : code(line);
  return `| ${situation} | ${code(reply)}${end} | ${log} |`;
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}
