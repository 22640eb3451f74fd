import { readFileSync, writeFileSync } from 'node:fs';
import { renderRejections } from './render.ts';

/** `npm run docs:rejections`: writes the tables into the file that is named. */
const [, , file = ''] = process.argv;
const mark = '<!-- tables: written by npm run docs:rejections -->\n\n';
const [head = ''] = readFileSync(file, 'utf8').split(mark);
writeFileSync(file, `${head}${mark}${renderRejections()}`);
