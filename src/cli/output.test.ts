import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { openOutput } from './output.ts';

/** Takes one line; then it fails. */
function failing(code: string): Writable {
  let lines = 0;
  return new Writable({
    write(_chunk, _encoding, done) {
      lines += 1;
      done(lines > 1 ? Object.assign(new Error(`write ${code}`), { code }) : null);
    },
  });
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test.each([
  ['EPIPE', undefined],
  ['ENOSPC', 'cannot write the output: write ENOSPC'],
])('openOutput(): after %s nothing more is written, and check() says %s', async (code, message) => {
  const output = openOutput(failing(code));
  expect(output.print('one')).toBe(true);
  output.print('two');
  await turn();
  expect(output.print('three')).toBe(false);
  if (message === undefined) expect(() => output.check()).not.toThrow();
  else expect(() => output.check()).toThrow(message);
});

test('openOutput(): all is well', async () => {
  const written: string[] = [];
  const output = openOutput(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        written.push(chunk.toString());
        done();
      },
    }),
  );
  expect(output.print('one')).toBe(true);
  await turn();
  output.check();
  expect(written).toEqual(['one\n']);
});

test('openOutput(): text of others steers no terminal, and JSON says the same as before', async () => {
  const lines: string[] = [];
  const output = openOutput(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString());
        done();
      },
    }),
  );
  const value = { subject: 'a\u009b31mb\u007f\u202ec\u2028\u{e0041}d ä€😀' };
  output.print(JSON.stringify(value));
  output.print('\u001b[1mours\u001b[0m');
  await turn();
  expect(lines[0]).toBe('{"subject":"a\\u009b31mb\\u007f\\u202ec\\u2028\\udb40\\udc41d ä€😀"}\n');
  expect(JSON.parse(lines[0] ?? '')).toEqual(value);
  expect(lines[1]).toBe('\u001b[1mours\u001b[0m\n');
});
