import { readFileSync, writeFileSync } from 'node:fs';
import { licencesPage, readLock } from './licences-page.ts';

/** `npm run docs:licences`: writes the table into the file that is named. */
const [, , file = ''] = process.argv;
writeFileSync(file, licencesPage(readFileSync(file, 'utf8'), readLock('package-lock.json')));
