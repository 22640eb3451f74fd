import { expect, test } from 'vitest';
import { fitsPath, parsePathCommand } from './path-command.ts';

test.each([
  ['a path', 'MAIL FROM:<a@b.example>', 'a@b.example', {}],
  ['the null path', 'MAIL FROM:<>', '', {}],
  ['any case', 'mail from:<a@b.example> size=1', 'a@b.example', { SIZE: '1' }],
  ['a blank after the colon', 'MAIL FROM: <a@b.example>', 'a@b.example', {}],
  ['blanks at the end', 'MAIL FROM:<a@b.example>  ', 'a@b.example', {}],
  [
    'parameters',
    'MAIL FROM:<a@b.example> X=1  SMTPUTF8 Y-2=a;b,+3D',
    'a@b.example',
    { X: '1', SMTPUTF8: '', 'Y-2': 'a;b,+3D' },
  ],
  ['no brackets', 'MAIL FROM:a@b.example', 'a@b.example', {}],
  ['no brackets, and parameters', 'MAIL FROM: a@b.example SIZE=1', 'a@b.example', { SIZE: '1' }],
  ['tabs', 'MAIL FROM:\t<a@b.example>\t\tSIZE=1\t', 'a@b.example', { SIZE: '1' }],
  ['blanks in brackets', 'MAIL FROM:< a@b.example > SIZE=1', 'a@b.example', { SIZE: '1' }],
  ['a display name', 'MAIL FROM:<Bob "<" B <a@b.example>> SIZE=1', 'Bob "<" B <a@b.example>', { SIZE: '1' }],
  [
    'quoted blanks and brackets',
    'MAIL FROM:"a> b\\""@c.example SIZE=1',
    '"a> b\\""@c.example',
    { SIZE: '1' },
  ],
])('parsePathCommand(): %s', (_, line, path, parameters) => {
  expect(parsePathCommand(line, 'MAIL FROM')).toEqual({
    kind: 'path',
    path,
    parameters: new Map(Object.entries(parameters)),
  });
});

const syntax = '501 5.5.4 Syntax: MAIL FROM:<address>';
test.each([
  ['no path', 'MAIL FROM:', syntax],
  ['no colon', 'MAIL FROM <a@b.example>', syntax],
  ['another command', 'RCPT TO:<a@b.example>', syntax],
  ['a bracket that is not closed', 'MAIL FROM:<a<b@c.example>', syntax],
  ['a quote that is not closed', 'MAIL FROM:"a@c.example', syntax],
  ['something glued to the path', 'MAIL FROM:<a@b.example>SIZE=1', syntax],
  ['a value with an equals sign', 'MAIL FROM:<a@b.example> X=1=2', syntax],
  ['an empty value', 'MAIL FROM:<a@b.example> X=', syntax],
  ['an empty keyword', 'MAIL FROM:<a@b.example> =1', syntax],
  ['a control character', 'MAIL FROM:<a@b.example> X=\x01', syntax],
  ['a parameter twice', 'MAIL FROM:<a@b.example> SIZE=1 size=2', '501 5.5.4 Error: duplicate size parameter'],
  ['octets that are no UTF-8', 'MAIL FROM:<\uFFFD@b.example>', '500 5.5.2 Error: bad UTF-8 syntax'],
])('parsePathCommand(): %s is refused', (_, line, reply) => {
  expect(parsePathCommand(line, 'MAIL FROM')).toEqual({ kind: 'refused', reply });
});

// Each would keep an expression that tries everything busy for longer than anybody waits.
test.each([
  `MAIL FROM:<${'"'.repeat(2000)}`,
  `MAIL FROM:<>${' a'.repeat(1000)}\x01 `,
  `MAIL FROM:<>${' '.repeat(2000)}\x01`,
])('parsePathCommand(): a hostile line is refused', (line) => {
  expect(parsePathCommand(line, 'MAIL FROM')).toMatchObject({ kind: 'refused' });
});

test.each([
  ['a@b.test', true],
  ['', true],
  ['"a>b"@c.test', true],
  ['a <b@c.test>', true],
  ['a@b.test ENVID=<c@d.test', false],
  ['a@b.test> ENVID=<c@d.test', false],
  ['a@b.test>', false],
  ['<a@b.test', false],
  ['"a@b.test', false],
  ['a@b.test\\', false],
  ['a@b.test\n', false],
  ['a@b.test\r', false],
])('fitsPath(): %j: %s', (address, fits) => {
  expect(fitsPath(address)).toBe(fits);
});
