import { writeFileSync } from 'node:fs';
import { renderExample } from './example.ts';

// node dist/config/write-example.js config/relay.example.toml
const [, , path] = process.argv;
if (path === undefined) throw new TypeError('Usage: node dist/config/write-example.js FILE');
writeFileSync(path, renderExample());
