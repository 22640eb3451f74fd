import { expect, test } from 'vitest';
import { isForeign } from './verbs.ts';

test.each([
  ['GET / HTTP/1.1', true],
  ['post /x HTTP/1.1', true],
  ['CONNECT mail.example:25 HTTP/1.1', true],
  ['PUT /x HTTP/1.1', true],
  ['PRI * HTTP/2.0', true],
  ['BDAT 10 LAST', true],
  [' MAIL FROM:<a@b.example>', true],
  ['{"json":1}', true],
  ['-', true],
  ['', false],
  ['PUT it there', false],
  ['Host: mail.example', false],
  ['NOOP', false],
  ['GETX', false],
])('isForeign(): %j is %j', (line, expected) => {
  expect(isForeign(line)).toBe(expected);
});
