import type { Assignment } from '../postfix/main-cf.ts';
import { shownTable } from '../postfix/read-maps.ts';
import { listItems } from '../postfix/words.ts';

/** Whether the value of a parameter may have passwords in it. */
export function isSecret(name: string): boolean {
  return /passw/i.test(name);
}

/** The value as it may be shown. */
export function shownValue({ name, value }: Assignment): string {
  const text = isSecret(name) ? listItems(value).map(shownTable).join(' ') : value.replaceAll(/\s+/g, ' ');
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

/** `main.cf:12: name = value`, `master.cf:30: submission/inet: -o name=value`. */
export function shownAssignment(one: Assignment): string {
  const place = `${one.file}:${one.line}`;
  const value = shownValue(one);
  if (one.service === undefined) return `${place}: ${one.name} = ${value}`;
  if (one.service === one.name.replace(' ', '/')) return `${place}: ${one.name} … ${value}`;
  return `${place}: ${one.service}: -o ${one.name}=${value}`;
}
