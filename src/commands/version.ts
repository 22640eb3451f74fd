import { readFileSync } from 'node:fs';

/** `dane-relay 1.2.3` */
export function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return `dane-relay ${(JSON.parse(text) as { version: string }).version}`;
}
