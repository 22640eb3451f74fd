import { readFileSync, writeFileSync } from 'node:fs';
import { machineClients } from './machine-clients.ts';
import { packagedClients } from './packaged-clients.ts';
import { mark, renderClients } from './render.ts';

/** `npm run docs:clients`: writes the matrix and the recipes into the page, from the files in the folder. */
const [, , page = '', folder = ''] = process.argv;
const [head = ''] = readFileSync(page, 'utf8').split(mark);
writeFileSync(page, `${head}${mark}${renderClients(machineClients, packagedClients, folder)}`);
