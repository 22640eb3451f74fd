import { describe, expect, it } from 'vitest';
import { judgeTail } from './torn-tail.ts';

const command = (...words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
const transaction =
  command('MULTI') + command('HSET', '{p}:m:1', 'record', '{"v":1}') + command('ZADD', '{p}:d:x', '1', '1');
const push = command('RPUSH', '{p}:b:1', 'x'.repeat(200), 'y\r\n\r\n*bold*\r\n$5 a month\r\n');

describe('judgeTail()', () => {
  it.each([
    ['a command', push],
    ['a transaction', transaction],
  ])('%s that is cut off anywhere is torn, with or without zeros behind it', (_, text) => {
    for (let length = 1; length < text.length; length += 1) {
      const tail = Buffer.from(text.slice(0, length));
      expect(judgeTail(tail), text.slice(0, length)).toBe('torn');
      expect(judgeTail(Buffer.concat([tail, Buffer.alloc(64)])), text.slice(0, length)).toBe('torn');
    }
  });

  it('a transaction without its end is torn, also where its last command is whole', () => {
    expect(judgeTail(Buffer.from(transaction))).toBe('torn');
  });

  it('zeros alone are torn', () => {
    expect(judgeTail(Buffer.alloc(1))).toBe('torn');
    expect(judgeTail(Buffer.alloc(100_000))).toBe('torn');
  });

  it('whole commands behind a length that is too large are damage', () => {
    const damaged = transaction.replace('$7\r\n{"v":1}', '$70000\r\n{"v":1}') + command('EXEC');
    expect(judgeTail(Buffer.from(damaged))).toBe('damage');
    expect(judgeTail(Buffer.from(damaged + transaction))).toBe('damage');
    expect(judgeTail(Buffer.from(push.replace('$200', '$2000') + push))).toBe('damage');
  });

  it.each([
    ['a length that is too small', push.replace('$200', '$100') + push],
    ['a length that is none', push.replace('$200', '$2x0') + push],
    ['a number of words that is too large', push.replace('*4', '*5') + push],
    ['octets that are no command', 'garbage'],
    ['a header without end', '*11111111111111111111111111111111111'],
    ['no words', '*0\r\n'],
    ['a whole command that is no transaction', command('PING')],
    ['zeros with something behind them', `${'\0'.repeat(4096)}${push}`],
    ['a command behind a beginning of one', `${push.slice(0, 100)}\r\n${command('DEL', 'x')}`],
  ])('%s is damage', (_, text) => {
    expect(judgeTail(Buffer.from(text))).toBe('damage');
  });

  it('looks at no more than it can in a moment, and calls the rest damage', () => {
    const many = `*9999999\r\n${'$0\r\n\r\n'.repeat(1_000_001)}`;
    expect(judgeTail(Buffer.from(many))).toBe('damage');
    const begun = push.replace('$200', '$20000000').slice(0, 100);
    const candidates = `${begun}${'\r\n*99999\r\n$0\r\n'.repeat(50_000)}`;
    expect(judgeTail(Buffer.from(candidates))).toBe('torn');
  });
});
