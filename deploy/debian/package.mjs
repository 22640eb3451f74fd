#!/usr/bin/env node
/**
 * Makes Debian packages of this checkout, which is built:
 *
 *     node deploy/debian/package.mjs [--package NAME]... [--version VERSION] [--output DIR] [--xz LEVEL]
 *
 * All three unless some are named, in build/debian unless another directory is. They need no root and no tools of Debian but
 * dpkg-deb, gzip and strip. With the same sources, the same Debian and the same SOURCE_DATE_EPOCH (that of the commit unless
 * it is set) the files are the same to the last octet. Exit status: 64 usage, 70 it failed, 75 something is out of reach.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, existsSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readSystem } from '../packages.mjs';
import { Stop } from '../stop.mjs';
import { buildContext, checkout } from './context.mjs';
import { daneRelay } from './dane-relay.mjs';
import { daneRelayMta } from './dane-relay-mta.mjs';
import { daneRelayNode } from './dane-relay-node.mjs';
import { controlText } from './texts.mjs';
import { filesBelow, installedSize, settle, treeIn } from './tree.mjs';

const recipes = [daneRelay, daneRelayMta, daneRelayNode];
const usage = `Usage: npm run package:deb -- [--package NAME]... [--version VERSION] [--output DIR] [--xz LEVEL]
  --package NAME     ${recipes.map(({ name }) => name).join(', ')}; all of them unless some are given
  --version VERSION  of dane-relay and dane-relay-mta, as dpkg has versions; that of package.json unless given
  --output DIR       build/debian unless given
  --xz LEVEL         from 0, which is quick, to 9, which is small; 6 unless given`;
/** What dpkg runs, in the directory of the package that has it. */
const scripts = ['preinst', 'postinst', 'prerm', 'postrm'];

try {
  const { wanted, version, output, xz } = readOptions(process.argv.slice(2));
  const context = buildContext(version);
  for (const recipe of recipes.filter(({ name }) => wanted.includes(name)))
    build(recipe, context, { output, xz });
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  console.error(`package: ${error.message}`);
  process.exitCode = error.exitCode;
}

function readOptions(args) {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        package: { type: 'string', multiple: true, default: recipes.map(({ name }) => name) },
        version: { type: 'string' },
        output: { type: 'string', default: 'build/debian' },
        xz: { type: 'string', default: '6' },
      },
    }));
    const unknown = values.package.find((wanted) => !recipes.some(({ name }) => name === wanted));
    if (unknown !== undefined) throw new Error(`There is no package ${unknown}`);
    if (values.version !== undefined && !/^\d[\w.+~-]*$/.test(values.version))
      throw new Error(`--version takes a version, not ${values.version}`);
    if (!/^\d$/.test(values.xz)) throw new Error(`--xz takes a digit, not ${values.xz}`);
  } catch (error) {
    throw new Stop(64, `${error.message}\n${usage}`);
  }
  const { package: wanted, version, output, xz } = values;
  return { wanted, version, output: resolve(checkout, output), xz };
}

/** The lintian of each release has tags of its own, and takes those that it does not know for errors. */
function lintianOverrides(directory) {
  const { codename } = readSystem(
    existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '',
  );
  return ['lintian-overrides', `lintian-overrides.${codename}`]
    .map((name) => join(directory, name))
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8'))
    .join('');
}

function build(recipe, context, { output, xz }) {
  mkdirSync(output, { recursive: true });
  const root = mkdtempSync(join(output, '.making-'));
  try {
    const tree = treeIn(root);
    recipe.stage(tree, context);
    const own = join(checkout, 'deploy/debian', recipe.name);
    const overrides = lintianOverrides(own);
    if (overrides !== '') tree.write(`usr/share/lintian/overrides/${recipe.name}`, overrides);
    const { Description, ...control } = recipe.control(context);
    const size = installedSize(root);
    const sums = md5sums(root, recipe.conffiles);
    tree.write('DEBIAN/control', controlText({ ...control, 'Installed-Size': size, Description }));
    tree.write('DEBIAN/md5sums', sums);
    if (recipe.conffiles.length > 0)
      tree.write('DEBIAN/conffiles', recipe.conffiles.map((path) => `${path}\n`).join(''));
    for (const name of scripts)
      if (existsSync(join(own, name))) tree.copy(join(own, name), `DEBIAN/${name}`, 0o755);
    if (existsSync(join(own, 'triggers'))) tree.copy(join(own, 'triggers'), 'DEBIAN/triggers');
    settle(root, context.seconds);
    const file = join(output, `${control.Package}_${control.Version}_${control.Architecture}.deb`);
    pack(root, file, { seconds: context.seconds, xz });
    console.log(`package: ${file}, ${readable(statSync(file).size)}, installed ${readable(size * 1024)}`);
  } finally {
    rmSync(root, { recursive: true });
  }
}

function md5sums(root, conffiles) {
  return filesBelow(root)
    .filter((name) => !conffiles.includes(`/${name}`) && lstatSync(join(root, name)).isFile())
    .map(
      (name) =>
        `${createHash('md5')
          .update(readFileSync(join(root, name)))
          .digest('hex')}  ${name}\n`,
    )
    .join('');
}

function pack(root, file, { seconds, xz }) {
  const { status, stderr, error } = spawnSync(
    'dpkg-deb',
    // With one thread, whatever number of processors there is: the octets depend on it.
    ['--build', '--root-owner-group', '-Zxz', `-z${xz}`, '--threads-max=1', root, file],
    { encoding: 'utf8', env: { ...process.env, SOURCE_DATE_EPOCH: String(seconds), LC_ALL: 'C' } },
  );
  if (status !== 0) throw new Stop(70, `dpkg-deb: ${error?.message ?? stderr}`);
}

function readable(bytes) {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
