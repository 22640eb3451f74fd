import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from './checkout.ts';
import { licencesPage } from './licences-page.ts';
import { licenceFaults, productionDependencies, renderLicences } from './licences.ts';
import { readLock, type Lock } from './lock.ts';

const lock = readLock();
const page = readFileSync(path.join(root, 'docs/licences.md'), 'utf8');

describe('of what is installed with the relay', () => {
  const dependencies = productionDependencies(lock);

  test('every licence is in the list', () => {
    expect(dependencies.length).toBeGreaterThan(15);
    expect(licenceFaults(dependencies)).toEqual([]);
  });

  test('each package has the licence that the lock file says', () => {
    for (const [place, { license, dev }] of Object.entries(lock.packages)) {
      const file = path.join(root, place, 'package.json');
      if (place === '' || dev === true || !existsSync(file)) continue;
      const own = JSON.parse(readFileSync(file, 'utf8')) as { license?: string };
      expect(license, place).toBe(own.license);
    }
  });

  test('docs/licences.md is what npm run docs:licences writes', () => {
    expect(licencesPage(page, lock)).toBe(page);
  });
});

describe('a lock file', () => {
  const some: Lock = {
    packages: {
      '': {},
      'node_modules/a': { version: '1.0.0', license: 'MIT', optionalDependencies: { '@a/linux': '1.0.0' } },
      'node_modules/@a/linux': { version: '1.0.0', optional: true },
      'node_modules/a/node_modules/b': { version: '2.0.0', license: 'GPL-3.0-only' },
      'node_modules/c': { version: '3.0.0' },
      'node_modules/d': { version: '4.0.0', license: 'MPL-2.0', dev: true },
    },
  };

  test('licences that nobody has looked at are found, but for those of tools', () => {
    expect(licenceFaults(productionDependencies(some))).toEqual([
      'b: GPL-3.0-only is not in the list',
      'c: no licence is not in the list',
    ]);
  });

  test('the table has them by licence', () => {
    expect(renderLicences(productionDependencies(some))).toBe(
      '| licence | packages |\n| --- | --- |\n| ? | `c` |\n| GPL-3.0-only | `b` |\n| MIT | `@a/linux`, `a` |\n',
    );
  });
});
