#!/usr/bin/env node
/**
 * Makes a fresh machine with Debian or Ubuntu able to run the relay, its demo or its tests:
 *
 *     node deploy/prepare.mjs run|demo|test|bench|fresh|package
 *
 * Steps that are already satisfied are skipped, and need neither root nor network then. Node's own modules only: this
 * runs before `npm ci`. Exit status: 64 usage, 75 something is missing or out of reach, 70 the build failed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packagesFor, purposes, readSystem, services } from './packages.mjs';
import { Stop } from './stop.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const needed = { major: 20, minor: 19 };

let child;
let caught;
// Nothing dies at once: apt-get must end before its temporary policy can be taken away.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    caught ??= signal;
    child?.kill(signal);
  });
}

try {
  await prepare(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  console.error(`\nprepare: ${error.message}`);
  process.exitCode = error.exitCode;
}

async function prepare([purpose, ...rest]) {
  if (!purposes.includes(purpose) || rest.length > 0)
    throw new Stop(64, `Usage: node deploy/prepare.mjs ${purposes.join('|')}`);
  const started = Date.now();
  await step('Node.js', checkNode);
  await step(`system packages for "${purpose}"`, () => installPackages(purpose));
  await step('npm packages', installNodeModules);
  await step('build', build);
  say(`ready to ${purpose} (${seconds(started)})`);
  if (purpose === 'run')
    say('"node dist/main.js doctor" in another terminal tells whether mail can go from here');
}

/** Does one step and says how it went, and how long it took. */
async function step(name, work) {
  const started = Date.now();
  const outcome = await work((doing) => say(`${name}: ${doing} ...`));
  say(`${name}: ${outcome} (${seconds(started)})`);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > needed.major || (major === needed.major && minor >= needed.minor)) return process.versions.node;
  throw new Stop(
    75,
    `Node.js ${needed.major}.${needed.minor} or newer is needed, and this is ${process.versions.node} (${process.execPath}).\n` +
      'Debian 12 and Ubuntu 24.04 have an older one: take 24 from https://nodejs.org/en/download and run this again.',
  );
}

async function installPackages(purpose) {
  const { rows, leftOut } = packagesFor(purpose, thisSystem());
  for (const { name, reason } of leftOut) say(`${name} is left out, because ${reason}`);
  const withPostfix = rows.some(({ names }) => names.includes('postfix'));
  const obstacle = withPostfix ? postfixObstacle() : undefined;
  if (obstacle !== undefined) say(`the real Postfix is left out, because ${obstacle}`);
  const wanted = rows.filter(({ names }) => obstacle === undefined || !names.includes('postfix'));
  if (findProgram('dpkg-query') === undefined || findProgram('apt-get') === undefined) {
    const missing = wanted.filter(({ programs }) => !programs.some(findProgram));
    if (missing.length === 0) return `all ${wanted.length} programs are there`;
    const list = missing.map(
      ({ names, programs }) => `  ${programs.join(' or ')}  (Debian package ${names.join(' or ')})`,
    );
    throw new Stop(
      75,
      `This is no Debian system, so please install these yourself, then run this again:\n${list.join('\n')}`,
    );
  }

  const missing = missingRows(wanted);
  if (missing.length === 0) return `all ${wanted.length} are there`;
  if (process.getuid?.() !== 0) {
    throw new Stop(
      75,
      'Debian packages are missing, and only root can install them. Run\n\n' +
        `  sudo ${process.execPath} ${fileURLToPath(import.meta.url)} ${purpose}\n\n` +
        'and then this again. It installs, with apt-get and without starting their services:\n' +
        `${missing.map(({ names }) => names[0]).join(' ')}`,
    );
  }
  return `installed ${(await aptInstall(missing)).join(' ')}`;
}

function thisSystem() {
  return readSystem(existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '');
}

/** Why there shall be no Postfix, or undefined. The demo and the tests do without it then, and say so. */
function postfixObstacle() {
  if (process.getuid?.() !== 0) return 'only root can start one';
  const query = ['-W', '-f=${Package} ${db:Status-Status} ${Provides}\\n'];
  const lines = (spawnSync('dpkg-query', query, { encoding: 'utf8' }).stdout ?? '').split('\n');
  const [other] = lines
    .filter((line) => / installed .*\bmail-transport-agent\b/.test(line) && !line.startsWith('postfix '))
    .map((line) => line.split(' ')[0]);
  return other === undefined ? undefined : `${other} is the mail server of this machine`;
}

/** Those of which no alternative is installed. */
function missingRows(rows) {
  const missing = new Set(missingPackages(rows.flatMap(({ names }) => names)));
  return rows.filter(({ names }) => names.every((name) => missing.has(name)));
}

function missingPackages(names) {
  const query = spawnSync('dpkg-query', ['-W', '-f=${Package} ${db:Status-Status}\\n', ...names], {
    encoding: 'utf8',
  });
  const lines = new Set((query.stdout ?? '').split('\n'));
  return names.filter((name) => !lines.has(`${name} installed`));
}

/** The first of the alternatives that apt can install. */
function available(names) {
  const isThere = (name) => /^ {2}Candidate: (?!\(none\))/m.test(policyOf(name));
  return names.length === 1 ? names[0] : (names.find(isThere) ?? names[0]);
}

function policyOf(name) {
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  return spawnSync('apt-cache', ['policy', name], { encoding: 'utf8', env }).stdout ?? '';
}

/** Installs one of each row; resolves to the names of what it has installed. */
async function aptInstall(rows) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
  const wait = ['-o', 'DPkg::Lock::Timeout=120'];
  say('apt-get update ...');
  const update = await run('apt-get', [...wait, '-q', 'update'], { env });
  const packages = rows.map(({ names }) => available(names));

  say(`apt-get install ${packages.join(' ')} ...`);
  if (packages.includes('postfix')) {
    // Only its programs are wanted: without this, Debian sets up a mail server of the machine.
    const answer = 'postfix postfix/main_mailer_type select No configuration\n';
    const preseed = await run('debconf-set-selections', [], { env, input: answer });
    if (preseed.status !== 0)
      throw new Stop(75, `debconf-set-selections failed:\n${excerpt(preseed.output)}`);
  }
  // --no-remove: postfix would silently replace the mail server that somebody has set up here.
  const options = [...wait, '-q', '-y', '--no-install-recommends', '--no-remove'];
  const install = await withoutServiceStarts(() =>
    run('apt-get', [...options, 'install', ...packages], { env }),
  );
  const missing = missingPackages(packages);
  const installed = packages.filter((name) => !missing.includes(name));
  await disableServices(installed.flatMap((name) => services[name] ?? []));
  if (install.status === 0 && missing.length === 0) return packages;
  const reason = install.output.includes('remove is disabled')
    ? 'Packages above are in the way, such as another mail server. Nothing is removed here: that is for you to decide.'
    : `apt-get update ended with ${update.status} before that.`;
  throw new Stop(
    75,
    `apt-get install failed:\n${excerpt(install.output)}\n${reason}\nMissing: ${missing.join(' ')}`,
  );
}

/** Runs `work` while Debian's policy hook forbids packages to start their services. */
async function withoutServiceStarts(work) {
  const policy = '/usr/sbin/policy-rc.d';
  const ours =
    '#!/bin/sh\n# Temporary, written by deploy/prepare.mjs of dane-relay: no service starts.\nexit 101\n';
  // Somebody else's policy stays in charge; one of ours is left over from a run that was killed.
  if (existsSync(policy) && readFileSync(policy, 'utf8') !== ours) return await work();
  writeFileSync(policy, ours, { mode: 0o755 });
  try {
    return await work();
  } finally {
    rmSync(policy, { force: true });
  }
}

/** The relay, the demo and the tests start private servers of their own: those of the system stay off. */
async function disableServices(names) {
  if (names.length === 0 || !existsSync('/run/systemd/system')) return;
  const disable = await run('systemctl', ['disable', '--now', ...names.map((name) => `${name}.service`)]);
  if (disable.status !== 0)
    say(`warning: systemctl disable ${names.join(' ')} failed:\n${excerpt(disable.output)}`);
  else say(`services left off: ${names.join(', ')}`);
}

async function installNodeModules(progress) {
  if (nodeModulesMatchLock()) return 'as in package-lock.json';
  // Development packages too, whatever NODE_ENV says: the compiler is one.
  const options = ['--include=dev', '--no-audit', '--no-fund', '--prefer-offline'];
  // npm keeps silent for minutes over a network that is not there, unless told to give up sooner.
  options.push('--fetch-retries=2', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000');
  progress('npm ci');
  const clean = await run('npm', ['ci', ...options], asOwner());
  if (clean.status === 0) return 'installed';
  // `npm ci` refuses a lock file without the optional packages of other platforms, which npm itself leaves out of it
  // where the registry lacks them. `npm install` takes the same versions from it.
  if (!clean.output.includes('EUSAGE')) throw new Stop(75, `npm ci failed:\n${excerpt(clean.output)}`);
  progress('npm install');
  const install = await run('npm', ['install', '--no-save', ...options], asOwner());
  if (install.status !== 0) throw new Stop(75, `npm install failed:\n${excerpt(install.output)}`);
  return 'installed';
}

/** npm writes down what it has installed; times of files say nothing after a checkout or a copy. */
function nodeModulesMatchLock() {
  const installed = readPackages('node_modules/.package-lock.json');
  const wanted = readPackages('package-lock.json');
  if (installed === undefined || wanted === undefined) return false;
  const same = ([path, { version, integrity, optional }]) =>
    wanted[path] === undefined
      ? optional === true
      : wanted[path].version === version && (wanted[path].integrity ?? integrity) === integrity;
  const there = ([path, { optional }]) => path === '' || optional === true || installed[path] !== undefined;
  return Object.entries(installed).every(same) && Object.entries(wanted).every(there);
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

async function build(progress) {
  const main = join(root, 'dist/main.js');
  if (existsSync(main) && statSync(main).mtimeMs >= newestSource()) return 'up to date';
  progress('npm run build');
  const compile = await run('npm', ['run', 'build'], asOwner());
  if (compile.status === 0) return 'done';
  // The compiler writes files in spite of errors: the next run must not take them for a good build.
  rmSync(main, { force: true });
  throw new Stop(70, `npm run build failed:\n${excerpt(compile.output)}`);
}

function newestSource() {
  const sources = readdirSync(join(root, 'src'), { recursive: true }).map((path) => join('src', path));
  const settings = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
  return Math.max(...[...sources, ...settings].map((path) => statSync(join(root, path)).mtimeMs));
}

/** Runs a program in the repository, hands back its exit status and all it wrote. */
async function run(command, args, { input, ...how } = {}) {
  if (caught !== undefined) throw interrupted();
  const result = await new Promise((resolve) => {
    let output = '';
    const collect = (chunk) => {
      output += chunk;
    };
    child = spawn(command, args, { cwd: root, ...how, env: withOwnNode(how.env ?? process.env) });
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    child.on('error', (error) => resolve({ status: 127, output: `${command}: ${error.message}\n` }));
    child.on('close', (status) => resolve({ status, output }));
    child.stdin.on('error', () => {}).end(input ?? '');
  });
  child = undefined;
  if (caught !== undefined) throw interrupted();
  return result;
}

/** sudo searches a path of its own, on which the Node and the npm that this was called with need not be. */
function withOwnNode(env) {
  return { ...env, PATH: [dirname(process.execPath), env.PATH ?? ''].join(delimiter) };
}

/** Under sudo, what npm and the compiler write shall belong to the owner of the checkout. */
function asOwner() {
  const { uid, gid } = statSync(root);
  if (process.getuid?.() !== 0 || uid === 0) return {};
  const home = spawnSync('getent', ['passwd', String(uid)], { encoding: 'utf8' }).stdout?.split(':')[5];
  return home === undefined ? {} : { uid, gid, env: { ...process.env, HOME: home } };
}

function interrupted() {
  return new Stop(128 + constants.signals[caught], `stopped by ${caught}; run it again to finish`);
}

/** A program of the search path or of root's, or a file. */
function findProgram(name) {
  if (isAbsolute(name)) return existsSync(name) ? name : undefined;
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** The two ends of what a program wrote: npm says first what is wrong, apt-get last. */
function excerpt(output) {
  const lines = output.trimEnd().split('\n');
  const shown = lines.length <= 24 ? lines : [...lines.slice(0, 12), '[...]', ...lines.slice(-12)];
  return shown.map((line) => `  ${line}`).join('\n');
}

function say(text) {
  console.log(`prepare: ${text}`);
}

function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}
