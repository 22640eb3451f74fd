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
/** Tests that passed only when they were played once more, and why they had not. */
const secondTime = [];
/** Files; more of them are no accident. */
const mostAgain = 8;
let reports = 0;

console.log(
  deep ? `seed ${seed}, slice ${slice}` : `seed ${seed}: of long lists of cases a sample is played`,
);
try {
  for (const run of runs) {
    const first = await reported(run);
    const again = await playedAgain(run, first);
    const testResults = [
      ...first.testResults.filter(({ name }) => !again.names.has(name)),
      ...again.testResults,
    ];
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
    const red = tests.filter(({ status }) => status === 'failed').length;
    const isWhole =
      testResults.every(({ status }) => status !== 'failed') && (again.code ?? first.code) === 0;
    // What no test was waiting for belongs to none, and playing a file again says nothing about it.
    const strays = [...first.strays, ...(again.strays ?? [])];
    failures.push(...strays.map((stray) => `outside of any test: ${stray}`));
    passed += tests.filter(({ status }) => status === 'passed').length;
    // A file that could not even be loaded has no failed tests in it, and is a failure nevertheless.
    failed += Math.max(red + strays.length, isWhole ? 0 : 1);
    noteSkipped(tests);
    noteFailed(testResults);
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}

if (passed === 0) failed = Math.max(failed, 1);
for (const [reason, count] of reasons) console.log(`${count} skipped: ${reason}`);
for (const test of secondTime) console.log(`passed the second time only: ${test}`);
for (const failure of failures.slice(0, shownFailures)) console.log(`FAILED: ${failure}`);
if (failures.length > shownFailures) console.log(`FAILED: ${failures.length - shownFailures} more`);
if (failed > 0) console.log(`the same cases again: TEST_SEED=${seed} npm run ${deep ? 'test:deep' : 'test'}`);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 ? 0 : 1;

/** Runs the tests; what came of them, by file. */
async function reported(run) {
  const report = join(directory, `${run.projects.join('-')}-${(reports += 1)}.json`);
  const strayFile = `${report}.strays`;
  const code = await vitest(run, report, strayFile);
  const { testResults = [] } = await read(report);
  const { strays = [] } = await read(strayFile);
  return { code, testResults, strays };
}

/**
 * On a machine that is busy enough, one of thousands of tests may wait in vain. A few files that failed are played once more,
 * with the same cases and nothing beside them: what fails again has failed, and what does not is named.
 */
async function playedAgain(run, { testResults }) {
  const files = testResults
    .filter(({ status }) => status === 'failed')
    .map(({ name }) => relative(root, name));
  if (deep || files.length === 0 || files.length > mostAgain) return { names: new Set(), testResults: [] };
  console.log(`--- once more, by themselves: ${files.join(', ')}`);
  const again = await reported({ ...run, files, lanes: 1 });
  const names = new Set(again.testResults.map(({ name }) => name));
  for (const { name, assertionResults } of testResults) {
    const before = assertionResults.filter(({ status }) => status === 'failed');
    const now = again.testResults.find((one) => one.name === name)?.assertionResults ?? [];
    for (const { fullName, failureMessages } of before)
      if (now.some((test) => test.fullName === fullName && test.status === 'passed'))
        secondTime.push(`${relative(root, name)}: ${fullName}: ${firstLine(failureMessages[0])}`);
  }
  return { ...again, names };
}

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

function vitest({ projects, files, lanes = deep ? 1 : 3 }, report, strayFile) {
  // Scenarios wait for timeouts, disks and each other's processes more than they compute: more of them go side by side.
  // The deep ones keep a machine busy by themselves, and are many.
  const workers = projects.includes('scenario') ? [`--maxWorkers=${lanes * availableParallelism()}`] : [];
  const options = [
    ...projects.map((project) => `--project=${project}`),
    ...workers,
    '--reporter=default',
    '--reporter=json',
    '--reporter=./test/stray-errors.mjs',
    `--outputFile.json=${report}`,
  ];
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...options, ...files], {
    stdio: 'inherit',
    cwd: root,
    env: { ...process.env, TEST_STRAYS: strayFile },
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
