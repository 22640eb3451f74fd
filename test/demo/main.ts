import { cases } from './cases.ts';
import { runDemo } from './run-demo.ts';

// All is put away by now, but timers of waits that were given up may still run.
process.exit(await runDemo(cases));
