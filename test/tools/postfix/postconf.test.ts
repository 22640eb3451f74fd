import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expand } from '../../../src/core/postfix/expand.ts';
import { readMainCf } from '../../../src/core/postfix/main-cf.ts';
import { makeDice, type Dice } from '../../support/dice.ts';
import { sampleSeed } from '../../support/sample.ts';
import { unless } from '../../support/unless.ts';

/** Files of many forms are read as the installed Postfix reads them: postconf and we say the same of each parameter. */

const env = { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` };
const there = spawnSync('postconf', ['-d', 'mail_version'], { env }).status === 0;
const names = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5'];
let directory = '';

beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'dane-relay-postconf-'));
  writeFileSync(path.join(directory, 'master.cf'), '');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Text with references to parameters that come before, so that most files are in order, and now and then to any. */
function randomValue(dice: Dice, at: number, depth = 0): string {
  const name = dice.chance(0.97) ? `p${dice.below(Math.max(at, 1))}` : dice.pick(names);
  const inner = (): string => (depth > 0 ? 'x' : randomValue(dice, at, depth + 1));
  const blank = (): string => dice.pick(['', ' ']);
  const pieces: (() => string)[] = [
    () => dice.pick(['a', 'b c', '10', '9', 'x,y', '$$', '[h]:25', '']),
    () => (at === 0 ? 'z' : dice.pick([`$${name}.`, `\${${name}}`, `$(${name})`, `$${name}.q`])),
    () => `\${${dice.pick([name, 'unset'])}${dice.pick(['?', ':'])}${dice.pick(['t', `{${inner()}}`])}}`,
    () =>
      `\${${dice.pick([name, 'unset'])}${blank()}?${blank()}{${inner()}}${blank()}:${blank()}{${inner()}}}`,
    () =>
      `\${{${inner()}}${blank()}${dice.pick(['==', '!=', '<', '<=', '>', '>='])}${blank()}{${inner()}}${blank()}?{${inner()}}:{${inner()}}}`,
    () =>
      dice.chance(0.03) ? dice.pick(['${', '$', '${a-b}', '${{a}}', '${{a} =~ {b}}', '${p0?{a}b}']) : 'k',
  ];
  return Array.from({ length: 1 + dice.below(3) }, () => dice.pick(pieces)()).join('');
}

function randomFile(dice: Dice): string {
  const lines = names.flatMap((name, at) => {
    const value = (): string => randomValue(dice, at);
    const first = dice.pick([`${name} = ${value()}`, `${name}=${value()}`, `${name}\t=\t${value()}  `]);
    const next = dice.chance(0.3)
      ? [dice.pick(['# comment', '', '   ', '  # indented']), `${dice.pick([' ', '\t'])}${value()}`]
      : [];
    const before = dice.chance(0.2) ? [`${name} = earlier`] : [];
    return [...before, first, ...next, ...(dice.chance(0.2) ? ['#x'] : [])];
  });
  // postconf knows no parameter that no other one names.
  lines.push(`smtpd_banner = ${names.map((name) => `$${name}`).join(' ')}`);
  return `${dice.chance(0.1) ? ' misplaced = 1\n' : ''}${lines.join(dice.chance(0.1) ? '\r\n' : '\n')}\n`;
}

/** Undefined where Postfix makes nothing of what nobody knows, and we leave it. */
function ours(text: string): readonly string[] | 'refused' | undefined {
  try {
    const { assignments } = readMainCf(text, 'main.cf');
    const find = (name: string) => assignments.get(name)?.value;
    const values = names.map((name) => expand(find(name) ?? '', find));
    if (values.some((one) => 'unknown' in one && one.unknown.length > 0)) return undefined;
    return values.every((one) => 'text' in one) ? values.map((one) => plain(one.text)) : 'refused';
  } catch {
    return 'refused';
  }
}

function theirs(text: string): readonly string[] | 'refused' {
  const file = path.join(directory, 'main.cf');
  writeFileSync(file, text);
  // Postfix waits for a file of this very second to settle; ours is complete, and says it is older.
  utimesSync(file, 1e9, 1e9);
  const { status, stdout } = spawnSync('postconf', ['-c', directory, '-x', '-h', ...names], {
    env,
    encoding: 'utf8',
  });
  return status === 0 ? stdout.split('\n').slice(0, names.length).map(plain) : 'refused';
}

function plain(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

unless(there ? undefined : 'needs Postfix', test)('main.cf is read as postconf reads it', () => {
  const dice = makeDice(sampleSeed('postconf'));
  let refused = 0;
  for (let round = 0; round < 150; round += 1) {
    const text = randomFile(dice);
    const [own, other] = [ours(text), theirs(text)];
    if (own === undefined) continue;
    expect(own, text).toEqual(other);
    if (other === 'refused') refused += 1;
  }
  expect(refused).toBeLessThan(140);
});
