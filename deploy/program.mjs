import { spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, delimiter, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { productionPackages } from './production.mjs';

const checkout = fileURLToPath(new URL('..', import.meta.url));
const parts = ['config', 'deploy', 'dist', 'docs', 'systemd', 'LICENSE', 'README.md', 'package.json'];

/** In what this installation writes. */
export const mark = '# Written by deploy/service.mjs of dane-relay.';

/** Homes, which the service does not see (ProtectHome), readable or not. */
const homes = /^\/(?:home|root|run\/user)\//;

/** The Node for the service: one that every user can run. Whoever keeps it in a home gets a copy of it. */
export function nodeForEverybody() {
  const real = realpathSync(process.execPath);
  if (homes.test(real) || !isForAll(real)) return { path: real, copied: true };
  // A name of the search path stays when what it leads to is replaced by a newer one.
  const names = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  const name = names.find((path) => !homes.test(path) && existsSync(path) && realpathSync(path) === real);
  return { path: name ?? real, copied: false };
}

/** Whether a user without any rights can get there and run it. */
function isForAll(path) {
  for (let at = path; at !== '/'; at = dirname(at)) if ((statSync(at).mode & 0o001) === 0) return false;
  return true;
}

/** Copies what runs, without what only builds and tests, beside the place it is for. Resolves to where. */
export function copyProgram({ program }, node) {
  mkdirSync(dirname(program), { recursive: true });
  const copy = mkdtempSync(`${program}.new-`);
  for (const name of parts) cpSync(join(checkout, name), join(copy, name), { recursive: true });
  for (const { path } of productionPackages(checkout)) {
    const from = join(checkout, path);
    // Packages inside of this one are in the list themselves.
    const isOwn = (name) => !name.slice(from.length).includes('/node_modules');
    cpSync(from, join(copy, path), { recursive: true, filter: isOwn, dereference: true });
  }
  if (node.copied) {
    mkdirSync(join(copy, 'bin'));
    copyFileSync(node.path, join(copy, 'bin/node'));
  }
  // Whatever umask the checkout was made with.
  spawnSync('chmod', ['-R', 'u+rwX,go=rX', copy]);
  spawnSync('chown', ['-R', 'root:root', copy]);
  return copy;
}

/** False when it is there already, to the last octet. */
export function replaceProgram({ program, previous }, copy) {
  const isThere = existsSync(program);
  if (isThere && spawnSync('diff', ['-rq', program, copy]).status === 0) return false;
  if (isThere) {
    forget(previous);
    renameSync(program, previous);
  }
  renameSync(copy, program);
  return true;
}

/** Puts the program of before the upgrade in place again; false when there is none. */
export function stepBack({ program, previous }) {
  if (!existsSync(previous)) return false;
  forget(program);
  renameSync(previous, program);
  return true;
}

/** The command of the search path, which is also what the unit starts. Resolves to its path if that is new. */
export function writeCommand({ program, command, prefix }, node) {
  const text = commandText(`${mark}\n`, executableOf({ program }, node), program);
  mkdirSync(join(prefix, 'bin'), { recursive: true });
  return writeIfNew(command, text, 0o755);
}

/**
 * The command as a shell script.
 *
 * @param beginning lines that come first: whose file this is, and what finds the executable
 * @param executable Node.js, as the shell is to see it
 */
export function commandText(beginning, executable, program) {
  return `#!/bin/sh
${beginning}# Settings that are secret, for those who may read them; systemd hands them to the service itself.
secrets=/etc/default/dane-relay
[ -r "$secrets" ] || secrets=
# A service of Type=notify: the relay needs a descriptor to say that it is ready.
notify=\${NOTIFY_SOCKET:+"perl ${program}/systemd/with-notify-descriptor.pl"}
exec $notify ${executable} \${secrets:+"--env-file=$secrets"} --enable-source-maps ${program}/dist/main.js "$@"
`;
}

/** The Node.js that runs what is installed. */
export function executableOf({ program }, node) {
  return node.copied ? join(program, 'bin/node') : node.path;
}

/** What bash needs to complete the command. A program that cannot say it is no reason to stop: starting it tells more. */
export function writeCompletion({ program, completion }, node) {
  const { status, stdout } = spawnSync(node.path, [join(program, 'dist/main.js'), 'completion', 'bash']);
  if (status !== 0) return undefined;
  mkdirSync(dirname(completion), { recursive: true });
  return writeIfNew(completion, String(stdout), 0o644);
}

/** The manual pages of this checkout. Resolves to the paths of those that are new. */
export function writeManuals(places) {
  return manualPaths(places).flatMap((path) => {
    mkdirSync(dirname(path), { recursive: true });
    const text = readFileSync(join(checkout, 'docs/man', basename(path)), 'utf8');
    return writeIfNew(path, text, 0o644) ?? [];
  });
}

/** `share/man/man8/dane-relay.8` and the like. */
export function manualPaths({ manuals }) {
  return readdirSync(join(checkout, 'docs/man')).map((name) =>
    join(manuals, `man${extname(name).slice(1)}`, name),
  );
}

/** @param version of systemd */
export function writeUnit({ unit, prefix }, version) {
  return writeIfNew(unit, forSystemd(unitText('dane-relay.service', prefix), version), 0o644);
}

export function writeSocketUnit({ socketUnit, prefix }) {
  return writeIfNew(socketUnit, unitText('dane-relay.socket', prefix), 0o644);
}

function unitText(name, prefix) {
  return readFileSync(join(checkout, 'systemd', name), 'utf8').replaceAll('/usr/local/', `${prefix}/`);
}

/** From 253 on, `systemctl reload` waits until the relay has read its files again. */
export function forSystemd(text, version) {
  if (version < 253) return text;
  return text.replace(/^Type=notify$/m, 'Type=notify-reload').replace(/^ExecReload=.*\n/m, '');
}

const logrotateText = () => readFileSync(join(checkout, 'deploy/logrotate/dane-relay'), 'utf8');

/** One that is there may be somebody's own. */
export function writeLogrotate({ logrotate }) {
  if (existsSync(logrotate)) return undefined;
  mkdirSync(dirname(logrotate), { recursive: true });
  return writeIfNew(logrotate, logrotateText(), 0o644);
}

/** Resolves to its path if it was changed, and so is kept. */
export function removeLogrotate({ logrotate }) {
  if (!existsSync(logrotate)) return undefined;
  if (readFileSync(logrotate, 'utf8') !== logrotateText()) return logrotate;
  forget(logrotate);
  return undefined;
}

/** A file to begin with; one that is there is never touched. */
export function writeSettings(settings) {
  if (existsSync(settings)) return false;
  mkdirSync(dirname(settings), { recursive: true, mode: 0o755 });
  copyFileSync(join(checkout, 'config/relay.toml'), settings, constants.COPYFILE_EXCL);
  chmodSync(settings, 0o644);
  return true;
}

export function forget(path) {
  rmSync(path, { recursive: true, force: true });
}

export function writeIfNew(path, text, mode) {
  if (isReadable(path) && readFileSync(path, 'utf8') === text) return undefined;
  // Whole or not at all: the unit may be started at any time.
  writeFileSync(`${path}.new`, text);
  chmodSync(`${path}.new`, mode);
  renameSync(`${path}.new`, path);
  return path;
}

function isReadable(path) {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
