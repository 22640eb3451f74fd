import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandNames } from '../../../src/cli/commands.ts';
import { optionNames } from '../../../src/cli/options/options.ts';
import { settingKeys } from '../../../src/config/settings.ts';
import { programObstacle } from '../../lab/privileges.ts';
import { unless } from '../../support/unless.ts';
import { cliPage } from './cli-page.ts';
import { manualPages } from './manual-pages.ts';
import { roffText } from './roff.ts';
import { settingsPage } from './settings-page.ts';

/** docs/settings.md, docs/cli.md and docs/man are as the tables of the program make them. */

const docs = path.join(import.meta.dirname, '../../../docs');
const read = (name: string): string => readFileSync(path.join(docs, name), 'utf8');
const hint = 'npm run docs:reference writes it';

describe('docs/settings.md', () => {
  test('is as the table of settings makes it', () => {
    expect(read('settings.md'), hint).toBe(settingsPage());
  });

  test('has a heading for every setting', () => {
    const headings = [...settingsPage().matchAll(/^### `([^`]+)`$/gm)].map(([, key]) => key);
    expect(headings.filter((key) => !key?.startsWith('[['))).toEqual([...settingKeys]);
  });
});

describe('docs/cli.md', () => {
  test('is as the table of commands makes it', () => {
    expect(read('cli.md'), hint).toBe(cliPage());
  });

  test('has a heading for every command, in some order', () => {
    const headings = [...cliPage().matchAll(/^### `([^`]+)`$/gm)].map(([, name = '']) => name);
    expect(headings.toSorted()).toEqual(commandNames.toSorted());
  });
});

describe('docs/man', () => {
  test('has these pages and no others', () => {
    expect(readdirSync(path.join(docs, 'man')).toSorted()).toEqual(Object.keys(manualPages).toSorted());
  });

  test.each(Object.entries(manualPages))('%s is as the tables make it', (name, page) => {
    expect(read(`man/${name}`), hint).toBe(page());
  });

  test('names every command, option and setting', () => {
    const program = read('man/dane-relay.8');
    for (const name of commandNames) expect(program).toContain(`\n.B "${roffText(name)}`);
    for (const name of optionNames) expect(program).toContain(roffText(`--${name}`));
    for (const key of settingKeys) expect(read('man/relay.toml.5')).toContain(`\n.B "${roffText(key)}"\n`);
  });

  const pages = Object.keys(manualPages);
  unless(programObstacle('groff'), test).each(pages)('%s is what groff understands', (name) => {
    expect(complaints('groff', ['-man', '-Tutf8', '-ww', '-z'], name)).toEqual([]);
  });

  unless(programObstacle('lexgrog'), test).each(pages)('%s has a name that man finds', (name) => {
    const { stdout } = spawnSync('lexgrog', [path.join(docs, 'man', name)], { encoding: 'utf8' });
    expect(stdout).toContain(`"${name.replace(/\.\d$/, '')} - `);
  });

  // A page is as old as its package, so it has no date.
  unless(programObstacle('mandoc'), test).each(pages)('%s is what mandoc understands', (name) => {
    const said = complaints('mandoc', ['-Tlint', '-Wstyle'], name);
    expect(said.filter((line) => !/missing date/.test(line))).toEqual([]);
  });

  function complaints(program: string, args: readonly string[], name: string): readonly string[] {
    const { stdout, stderr } = spawnSync(program, [...args, path.join(docs, 'man', name)], {
      encoding: 'utf8',
    });
    return `${stdout}${stderr}`.split('\n').filter(Boolean);
  }
});
