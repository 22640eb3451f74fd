import { describe, expect, test } from 'vitest';
import { makeDice } from '../../../test/support/dice.ts';
import {
  isIntermediate,
  isPermanent,
  isPositive,
  isTransient,
  lineLimitBytes,
  replyLimitLines,
  ReplyParser,
  replyLogText,
  replyText,
  strayLimitLines,
  type Garbage,
  type Reply,
} from './reply.ts';

function parse(...chunks: (string | Buffer)[]): {
  replies: Reply[];
  garbage: Garbage | undefined;
  idle: boolean;
  stray: string | undefined;
} {
  const parser = new ReplyParser();
  const replies: Reply[] = [];
  let garbage: Garbage | undefined;
  for (const chunk of chunks) garbage = parser.feed(Buffer.from(chunk), (reply) => replies.push(reply));
  return { replies, garbage, idle: parser.idle, stray: parser.takeStray() };
}

function bytewise(text: string): Buffer[] {
  return Array.from(Buffer.from(text), (octet) => Buffer.of(octet));
}

describe('ReplyParser.feed()', () => {
  test.each<[string, string, Reply]>([
    ['a code alone', '250\r\n', { code: 250, lines: ['250'] }],
    ['a code and a space', '250 \r\n', { code: 250, lines: ['250 '] }],
    ['text', '354 go ahead\r\n', { code: 354, lines: ['354 go ahead'] }],
    ['an enhanced code', '250 2.1.0 Ok\r\n', { code: 250, enhanced: '2.1.0', lines: ['250 2.1.0 Ok'] }],
    ['an enhanced code alone', '250 2.0.0\r\n', { code: 250, enhanced: '2.0.0', lines: ['250 2.0.0'] }],
    ['long numbers', '550 5.7.26 no\r\n', { code: 550, enhanced: '5.7.26', lines: ['550 5.7.26 no'] }],
    ['an enhanced code of another class', '550 4.1.1 x\r\n', { code: 550, lines: ['550 4.1.1 x'] }],
    ['an address that looks like one', '450 4.1.1.1 x\r\n', { code: 450, lines: ['450 4.1.1.1 x'] }],
    ['LF alone as line end', '220 hi\n', { code: 220, lines: ['220 hi'] }],
    ['UTF-8', '250 grüß dich\r\n', { code: 250, lines: ['250 grüß dich'] }],
    [
      'several lines',
      '250-mx.example\r\n250-\r\n250 DSN\r\n',
      { code: 250, lines: ['250-mx.example', '250-', '250 DSN'] },
    ],
    [
      'an enhanced code on the first line only',
      '550-5.1.1 no such\r\n550 user\r\n',
      { code: 550, enhanced: '5.1.1', lines: ['550-5.1.1 no such', '550 user'] },
    ],
    [
      'several codes: the last decides',
      '250-yes\r\n550 5.7.1 no\r\n',
      { code: 550, enhanced: '5.7.1', lines: ['250-yes', '550 5.7.1 no'] },
    ],
  ])('reads %s, in one piece and octet by octet', (_, text, reply) => {
    const wanted = { replies: [reply], garbage: undefined, idle: true, stray: undefined };
    expect(parse(text)).toEqual(wanted);
    expect(parse(...bytewise(text))).toEqual(wanted);
  });

  test('hands over several replies of one chunk in order and keeps the unfinished rest', () => {
    const parser = new ReplyParser();
    const codes: number[] = [];
    const take = (reply: Reply): unknown => codes.push(reply.code);
    parser.feed(Buffer.from('250 a\r\n451 b\r\n35'), take);
    expect(codes).toEqual([250, 451]);
    expect(parser.idle).toBe(false);
    parser.feed(Buffer.from('4 c\r\n'), take);
    expect(codes).toEqual([250, 451, 354]);
    expect(parser.idle).toBe(true);
  });

  test('is not idle between the lines of a reply', () => {
    expect(parse('250-one\r\n').idle).toBe(false);
    expect(parse('250-one\r\n250 two\r\n').idle).toBe(true);
  });

  test.each([
    ['a word', 'HTTP/1.1 400 Bad Request\r\n', 'HTTP/1.1 400 Bad Request'],
    ['an empty line', '\r\n', ''],
    ['a short code', '25 ok\r\n', '25 ok'],
    ['a long code', '2500 ok\r\n', '2500 ok'],
    ['a code and a letter', '250x\r\n', '250x'],
    ['TLS', '\x16\x03\x01\r\n', '???'],
  ])('passes over %s, and tells', (_, text, shown) => {
    const wanted = {
      replies: [{ code: 250, lines: ['250 ok'] }],
      garbage: undefined,
      idle: true,
      stray: shown,
    };
    expect(parse(text, '250 ok\r\n')).toEqual(wanted);
    expect(parse(...bytewise(`${text}250 ok\r\n`))).toEqual(wanted);
  });

  test('passes over a line within a reply', () => {
    const { replies, stray } = parse('250-a\r\nhello\r\n250 b\r\n');
    expect(replies).toEqual([{ code: 250, lines: ['250-a', '250 b'] }]);
    expect(stray).toBe('hello');
  });

  test('reads no further once nobody wants more', () => {
    const parser = new ReplyParser();
    const replies: Reply[] = [];
    parser.feed(Buffer.from('250 a\r\n'.repeat(1000)), (reply) => replies.push(reply) < 3);
    expect(replies).toHaveLength(3);
  });

  test('tells of the first of several such lines, and not a second time', () => {
    const parser = new ReplyParser();
    parser.feed(Buffer.from('one\r\ntwo\r\n'), () => undefined);
    expect([parser.takeStray(), parser.takeStray()]).toEqual(['one', undefined]);
  });

  test('is idle after such a line, and not in the midst of one', () => {
    expect(parse('hello\r\n').idle).toBe(true);
    expect(parse('hello').idle).toBe(false);
  });

  test('bears so many of them before each reply, and no more', () => {
    const strays = 'x\r\n'.repeat(strayLimitLines);
    expect(parse(`${strays}250 a\r\n`.repeat(3)).replies).toHaveLength(3);
    const { replies, garbage } = parse(`${strays}y\r\n250 ok\r\n`);
    expect(replies).toEqual([]);
    expect(garbage).toEqual({ kind: 'garbage', text: 'y' });
  });

  test('bears no more octets in them than in a reply', () => {
    const { replies, garbage } = parse(`${'x'.repeat(10_000)}\r\n`.repeat(7), '250 ok\r\n');
    expect(replies).toEqual([]);
    expect(garbage?.text).toBe('reply longer than 65536 octets');
  });

  test.each([0, 99, 150, 199, 600, 999])('reads the code %i as it is', (code) => {
    const digits = String(code).padStart(3, '0');
    expect(parse(`${digits} x\r\n`).replies).toEqual([{ code, lines: [`${digits} x`] }]);
  });

  test('makes what cannot be printed a question mark', () => {
    const { replies } = parse(
      Buffer.from([...Buffer.from('250 a\tb\x00c\x1b[1md\u202ee\u2028f\r g\u0085'), 0xff, 0x0a]),
    );
    expect(replies[0]?.lines).toEqual(['250 a?b?c?[1md?e?f? g??']);
  });

  test('cuts a long line, however it is chunked', () => {
    const text = `250 ${'x'.repeat(5000)}\r\n250 next\r\n`;
    for (const chunks of [[text], bytewise(text), [text.slice(0, 3000), text.slice(3000)]]) {
      const { replies, garbage } = parse(...chunks);
      expect(garbage).toBeUndefined();
      expect(replies.map(({ lines }) => lines[0]?.length)).toEqual([lineLimitBytes, 8]);
    }
  });

  test.each([
    ['lines', '250-x\r\n'.repeat(replyLimitLines), `reply of more than ${replyLimitLines} lines`],
    ['octets in lines', `250-${'x'.repeat(1000)}\r\n`.repeat(100), 'reply longer than 65536 octets'],
    ['octets without a line end', '2'.repeat(70_000), 'reply longer than 65536 octets'],
  ])('refuses a reply of too many %s', (_, text, shown) => {
    expect(parse(text).garbage).toEqual({ kind: 'garbage', text: shown });
    expect(parse(...bytewise(text)).garbage).toEqual({ kind: 'garbage', text: shown });
  });

  test('has no limit on the number of replies', () => {
    expect(parse('250 ok\r\n'.repeat(20_000)).replies).toHaveLength(20_000);
  });

  test('comes to the same replies and garbage however random input is chunked', () => {
    const dice = makeDice(20_261_121).below;
    const pieces = [
      '250',
      '550',
      '99',
      '-',
      ' ',
      '\r\n',
      '\n',
      '\r',
      '5.1.1',
      '2.0.0 ',
      'text',
      'é',
      '\x00',
      '\xff',
    ];
    let seenReplies = 0;
    for (let round = 0; round < 3000; round += 1) {
      let text = '';
      for (let length = dice(40); length > 0; length -= 1) {
        text +=
          dice(3) === 0 ? `${dice(2) === 0 ? '250-' : '451 '}x\r\n` : (pieces[dice(pieces.length)] ?? '');
      }
      const whole = parse(text);
      const cut = dice(text.length + 1);
      const halves = parse(Buffer.from(text).subarray(0, cut), Buffer.from(text).subarray(cut));
      expect(parse(...bytewise(text))).toEqual(whole);
      expect(halves).toEqual(whole);
      for (const reply of whole.replies) {
        seenReplies += 1;
        expect(reply.code).toBeGreaterThanOrEqual(0);
        expect(reply.code).toBeLessThan(1000);
        expect(replyLogText(reply)).not.toMatch(/[\r\n\0]/);
      }
    }
    expect(seenReplies).toBeGreaterThan(500);
  });
});

test('replyLogText(): joins lines with a space, replyText() with a line feed', () => {
  const reply: Reply = { code: 550, lines: ['550-5.7.1 no', '550 never'] };
  expect(replyLogText(reply)).toBe('550-5.7.1 no 550 never');
  expect(replyText(reply)).toBe('550-5.7.1 no\n550 never');
  expect(replyLogText({ code: 250, lines: ['250 ok'] })).toBe('250 ok');
});

test.each([
  ['isPositive()', isPositive, [200, 250, 299]],
  ['isIntermediate()', isIntermediate, [300, 354, 399]],
  ['isTransient()', isTransient, [400, 421, 499]],
  ['isPermanent()', isPermanent, [500, 550, 599]],
])('%s', (_, is, expected) => {
  const codes = [0, 99, 150, 199, 200, 250, 299, 300, 354, 399, 400, 421, 499, 500, 550, 599, 600, 999];
  expect(codes.filter((code) => is({ code, lines: ['x'] }))).toEqual(expected);
});
