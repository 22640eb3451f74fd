import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { Stop } from './stop.mjs';
import { executableOf, mark, writeIfNew } from './program.mjs';

/**
 * Makes the relay the sendmail of this machine: a spool directory that every user may leave mail in, a user of the relay that
 * stays, so that the directory can belong to it, and the commands of policy 11.6, before which whatever has their names now
 * steps aside (dpkg-divert), to come back with `uninstall`.
 */

const user = 'dane-relay';
const spool = '/var/spool/dane-relay';
const dropIn = '/etc/systemd/system/dane-relay.service.d/sendmail.conf';
const command = '/usr/sbin/sendmail';
export const names = [command, '/usr/lib/sendmail', '/usr/bin/mailq', '/usr/bin/newaliases'];
/** Of a Postfix that is installed, too, these stay what they are: it needs them itself. */
export const postfixNames = ['/usr/sbin/postqueue', '/usr/sbin/postsuper', '/usr/sbin/qshape'];

/** It was installed before. */
export function isSendmail() {
  return existsSync(dropIn);
}

/** Resolves to what was written anew. */
export function installSendmail(places, node) {
  makeUser();
  makeSpool();
  for (const name of names) divert(name);
  const changed = [writeWrapper(places, node), writeDropIn()];
  for (const name of names.slice(1)) link(name);
  for (const name of postfixNames) if (!there(name)) link(name);
  return changed.filter(Boolean);
}

export function uninstallSendmail() {
  if (!isSendmail()) return;
  // The links first: they lead to the wrapper only as long as it is there.
  for (const name of postfixNames) if (isOurs(name)) rmSync(name);
  for (const name of names.toReversed()) {
    if (isOurs(name)) rmSync(name);
    if (isDiverted(name)) run('dpkg-divert', '--local', '--rename', '--remove', name);
  }
  rmSync(dropIn);
}

/** What is left of it when it is uninstalled. */
export const sendmailState = spool;

/** The unit takes the user of its name if there is one, instead of one that comes and goes. */
function makeUser() {
  if (spawnSync('getent', ['passwd', user]).status === 0) return;
  run(
    'useradd',
    '--system',
    '--user-group',
    '--home-dir',
    '/nonexistent',
    '--no-create-home',
    '--shell',
    '/usr/sbin/nologin',
    user,
  );
}

function makeSpool() {
  const [uid, gid] = ['-u', '-g'].map((which) => Number(run('id', which, user)));
  // Everybody may put files into the maildrop, whose group is that of the relay, and see none of them.
  for (const [path, mode] of [
    [spool, 0o755],
    [join(spool, 'maildrop'), 0o3733],
    [join(spool, 'corrupt'), 0o700],
  ]) {
    mkdirSync(path, { recursive: true });
    chownSync(path, uid, gid);
    chmodSync(path, mode);
  }
}

/** What packages have by this name, or will have, goes by another. */
function divert(name) {
  if (isOurs(name) || isDiverted(name)) return;
  if (spawnSync('dpkg-divert', ['--version']).status === 0)
    run('dpkg-divert', '--local', '--rename', '--divert', `${name}.distrib`, '--add', name);
  if (there(name)) throw new Stop(75, `${name} is there, and does not step aside: move it away first.`);
}

function isDiverted(name) {
  const { status, stdout } = spawnSync('dpkg-divert', ['--list', name], { encoding: 'utf8' });
  return status === 0 && stdout.includes(`${name}.distrib`);
}

function writeWrapper({ program, prefix }, node) {
  const text = wrapperText(`${mark}\n`, executableOf({ program }, node), program, prefix);
  return writeIfNew(command, text, 0o755);
}

/** `sendmail` as a shell script; the rest as for the command of the relay itself. */
export function wrapperText(beginning, executable, program, prefix) {
  return `#!/bin/sh
${beginning}# sendmail, mailq and newaliases, postqueue, postsuper and qshape: the relay in ${prefix} takes the mail. Mail waits in this directory while it does not run.
: "\${DANE_RELAY_SPOOL_DIR=${spool}}"
export DANE_RELAY_SPOOL_DIR
exec ${executable} ${program}/dist/main.js "\${0##*/}" "$@"
`;
}

function writeDropIn() {
  mkdirSync(join(dropIn, '..'), { recursive: true });
  return writeIfNew(dropIn, dropInText(mark), 0o644);
}

/** What the unit needs to serve the maildrop. */
export function dropInText(heading) {
  return `${heading}
[Service]
Environment=DANE_RELAY_SPOOL_DIR=${spool}
ReadWritePaths=-${spool}
# In a user namespace all files are those of nobody; the log and the trace of a message say whose it was.
PrivateUsers=no
`;
}

function link(name) {
  if (isOurs(name)) return;
  symlinkSync(command, name);
}

/** A link to the wrapper, or the wrapper. */
function isOurs(name) {
  try {
    return readFileSync(name, 'utf8').includes(mark);
  } catch {
    return false;
  }
}

function there(name) {
  return lstatSync(name, { throwIfNoEntry: false }) !== undefined;
}

function run(program, ...args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Stop(75, `${program} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
  return stdout.trim();
}
