import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unless } from '../../support/unless.ts';

const top = join(import.meta.dirname, '../../..');
const obstacle = existsSync('/usr/bin/dpkg-deb') ? undefined : 'dpkg-deb is not there';
const version = '1.2.3-4';

unless(obstacle, describe)('the Debian packages', () => {
  let directory: string;
  /** What is below it is on the machine. */
  const unpacked = (path: string): string => join(directory, 'root', path);

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'dane-relay-package-'));
    const packages = ['dane-relay', 'dane-relay-mta'].flatMap((name) => ['--package', name]);
    const how = ['--version', version, '--output', directory, '--xz', '0'];
    const command = ['deploy/debian/package.mjs', ...packages, ...how];
    execFileSync(process.execPath, command, { cwd: top });
    for (const name of readdirSync(directory).filter((name) => name.endsWith('.deb')))
      execFileSync('dpkg-deb', ['--extract', join(directory, name), unpacked('')]);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const field = (name: string, field: string): string =>
    execFileSync('dpkg-deb', ['--field', join(directory, `${name}_${version}_all.deb`), field], {
      encoding: 'utf8',
    }).trim();

  test('have the program without what only builds it, and it runs', () => {
    const program = unpacked('usr/lib/dane-relay');
    const run = (...words: readonly string[]): ReturnType<typeof spawnSync> =>
      spawnSync(process.execPath, [join(program, 'dist/main.js'), ...words], {
        encoding: 'utf8',
        env: { ...process.env, XDG_STATE_HOME: join(directory, 'state'), HOME: directory },
      });
    expect(run('--version').stdout).toMatch(/^dane-relay \d/);
    expect(run('check-config')).toMatchObject({ status: 0 });
    const { dependencies } = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8')) as {
      dependencies: Readonly<Record<string, string>>;
    };
    const all = Object.keys(dependencies).map((name) => `import ${JSON.stringify(name)};`);
    const loaded = spawnSync(process.execPath, ['--input-type=module', '--eval', all.join('')], {
      encoding: 'utf8',
      cwd: program,
    });
    expect(loaded).toMatchObject({ status: 0, stderr: '' });
    const names = readdirSync(program, { recursive: true, encoding: 'utf8' });
    expect(names.filter((name) => /(?:\.d\.[cm]?ts|\.test\.js|\.node|\.md)$/.test(name))).toEqual([]);
    for (const { name, version } of inside(program))
      expect(readFileSync(unpacked('usr/share/doc/dane-relay/copyright'), 'utf8')).toContain(
        `${name} ${version} (`,
      );
  });

  test('the second one is the mail server of the machine, of exactly this relay', () => {
    expect(field('dane-relay-mta', 'Depends')).toBe(`dane-relay (= ${version})`);
    for (const name of ['Provides', 'Conflicts', 'Replaces'])
      expect(field('dane-relay-mta', name)).toBe('mail-transport-agent');
    const names = [
      'usr/sbin/sendmail',
      'usr/lib/sendmail',
      'usr/bin/mailq',
      'usr/bin/newaliases',
      'usr/sbin/postqueue',
    ];
    for (const name of names)
      expect(readFileSync(unpacked(name), 'utf8')).toContain('dist/main.js "${0##*/}"');
  });

  test('secrets have a place that only root reads; scripts are of the shell', () => {
    const listing = execFileSync(
      'dpkg-deb',
      ['--contents', join(directory, `dane-relay_${version}_all.deb`)],
      {
        encoding: 'utf8',
      },
    );
    expect(listing).toMatch(/^-rw------- root\/root .* \.\/etc\/default\/dane-relay$/m);
    expect(listing).not.toMatch(/^-..(?:.*[stw].{0,6}) root\/root/m);
    for (const script of [unpacked('usr/bin/dane-relay'), unpacked('usr/sbin/sendmail')])
      expect(spawnSync('sh', ['-n', script]).status).toBe(0);
  });
});

/** The packages of npm in a directory. */
function inside(program: string): readonly { readonly name: string; readonly version: string }[] {
  return readdirSync(join(program, 'node_modules'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /^(?:@[^/]+\/)?[^/@]+\/package\.json$/.test(path))
    .map(
      (path) =>
        JSON.parse(readFileSync(join(program, 'node_modules', path), 'utf8')) as {
          name: string;
          version: string;
        },
    );
}
