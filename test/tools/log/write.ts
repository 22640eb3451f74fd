import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { jsonLogPage, logSchema, withTables } from './render-log-docs.ts';

/** `npm run docs:log`: writes what the pages have of the table of events. */
const [docs = 'docs'] = process.argv.slice(2);
const at = (...parts: readonly string[]): string => path.join(docs, ...parts);

writeFileSync(at('log.md'), withTables(readFileSync(at('log.md'), 'utf8')));
writeFileSync(at('json-log.md'), jsonLogPage());
mkdirSync(at('schemas'), { recursive: true });
writeFileSync(at('schemas', 'log.json'), `${JSON.stringify(logSchema(), null, 2)}\n`);
