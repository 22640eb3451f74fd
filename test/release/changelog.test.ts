import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { releasePage } from '../../deploy/release-page.mjs';
import { changelogFaults, readChangelog } from './changelog.ts';
import { root } from './checkout.ts';

const read = (name: string): string => readFileSync(path.join(root, name), 'utf8');
const changelog = read('CHANGELOG.md');
const upgrading = read('docs/upgrading.md');
const { version } = JSON.parse(read('package.json')) as { version: string };

test('CHANGELOG.md has the form, and fits package.json', () => {
  expect(changelogFaults(readChangelog(changelog), version)).toEqual([]);
});

test('docs/upgrading.md has a section for every release, and for what is unreleased', () => {
  const headings = [...upgrading.matchAll(/^## ((?:Unreleased|\d+\.\d+\.\d+)[^\n]*)$/gm)].map(
    ([, text]) => text,
  );
  expect(headings).toEqual(
    readChangelog(changelog).map(({ version: name, date }) =>
      date === undefined ? name : `${name} - ${date}`,
    ),
  );
});

test('the version of the lock file is that of package.json', () => {
  const lock = JSON.parse(read('package-lock.json')) as {
    version: string;
    packages: Record<string, { version: string }>;
  };
  expect([lock.version, lock.packages['']?.version]).toEqual([version, version]);
});

test('a release gets its heading, and room for what comes', () => {
  const before = '# Changelog\n\n## Unreleased\n\n### Fixed\n\n- It.\n';
  const after = '# Changelog\n\n## Unreleased\n\n## 1.2.3 - 2031-07-01\n\n### Fixed\n\n- It.\n';
  expect(releasePage(before, '1.2.3', '2031-07-01')).toBe(after);
  expect(changelogFaults(readChangelog(after), '1.2.3')).toEqual([]);
  expect(() => releasePage('# Changelog\n', '1.2.3', '2031-07-01')).toThrow('Unreleased');
});

test.each([
  ['## 1.0.0 - 2031-01-01', 'the first heading is not "Unreleased"'],
  ['## Unreleased\n### News', 'Unreleased: News is no section'],
  [
    '## Unreleased\n### Fixed\n### Added',
    'Unreleased: the sections are not in the order Added, Changed, Deprecated, Removed, Fixed, Security, each once',
  ],
  [
    '## Unreleased\n### Added\n### Added',
    'Unreleased: the sections are not in the order Added, Changed, Deprecated, Removed, Fixed, Security, each once',
  ],
  ['## Unreleased\n## 1.0.0', '1.0.0 has no date'],
  ['## Unreleased\n## 1.0.0 - 2031-13-01', '1.0.0 has no date'],
  ['## Unreleased\n## one - 2031-01-01', 'one is no version'],
  ['## Unreleased\n## 1.0.0 - 2031-02-01\n## 1.0.1 - 2031-01-01', '1.0.0 stands above 1.0.1'],
  ['## Unreleased\n## 1.0.0 - 2031-01-01\n## 0.9.0 - 2031-02-01', '1.0.0 is dated before 0.9.0'],
  ['## Unreleased\n## 0.9.0 - 2031-02-01', 'package.json has 1.0.0, and the newest release is 0.9.0'],
])('%j is found', (text, fault) => {
  expect(changelogFaults(readChangelog(text), '1.0.0')).toContain(fault);
});
