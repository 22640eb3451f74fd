import { expect, test } from 'vitest';
import { replyTrouble } from './policy-reply.ts';

test.each<[string, number, string | undefined, string | undefined, string | undefined]>([
  ['as it should be', 200, 'text/plain', undefined, undefined],
  ['with parameters', 200, 'Text/Plain; charset=utf-8', undefined, undefined],
  ['no type', 200, undefined, undefined, undefined],
  ['identity', 200, 'text/plain', 'Identity', undefined],
  ['a page', 200, 'text/html; charset=utf-8', undefined, 'content-type'],
  ['compressed', 200, 'text/plain', 'gzip', 'content-encoding'],
  ['301', 301, 'text/plain', undefined, 'http-301'],
  ['304', 304, undefined, undefined, 'http-304'],
  ['204', 204, undefined, undefined, 'http-204'],
  ['206', 206, 'text/plain', undefined, 'http-206'],
  ['404', 404, 'text/plain', undefined, 'http-404'],
])('%s', (_, status, contentType, contentEncoding, code) => {
  expect(replyTrouble({ status, contentType, contentEncoding })?.code).toBe(code);
});
