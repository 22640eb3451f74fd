// A reporter of Vitest for test/run.mjs: writes down the errors that came outside of any test.
import { writeFileSync } from 'node:fs';

export default class StrayErrors {
  onTestRunEnd(_, errors) {
    const strays = errors.map(({ message = 'no message' }) => message.split('\n', 1)[0]);
    writeFileSync(process.env.TEST_STRAYS, JSON.stringify({ strays }));
  }
}
