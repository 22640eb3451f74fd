// Runs the tests and says in its last line how many passed, failed and were skipped: `node test/run.mjs [unit|scenario]`,
// both by default, with the Node that runs this. A test is skipped for what the machine or the user lacks, and its name
// says so (test/support/unless.ts); one that does not counts as failed.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

const projects = process.argv.length > 2 ? process.argv.slice(2) : ['unit', 'scenario'];
const directory = await mkdtemp(join(tmpdir(), 'dane-relay-test-'));
let passed = 0;
let failed = 0;
let skipped = 0;
/** Why: how many. */
const reasons = new Map();

try {
  for (const project of projects) {
    const report = join(directory, `${project}.json`);
    const args = [
      'run',
      '--project',
      project,
      ...workers(project),
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ];
    const code = await vitest(args);
    const {
      numPassedTests = 0,
      numFailedTests = 0,
      numFailedTestSuites = 0,
      testResults = [],
    } = await read(report);
    passed += numPassedTests;
    // A file that could not even be loaded has no failed tests in it, and is a failure nevertheless.
    failed += Math.max(numFailedTests, numFailedTestSuites > 0 || code !== 0 ? 1 : 0);
    noteSkipped(testResults.flatMap(({ assertionResults }) => assertionResults));
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}

if (passed === 0) failed = Math.max(failed, 1);
for (const [reason, count] of reasons) console.log(`${count} skipped: ${reason}`);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 ? 0 : 1;

function noteSkipped(tests) {
  for (const { status, fullName } of tests) {
    if (!['skipped', 'pending', 'todo', 'disabled'].includes(status)) continue;
    const reason = /\[skipped: (.+?)\]/.exec(fullName)?.[1];
    if (reason === undefined) {
      console.log(`skipped without a reason: ${fullName}`);
      failed += 1;
    } else {
      skipped += 1;
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
  }
}

/** Scenarios wait for timeouts, disks and each other's processes more than they compute: more of them go side by side. */
function workers(project) {
  return project === 'scenario' ? [`--maxWorkers=${2 * availableParallelism()}`] : [];
}

function vitest(args) {
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', ...args], {
    stdio: 'inherit',
    cwd: new URL('..', import.meta.url),
  });
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

async function read(file) {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return {};
  }
}
