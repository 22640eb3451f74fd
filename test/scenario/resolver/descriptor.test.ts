import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { descriptorPath, withDescriptor } from '../../../src/children/descriptor.ts';

const read = (text: string): string => {
  const [program = '', ...args] = withDescriptor(['cat', descriptorPath], text);
  return execFileSync(program, args, { encoding: 'utf8' });
};

test.each([
  ['what a shell would expand', 'a "b" \'c\' $HOME $(id) `id` \\ \\$x $1 "$@"'],
  ['what would end a here-document', 'one\nEND\ntwo'],
  ['more than a pipe holds', 'forward-addr: 192.0.2.1\n'.repeat(4000)],
  ['nothing', ''],
])('withDescriptor(): %s reaches the program as it is', (_, text) => {
  expect(read(text)).toBe(`${text}\n`);
});

test('withDescriptor(): the program is what was started, not a child of it', () => {
  const [program = '', ...args] = withDescriptor(['sh', '-c', 'echo $$ $PPID'], 'text');
  const [, parent] = execFileSync(program, args, { encoding: 'utf8' }).trim().split(' ');
  expect(parent).toBe(String(process.pid));
});
