import { expect, test } from 'vitest';
import { parseReply } from './redis-socket.ts';

test.each([
  ['a simple string', '+PONG\r\n', { kind: 'value', value: 'PONG' }],
  ['an error', '-LOADING busy\r\n', { kind: 'error', text: 'LOADING busy' }],
  ['a bulk string with line ends', '$6\r\na\r\nb:c\r\n', { kind: 'value', value: 'a\r\nb:c' }],
  ['an empty bulk string', '$0\r\n\r\n', { kind: 'value', value: '' }],
  ['an array', '*2\r\n$3\r\ndir\r\n$4\r\n/tmp\r\n', { kind: 'list', values: ['dir', '/tmp'] }],
  ['an empty array', '*0\r\n', { kind: 'list', values: [] }],
  ['another protocol', '220 mx.example.org ESMTP\r\n', { kind: 'stranger' }],
  ['a huge array', '*1000000000\r\n', { kind: 'stranger' }],
  ['an array of something else', '*1\r\n:5\r\n', { kind: 'stranger' }],
  ['a length that is none', '$x\r\n', { kind: 'stranger' }],
  ['nothing yet', '', undefined],
  ['half a line', '+PO', undefined],
  ['half a bulk string', '$5\r\nab', undefined],
  ['half an array', '*2\r\n$3\r\ndir\r\n$4\r\n/t', undefined],
])('parseReply(): %s', (_, text, reply) => {
  expect(parseReply(text)).toEqual(reply);
});
