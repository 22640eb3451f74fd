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
