import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const top = join(import.meta.dirname, '../../..');
const texts = (await import(join(top, 'deploy/debian/texts.mjs'))) as {
  debianVersion(version: string): string;
  packagedUnit(text: string, name: string): string;
  packagedSettings(text: string): string;
  controlText(fields: Readonly<Record<string, string | undefined>>): string;
  description(summary: string, ...paragraphs: readonly string[]): string;
  debianChangelog(of: { name: string; version: string; maintainer: string; seconds: number }): string;
  manualPage(
    page: { name: string; section: number; summary: string },
    help: string,
    of: { version: string; seconds: number },
  ): string;
};

test.each([
  ['0.1.0', '0.1.0-1'],
  ['1.0.0-rc.1', '1.0.0~rc.1-1'],
  ['1.0.0-rc-2.x', '1.0.0~rc.2.x-1'],
])('version %s of npm is %s of Debian', (npm, debian) => {
  expect(texts.debianVersion(npm)).toBe(debian);
});

test('the unit of the package is that of systemd/, with its own places and a user that stays', () => {
  const text = readFileSync(join(top, 'systemd/dane-relay.service'), 'utf8');
  const unit = texts.packagedUnit(text, 'dane-relay.service');
  const said = (of: string): readonly string[] => of.split('\n').filter((line) => /^[^#\s]/.test(line));
  expect(said(unit).filter((line) => !said(text).includes(line))).toEqual([
    expect.stringMatching(/^Documentation=.*file:\/usr\/share\/doc\/dane-relay\/docs/),
    expect.stringMatching(/^ExecStart=\/usr\/bin\/dane-relay run/),
    'User=dane-relay',
    'Group=dane-relay',
  ]);
  expect(unit).not.toContain('/usr/local');
  expect(unit).not.toContain('service.mjs');
});

test('a unit with a place that the package does not know is refused', () => {
  expect(() => texts.packagedUnit('[Service]\nExecStart=/usr/local/sbin/other\n', 'x.service')).toThrow(
    /x\.service/,
  );
});

test('the settings to begin with name the example where the package has it, and nothing of /usr/local', () => {
  const settings = texts.packagedSettings(readFileSync(join(top, 'config/relay.toml'), 'utf8'));
  expect(settings).toContain('/usr/share/doc/dane-relay/config/relay.example.toml');
  expect(settings).not.toContain('/usr/local');
  expect(settings.split('\n').filter((line) => !/^(?:#.*|\[\w+\])?$/.test(line))).toEqual([]);
  expect(() => texts.packagedSettings('# nothing')).toThrow(/example/);
});

test('control: fields in order, without empty ones; a description of short lines', () => {
  const Description = texts.description('short', 'word '.repeat(40), 'second');
  const text = texts.controlText({ Package: 'p', Depends: '', Conflicts: undefined, Description });
  const lines = text.trimEnd().split('\n');
  expect(lines.slice(0, 2)).toEqual(['Package: p', 'Description: short']);
  expect(lines.slice(2).every((line) => line.startsWith(' ') && line.length <= 79)).toBe(true);
  expect(lines.slice(-2)).toEqual([' .', ' second']);
});

test('the changelog has the form that dpkg reads, and the time that was given', () => {
  const text = texts.debianChangelog({ name: 'n', version: '1-1', maintainer: 'A <a@b>', seconds: 86_400 });
  expect(text).toMatch(/^n \(1-1\) unstable; urgency=medium\n\n {2}\* /);
  expect(text).toMatch(/\n -- A <a@b> {2}Fri, 02 Jan 1970 00:00:00 \+0000\n$/);
});

test('a manual page shows what help prints, whatever is in it', () => {
  const page = texts.manualPage({ name: 'n', section: 8, summary: 'a - b' }, ".dot\n'quote\n\\n --x\n", {
    version: '1',
    seconds: 0,
  });
  expect(page).toContain('.TH N 8 1970-01-01 "dane-relay 1"\n');
  expect(page).toContain('\nn \\- a \\- b\n');
  expect(page).toContain("\n\\&.dot\n\\&'quote\n\\en \\-\\-x\n");
});
