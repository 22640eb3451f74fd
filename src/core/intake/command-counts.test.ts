import { expect, test } from 'vitest';
import { CommandCounts } from './command-counts.ts';

function counts(...commands: readonly string[]): string {
  const counts = new CommandCounts();
  for (const command of commands) {
    counts.begin(command.replace('!', ''));
    if (command.endsWith('!')) counts.failed();
  }
  return counts.toString();
}

test.each([
  [
    'a whole session',
    ['EHLO', 'MAIL', 'RCPT', 'DATA', 'QUIT'],
    'ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5',
  ],
  ['Postfix order, not that of the client', ['MAIL', 'EHLO', 'MAIL'], 'ehlo=1 mail=2 commands=3'],
  ['failures as ok/total', ['EHLO', 'MAIL', 'RCPT!', 'RCPT'], 'ehlo=1 mail=1 rcpt=1/2 commands=3/4'],
  ['only failures', ['RCPT!'], 'rcpt=0/1 commands=0/1'],
  ['what is no command', ['FOO!', 'toString!', 'WIZ!'], 'unknown=0/3 commands=0/3'],
  ['nothing', [], 'commands=0'],
])('CommandCounts: %s', (_, commands, line) => {
  expect(counts(...commands)).toBe(line);
});

test('CommandCounts: a command fails once', () => {
  const twice = new CommandCounts();
  twice.failed();
  twice.begin('DATA');
  twice.failed();
  twice.failed();
  expect(twice.toString()).toBe('data=0/1 commands=0/1');
});
