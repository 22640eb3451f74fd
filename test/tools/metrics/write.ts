import { writeFileSync } from 'node:fs';
import { metricsPage } from './render-metrics-doc.ts';

/** `npm run docs:metrics` */
const [file = 'docs/metrics.md'] = process.argv.slice(2);
writeFileSync(file, metricsPage());
