import type { Host, Row } from '../row.ts';
import { utf8 } from './acts.ts';

/** One recipient is answered so, and then the dialogue goes on. */
function reply(name: string, answer: NonNullable<Host['on']>[string], dsn: string, quoted: string): Row {
  const outcome = dsn.startsWith('5') ? 'bounced' : 'deferred';
  return {
    name,
    host: { offers: ['8BITMIME'], on: { RCPT: [answer as string, '250 ok'] } },
    mail: { recipients: 2 },
    result: [
      `${outcome} ${dsn} recipient: host N said: ${quoted} (in reply to RCPT TO command)`,
      'sent 2.0.0',
    ],
    goesOn: 'yes',
    content: 'hello\r\n',
  };
}

/** A line that is no reply stands before one, and is passed over. */
function stray(name: string, line: string, shown: string): Row {
  return {
    name: `passed over: ${name}`,
    host: { on: { RCPT: { raw: `${line}\r\n250 ok\r\n` } } },
    result: 'sent 2.0.0',
    goesOn: 'yes',
    content: 'hello\r\n',
    log: [`Q: non-ESMTP response from N:25: ${shown}`],
  };
}

/** Nothing that is said after this can be trusted to answer anything. */
function nonsense(name: string, answer: string | { readonly raw: string }, quoted: string): Row {
  return {
    name,
    host: { on: { RCPT: answer } },
    result: `deferred 4.5.0 host: Protocol error: host N said: ${quoted}`,
    goesOn: 'no',
    content: [],
  };
}

/** A reply, but none to RCPT TO. */
function noAnswer(code: string): Row {
  return nonsense(`${code} is no answer`, `${code} what`, `${code} what (in reply to RCPT TO command)`);
}

const full = (text: string, code: string): string => text.padEnd(code.length + 2_043, 'x');

export const replies: readonly Row[] = [
  reply('a bare code', '550', '5.0.0', '550'),
  reply('a code and a space', '550 ', '5.0.0', '550 '),
  reply('no detail', '550 no', '5.0.0', '550 no'),
  reply('a detail of several digits', '550 5.7.26 spf', '5.7.26', '550 5.7.26 spf'),
  reply('a detail of nine digits is the most', '550 5.123.456 x', '5.123.456', '550 5.123.456 x'),
  reply('a detail that is too long is none', '550 5.1.1000 x', '5.0.0', '550 5.1.1000 x'),
  reply('half a detail', '550 5.1 x', '5.0.0', '550 5.1 x'),
  reply('a detail and no text', '550 5.1.1', '5.1.1', '550 5.1.1'),
  reply('a detail glued to the text', '550 5.1.1x', '5.0.0', '550 5.1.1x'),
  reply('a detail behind a hash', '550 #5.1.1 x', '5.0.0', '550 #5.1.1 x'),
  reply('a detail of the other class, 4yz', '450 5.7.1 x', '4.0.0', '450 5.7.1 x'),
  reply('a detail of the other class, 5yz', '550 4.7.1 x', '5.0.0', '550 4.7.1 x'),
  reply('a detail of success', '450 2.1.5 x', '4.0.0', '450 2.1.5 x'),
  reply('lines', '550-5.1.1 no such\r\n550 5.1.1 user', '5.1.1', '550-5.1.1 no such 550 5.1.1 user'),
  reply(
    'a detail in the first line only',
    '550-5.1.1 no such\r\n550 user',
    '5.1.1',
    '550-5.1.1 no such 550 user',
  ),
  reply(
    'a detail in the last line only',
    '550-no such\r\n550 5.1.1 user',
    '5.1.1',
    '550-no such 550 5.1.1 user',
  ),
  reply('two details: the last counts', '450-4.2.1 a\r\n450 4.2.2 b', '4.2.2', '450-4.2.1 a 450 4.2.2 b'),
  reply('mixed codes: the last counts, for worse', '250-ok\r\n550 5.1.1 no', '5.1.1', '250-ok 550 5.1.1 no'),
  reply(
    'mixed codes: the last counts, 5yz and 4yz',
    '550-5.1.1 no\r\n450 4.2.1 yet',
    '4.2.1',
    '550-5.1.1 no 450 4.2.1 yet',
  ),
  {
    name: 'mixed codes: the last counts, for better',
    host: { on: { RCPT: '550-no\r\n250 ok' } },
    result: 'sent 2.0.0',
    goesOn: 'yes',
  },
  reply('lines without text', '550-\r\n550', '5.0.0', '550- 550'),
  reply(
    'two hundred lines',
    `${'550-x\r\n'.repeat(199)}550 5.1.1 x`,
    '5.1.1',
    `${'550-x '.repeat(199)}550 5.1.1 x`,
  ),
  reply(
    'octet by octet',
    { bytes: '550-5.1.1 no such\r\n550 5.1.1 user' },
    '5.1.1',
    '550-5.1.1 no such 550 5.1.1 user',
  ),
  reply(
    'line ends of LF',
    { raw: '550-5.1.1 no such\n550 5.1.1 user\n' },
    '5.1.1',
    '550-5.1.1 no such 550 5.1.1 user',
  ),
  reply('a CR within a line', { raw: '550 5.1.1 no\rsuch\r\n' }, '5.1.1', '550 5.1.1 no?such'),
  reply('UTF-8', utf8('550 5.1.1 unbekannt: grüße'), '5.1.1', '550 5.1.1 unbekannt: grüße'),
  reply('what is no UTF-8', '550 5.1.1 gr\xfc\xdfe', '5.1.1', '550 5.1.1 gr??e'),
  reply('control characters', '550 5.1.1 a\x07b\x1b[31mc\td', '5.1.1', '550 5.1.1 a?b?[31mc?d'),
  reply('NUL', '550 5.1.1 a\0b', '5.1.1', '550 5.1.1 a?b'),
  reply('a text that turns itself around', utf8('550 5.1.1 a\u202eb'), '5.1.1', '550 5.1.1 a?b'),
  reply(
    'a line of 3,000 octets is cut',
    full('550 5.1.1 ', '550').concat('y'.repeat(1_000)),
    '5.1.1',
    `${full('550 5.1.1 ', '550').slice(0, 2_000)}...`,
  ),
  stray('no space behind the code', '550x no', '550x no'),
  stray('a tab behind the code', '550\tno', '550?no'),
  stray('two digits', '55 no', '55 no'),
  stray('a thousand digits', '5'.repeat(1_000), '5'.repeat(100)),
  stray('a space before the code', ' 550 no', ' 550 no'),
  stray('an empty line', '', ''),
  stray('blanks', '   ', '   '),
  stray('NUL before the code', '\x00550 no', '?550 no'),
  stray('a line within a reply', '250-ok\r\nuser', 'user'),
  stray('as many as there may be', 'a\r\n'.repeat(19).concat('b'), 'a'),
  {
    name: 'passed over: an empty line behind each reply',
    host: {
      on: {
        EHLO: '250-mx.test\r\n250 PIPELINING\r\n',
        MAIL: '250 ok\r\n',
        RCPT: '250 ok\r\n',
        DATA: '354 go\r\n',
        dot: '250 2.0.0 ok\r\n',
      },
    },
    result: 'sent 2.0.0',
    goesOn: 'yes',
    content: 'hello\r\n',
    log: ['warning: non-ESMTP response from N:25: ', 'Q: non-ESMTP response from N:25: '],
  },
  nonsense('more stray lines than anybody needs', 'a\r\n'.repeat(20).concat('b'), 'b'),
  ...['050', '150', '354', '650', '999'].map(noAnswer),
  nonsense('a line without an end', { raw: '5'.repeat(70_000) }, 'reply longer than 65536 octets'),
  nonsense('a reply of too many lines', '550-x\r\n'.repeat(300), 'reply of more than 200 lines'),
];
