import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { debianVersion } from './texts.mjs';

export const checkout = fileURLToPath(new URL('../..', import.meta.url));

/**
 * What all packages of one build have in common.
 *
 * @param version of the packages, where it is not that of package.json
 */
export function buildContext(version) {
  const own = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')).version;
  const { DEBFULLNAME, DEBEMAIL } = process.env;
  return {
    /** Of the program. */
    programVersion: own,
    version: version ?? debianVersion(own),
    maintainer: `${DEBFULLNAME ?? 'dane-relay developers'} <${DEBEMAIL ?? 'dane-relay@packages.invalid'}>`,
    seconds: sourceDate(),
  };
}

/** The time that all files get: SOURCE_DATE_EPOCH, or that of the commit. */
function sourceDate() {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given !== undefined && /^\d+$/.test(given)) return Number(given);
  const { status, stdout } = spawnSync(
    'git',
    ['-c', 'safe.directory=*', '-C', checkout, 'log', '-1', '--format=%ct'],
    { encoding: 'utf8' },
  );
  return status === 0 ? Number(stdout) : Math.floor(statSync(join(checkout, 'package.json')).mtimeMs / 1000);
}
