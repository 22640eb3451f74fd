import type { Row } from '../row.ts';

const sent = { result: 'sent 2.0.0', goesOn: 'yes' } as const;
const tooLong = (size: number, limit: number): string =>
  `bounced 5.3.4 message: message size ${size} exceeds size limit ${limit} of server N`;

export const abilities: readonly Row[] = [
  {
    name: 'SIZE without a number',
    host: { offers: ['SIZE'] },
    ...sent,
    saw: ['MAIL FROM:<a@example.org> SIZE=7'],
  },
  {
    name: 'SIZE 0 is no limit',
    host: { offers: ['SIZE 0'] },
    ...sent,
    saw: ['MAIL FROM:<a@example.org> SIZE=7'],
  },
  {
    name: 'SIZE that is no number is no limit',
    host: { offers: ['SIZE lots'] },
    ...sent,
    saw: ['MAIL FROM:<a@example.org> SIZE=7'],
  },
  { name: 'SIZE that is just enough', host: { offers: ['SIZE 7'] }, ...sent },
  {
    name: 'SIZE that is too small: not a word',
    host: { offers: ['SIZE 6'] },
    result: tooLong(7, 6),
    goesOn: 'no',
    never: ['MAIL FROM:<a@'],
  },
  {
    name: 'two limits of SIZE: none',
    host: { offers: ['SIZE 6', 'SIZE 1000'] },
    ...sent,
    saw: ['MAIL FROM:<a@example.org> SIZE=7'],
  },
  {
    name: 'two limits of SIZE, the larger one first: none',
    host: { offers: ['SIZE 1000', 'SIZE 6'] },
    ...sent,
    saw: ['MAIL FROM:<a@example.org> SIZE=7'],
  },
  {
    name: 'two limits of SIZE that are one',
    host: { offers: ['SIZE 6', 'SIZE 6'] },
    result: tooLong(7, 6),
    goesOn: 'no',
    never: ['MAIL FROM:<a@'],
  },
  { name: 'no SIZE', host: { offers: ['PIPELINING'] }, ...sent, never: ['MAIL FROM:<a@example.org> '] },
  {
    name: 'nothing at all',
    host: { offers: [] },
    ...sent,
    never: ['MAIL FROM:<a@example.org> ', 'RCPT TO:<r1@example.net> '],
  },
  {
    name: 'keywords that mean nothing to us',
    host: {
      offers: [
        'X-EXPS GSSAPI',
        'CHUNKING',
        'BINARYMIME',
        'XFORWARD NAME',
        'AUTH PLAIN',
        'AUTH=PLAIN',
        'ETRN',
        '',
      ],
    },
    ...sent,
    never: ['BDAT', 'XFORWARD', 'AUTH'],
  },
  {
    name: 'DSN: what was asked for is passed on',
    host: { offers: ['DSN'] },
    mail: {
      ret: 'HDRS',
      envid: 'a+b=c',
      recipients: [
        { address: 'x@example.net', notify: ['SUCCESS', 'FAILURE'], orcpt: 'rfc822;x+1@example.net' },
        { address: 'y@example.net', notify: ['NEVER'] },
        { address: 'z@example.net' },
      ],
    },
    ...sent,
    saw: [
      'MAIL FROM:<a@example.org> RET=HDRS ENVID=a+2Bb+3Dc',
      'RCPT TO:<x@example.net> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;x+2B1@example.net',
      'RCPT TO:<y@example.net> NOTIFY=NEVER ORCPT=rfc822;y@example.net',
      'RCPT TO:<z@example.net> ORCPT=rfc822;z@example.net',
    ],
  },
  {
    name: 'DSN and SMTPUTF8: the original recipient in UTF-8',
    host: { offers: ['DSN', 'SMTPUTF8', '8BITMIME'] },
    mail: { smtpUtf8: true, recipients: [{ address: 'x@example.net', orcpt: 'utf-8;ü@example.net' }] },
    ...sent,
    saw: ['RCPT TO:<x@example.net> ORCPT=utf-8;\\x{FC}@example.net'],
  },
  {
    name: 'no DSN: none of it is said',
    host: { offers: ['PIPELINING'] },
    mail: {
      ret: 'FULL',
      envid: 'e',
      recipients: [{ address: 'x@example.net', notify: ['NEVER'], orcpt: 'rfc822;x@y' }],
    },
    ...sent,
    never: ['MAIL FROM:<a@example.org> ', 'RCPT TO:<x@example.net> '],
  },
  { name: 'the null sender', mail: { sender: '' }, ...sent, saw: ['MAIL FROM:<> SIZE=7'] },
  {
    name: 'a sender that is more than an address',
    mail: { sender: 'a@example.org> SIZE=1' },
    result: 'bounced 5.1.7 message: bad sender address syntax',
    goesOn: 'yes',
    never: ['MAIL FROM:<a@example.org> SIZE=1'],
  },
  {
    name: 'a recipient that is more than an address',
    mail: { recipients: [{ address: 'x@example.net\r\nRSET' }, { address: 'y@example.net' }] },
    result: ['bounced 5.1.3 recipient: bad recipient address syntax', 'sent 2.0.0'],
    goesOn: 'yes',
    saw: ['RCPT TO:<y@example.net>'],
    never: ['RCPT TO:<x', 'RSET'],
  },
];
