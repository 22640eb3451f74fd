import { writeFileSync } from 'node:fs';
import { parametersPage } from './render-parameters.ts';

/** `npm run docs:postfix` */
const [file = 'docs/postfix-parameters.md'] = process.argv.slice(2);
writeFileSync(file, parametersPage());
