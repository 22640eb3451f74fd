// Runs the tests and says in its last line how many passed, failed and were skipped: `node test/run.mjs [unit|scenario]`,
// both by default, with the Node that runs this. A test is skipped for what the machine or the user lacks, and its name
// says so (test/support/unless.ts); one that does not counts as failed.
//
// Of the long lists of cases it plays a sample that a seed chooses (test/support/sample.ts). `--deep [FILE ...]` plays the
// whole of them, or with `--slice 3/10` a tenth that is always the same, and nothing else.
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    deep: { type: 'boolean', default: false },
    slice: { type: 'string', default: '1/1' },
    only: { type: 'string', multiple: true, default: [] },
  },
});
const { deep, slice, only } = values;
const { TEST_SEED: seed = String(Math.floor(Math.random() * 1e9)) } = process.env;
Object.assign(process.env, { TEST_SEED: seed, TEST_DEEP: deep ? slice : '' });

const runs = await plannedRuns();
const directory = await mkdtemp(join(tmpdir(), 'dane-relay-test-'));
let passed = 0;
let failed = 0;
let skipped = 0;
/** Why: how many. */
const reasons = new Map();
/** What the last lines repeat: whoever sees only the end of a log sees what failed. */
const failures = [];
const shownFailures = 25;

console.log(
  deep ? `seed ${seed}, slice ${slice}` : `seed ${seed}: of long lists of cases a sample is played`,
);
try {
  for (const run of runs) {
    const report = join(directory, `${run.projects.join('-')}.json`);
    const code = await vitest(run, report);
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
    noteFailed(testResults);
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}

if (passed === 0) failed = Math.max(failed, 1);
for (const [reason, count] of reasons) console.log(`${count} skipped: ${reason}`);
for (const failure of failures.slice(0, shownFailures)) console.log(`FAILED: ${failure}`);
if (failures.length > shownFailures) console.log(`FAILED: ${failures.length - shownFailures} more`);
if (failed > 0) console.log(`the same cases again: TEST_SEED=${seed} npm run ${deep ? 'test:deep' : 'test'}`);
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

function noteFailed(files) {
  for (const { name, status, message, assertionResults } of files) {
    const file = relative(root, name);
    const red = assertionResults.filter((test) => test.status === 'failed');
    for (const { fullName, failureMessages } of red)
      failures.push(`${file}: ${fullName}: ${firstLine(failureMessages[0])}`);
    if (status === 'failed' && red.length === 0) failures.push(`${file}: ${firstLine(message)}`);
  }
}

function firstLine(text = '') {
  return text.trimStart().split('\n', 1)[0].slice(0, 300);
}

async function plannedRuns() {
  const both = ['unit', 'scenario'];
  if (only.length > 0) return [{ projects: both, files: only }];
  if (deep) return [{ projects: both, files: positionals.length > 0 ? positionals : await sampledFiles() }];
  return (positionals.length > 0 ? positionals : both).map((one) => ({ projects: [one], files: [] }));
}

/** Test files that play a sample in `npm test`. */
async function sampledFiles() {
  const found = [];
  for (const folder of ['src', 'test']) {
    for (const name of await readdir(join(root, folder), { recursive: true })) {
      if (!name.endsWith('.test.ts')) continue;
      const text = await readFile(join(root, folder, name), 'utf8');
      if (/ from '.*\/support\/sample\.ts'/.test(text)) found.push(join(folder, name));
    }
  }
  return found;
}

function vitest({ projects, files }, report) {
  // Scenarios wait for timeouts, disks and each other's processes more than they compute: more of them go side by side.
  // The deep ones keep a machine busy by themselves, and are many.
  const lanes = deep ? 1 : 3;
  const workers = projects.includes('scenario') ? [`--maxWorkers=${lanes * availableParallelism()}`] : [];
  const options = [
    ...projects.map((project) => `--project=${project}`),
    ...workers,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...options, ...files], {
    stdio: 'inherit',
    cwd: root,
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
