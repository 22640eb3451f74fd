import { readFileSync, writeFileSync } from 'node:fs';
import { licencesPage } from './licences-page.ts';
import { readLock } from './lock.ts';

/** `npm run docs:licences`: writes the table into the file that is named. */
const [, , file = ''] = process.argv;
writeFileSync(file, licencesPage(readFileSync(file, 'utf8'), readLock('package-lock.json')));
