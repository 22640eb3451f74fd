// Writes the map of RFC sections: `node build/test/tools/rfc-map.js docs/rfc-map.md`, in the root of the repository.
import { writeFileSync } from 'node:fs';
import { citationsUnder } from './citations.ts';
import { renderMap } from './render-rfc-map.ts';

const [target] = process.argv.slice(2);
if (target === undefined) throw new Error('usage: rfc-map.js FILE');
writeFileSync(target, renderMap(citationsUnder('src')));
