import { expect, test } from 'vitest';
import { parseCapabilities } from './capabilities.ts';

function ehlo(...lines: string[]): ReturnType<typeof parseCapabilities> {
  return parseCapabilities({
    code: 250,
    lines: lines.map((line, at) => `250${at < lines.length - 1 ? '-' : ' '}${line}`),
  });
}

test('parseCapabilities(): reads what a server offers', () => {
  const offered = [
    'mx.example greets you',
    'PIPELINING',
    'SIZE 10485760',
    'STARTTLS',
    '8BITMIME',
    'SMTPUTF8',
    'DSN',
  ];
  expect(ehlo(...offered)).toEqual({
    name: 'mx.example',
    startTls: true,
    pipelining: true,
    eightBitMime: true,
    smtpUtf8: true,
    dsn: true,
    size: 10_485_760,
  });
});

test('parseCapabilities(): a greeting alone offers nothing', () => {
  expect(parseCapabilities({ code: 250, lines: ['250'] })).toEqual({
    name: '',
    startTls: false,
    pipelining: false,
    eightBitMime: false,
    smtpUtf8: false,
    dsn: false,
    size: false,
  });
});

test('parseCapabilities(): the name of the server is no keyword', () => {
  expect(ehlo('STARTTLS', 'HELP').startTls).toBe(false);
});

test('parseCapabilities(): keywords in any case, with spaces around', () => {
  const { startTls, pipelining } = ehlo('mx', 'starttls ', 'PipeLining  x');
  expect([startTls, pipelining]).toEqual([true, true]);
});

test.each([
  ['SIZE', 0],
  ['SIZE 0', 0],
  ['SIZE 35882577', 35_882_577],
  ['SIZE lots', 0],
  ['SIZE -1', 0],
  ['SIZE=10', false],
])('parseCapabilities(): %s', (line, size) => {
  expect(ehlo('mx', line).size).toBe(size);
});

test.each([
  [['SIZE 10', 'SIZE 20'], 0],
  [['SIZE 20', 'SIZE 10'], 0],
  [['SIZE 10', 'SIZE 20', 'SIZE 10'], 0],
  [['SIZE', 'SIZE 10'], 0],
  [['SIZE 10', 'size 10'], 10],
])('parseCapabilities(): %j', (lines, size) => {
  expect(ehlo('mx', ...lines).size).toBe(size);
});

test.each([
  [['AUTH PLAIN LOGIN'], ['PLAIN', 'LOGIN']],
  [['auth  plain'], ['plain']],
  [
    ['AUTH=LOGIN', 'AUTH PLAIN'],
    ['LOGIN', 'PLAIN'],
  ],
  [['AUTH'], undefined],
  [['AUTHENTICATE PLAIN'], undefined],
])('parseCapabilities(): %j', (lines, mechanisms) => {
  expect(ehlo('mx', ...lines).auth).toEqual(mechanisms);
});

test.each([
  ['REQUIRETLS', true],
  ['requiretls', true],
  ['REQUIRETLSX', undefined],
])('parseCapabilities(): of %s, REQUIRETLS is %s', (line, offered) => {
  expect(ehlo('mx.example', line).requireTls).toBe(offered);
});
