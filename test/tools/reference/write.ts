import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cliPage } from './cli-page.ts';
import { manualPages } from './manual-pages.ts';
import { settingsPage } from './settings-page.ts';

/** `npm run docs:reference` */
const [docs = 'docs'] = process.argv.slice(2);
writeFileSync(join(docs, 'settings.md'), settingsPage());
writeFileSync(join(docs, 'cli.md'), cliPage());
mkdirSync(join(docs, 'man'), { recursive: true });
for (const [name, page] of Object.entries(manualPages)) writeFileSync(join(docs, 'man', name), page());
