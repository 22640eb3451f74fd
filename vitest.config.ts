import { delimiter } from 'node:path';
import { defineConfig } from 'vitest/config';
import { searchPath } from './test/lab/privileges.ts';
import { folderOf } from './test/support/redis-flavours.ts';

/** Against what hangs. How long a thing takes is judged by no test: others may use this machine too. */
const deep = (process.env['TEST_DEEP'] ?? '') !== '';
const testTimeout = deep ? 14_400_000 : 900_000;

// Which cases of a long list are played, where test/run.mjs has not said it (test/support/sample.ts).
if (process.env['TEST_SEED'] === undefined) {
  process.env['TEST_SEED'] = String(Math.floor(Math.random() * 1e9));
  console.log(`TEST_SEED=${process.env['TEST_SEED']}`);
}

/** The server that is wanted stands before that of this machine. */
const wanted = process.env['TEST_REDIS_SERVER'] ?? '';
const servers = wanted === '' ? [] : [folderOf(wanted)];

/**
 * `unit` touches no socket, Redis or clock; `scenario` runs the relay with real parts. `isolated` has the network of a
 * machine to itself: a scenario runs it, in namespaces of its own. So has `container`, which "npm run fresh" runs.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/walls/*.test.ts'],
          // One process for many files: a process for each takes three times as long.
          isolate: false,
          testTimeout,
        },
      },
      {
        test: {
          name: 'scenario',
          include: ['test/**/*.test.ts'],
          exclude: ['test/walls/**', 'test/isolated/**', 'test/container/**'],
          // Servers are found, and no settings of a relay that this machine may have.
          env: { PATH: [...servers, searchPath()].join(delimiter), DANE_RELAY_CONFIG: '' },
          globalSetup: ['test/support/build.ts'],
          testTimeout,
          hookTimeout: testTimeout,
          expect: { poll: { timeout: 120_000 } },
        },
      },
      {
        test: {
          name: 'isolated',
          include: ['test/isolated/**/*.test.ts'],
          testTimeout,
          hookTimeout: testTimeout,
          expect: { poll: { timeout: 120_000 } },
        },
      },
      {
        test: {
          name: 'container',
          include: ['test/container/**/*.test.ts'],
          // All of them have one network, with one port 2525.
          fileParallelism: false,
          env: { PATH: searchPath() },
          testTimeout,
          hookTimeout: testTimeout,
        },
      },
    ],
  },
});
