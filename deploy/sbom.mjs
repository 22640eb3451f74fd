#!/usr/bin/env node
/**
 * Lists what is installed with the relay (a software bill of materials), as CycloneDX and as SPDX, from package-lock.json:
 *
 *     node deploy/sbom.mjs [DIRECTORY]        build/sbom, unless it is said
 *
 * The same commit gives the same bytes. Exit status: 70 where npm fails.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { productionLock, productionManifest } from './production-lock.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const directory = resolve(process.argv[2] ?? join(root, 'build/sbom'));
const { name, version } = productionManifest();
const at = new Date(commitSeconds() * 1000).toISOString().replace('.000Z', 'Z');
// npm forgets what both the relay and a tool need when it is told to omit the tools: it gets a project without tools. It takes
// the name from the folder.
const passing = mkdtempSync(join(tmpdir(), 'dane-relay-sbom-'));
const project = join(passing, name);
mkdirSync(project);
writeFileSync(join(project, 'package.json'), JSON.stringify(productionManifest()));
writeFileSync(join(project, 'package-lock.json'), JSON.stringify(productionLock()));
const [cycloneDx, spdx] = ['cyclonedx', 'spdx'].map(npmSbom);
rmSync(passing, { recursive: true });

delete cycloneDx.serialNumber;
cycloneDx.metadata.timestamp = at;
cycloneDx.serialNumber = `urn:uuid:${uuidOf(cycloneDx)}`;

spdx.creationInfo.created = at;
spdx.documentNamespace = '';
spdx.documentNamespace = `http://spdx.org/spdxdocs/${name}-${version}-${uuidOf(spdx)}`;

mkdirSync(directory, { recursive: true });
write(`${name}-${version}.cdx.json`, cycloneDx);
write(`${name}-${version}.spdx.json`, spdx);

function npmSbom(format) {
  const options = ['--package-lock-only', '--sbom-type=application', `--sbom-format=${format}`];
  const { status, stdout, stderr } = spawnSync('npm', ['sbom', ...options], {
    cwd: project,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status === 0) return JSON.parse(stdout);
  console.error(`npm sbom ended with ${status}:\n${stderr}`);
  process.exit(70);
}

/** When the commit was made, as everybody who builds it sees it; SOURCE_DATE_EPOCH where there is no git. */
function commitSeconds() {
  const { SOURCE_DATE_EPOCH: epoch } = process.env;
  if (epoch !== undefined) return Number(epoch);
  const { stdout } = spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' });
  return Number(stdout ?? 0);
}

/** A name for this content and no other, in the form of a UUID of one's own making (RFC 9562 §5.8). */
function uuidOf(document) {
  const hex = createHash('sha256').update(JSON.stringify(document)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function write(file, document) {
  const path = join(directory, file);
  writeFileSync(path, `${JSON.stringify(document, null, 2)}\n`);
  console.log(path);
}
