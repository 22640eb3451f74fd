import type { Row } from '../row.ts';
import { goodbye, utf8 } from './acts.ts';

const big = { octets: 20_000_000 };
const atEnd = (reply: string): string => `host N said: ${reply} (in reply to end of DATA command)`;
const cut = { goesOn: 'no', content: [] } as const;
const long = 'x'.repeat(998);
const eightBit =
  'MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nso many letters, and an ü\r\n';
const sevenBit = eightBit.replace('8bit', 'quoted-printable').replace('ü', '=C3=BC');
const signed =
  'MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nü\r\n--b--\r\n';
const international = { sender: 'a@example.org', smtpUtf8: true } as const;

export const content: readonly Row[] = [
  {
    name: 'dots are doubled',
    mail: { content: '.\r\n..a\r\nb.\r\n' },
    result: 'sent 2.0.0',
    goesOn: 'yes',
    content: '..\r\n...a\r\nb.\r\n',
  },
  {
    name: 'a last line without its end gets one',
    mail: { content: 'a\r\nb' },
    result: 'sent 2.0.0',
    goesOn: 'yes',
    content: 'a\r\nb\r\n',
  },
  { name: 'none at all', mail: { content: '' }, result: 'sent 2.0.0', goesOn: 'yes', content: '' },
  {
    name: 'looks like an end of content',
    mail: { content: 'a\r\n.\r\nQUIT\r\n' },
    result: 'sent 2.0.0',
    goesOn: 'yes',
    content: 'a\r\n..\r\nQUIT\r\n',
  },
  {
    name: 'a line that is too long is broken',
    mail: { content: `${long}\r\n${long}y\r\n.\r\n` },
    result: 'sent 2.0.0',
    goesOn: 'yes',
    content: `${long}\r\n${long}\r\n y\r\n..\r\n`,
    log: ['breaking line > 998 bytes with <CR><LF>SPACE'],
  },
  { name: 'twenty megabytes', mail: big, result: 'sent 2.0.0', goesOn: 'yes' },
  { name: 'twenty megabytes over TLS', level: 'dane', mail: big, result: 'sent 2.0.0', goesOn: 'yes' },
  {
    name: 'a host that reads slowly',
    host: { readPauseMs: 5 },
    mail: { octets: 4_000_000 },
    result: 'sent 2.0.0',
    goesOn: 'yes',
  },
  {
    name: 'a host that reads too slowly to be waited for',
    host: { readPauseMs: 900 },
    mail: big,
    result: 'deferred 4.4.2 host: conversation with N timed out while sending message body',
    ...cut,
  },
  {
    name: 'refused while it is sent',
    host: { during: { octets: 100_000, act: { deaf: '552 5.3.4 enough' } } },
    mail: big,
    result: `bounced 5.3.4 message: ${atEnd('552 5.3.4 enough')}`,
    ...cut,
  },
  {
    name: 'put off while it is sent',
    host: { during: { octets: 100_000, act: { deaf: '451 4.3.1 disk' } } },
    mail: big,
    result: `deferred 4.3.1 message: ${atEnd('451 4.3.1 disk')}`,
    ...cut,
  },
  {
    name: 'accepted while it is sent, which cannot be',
    host: { during: { octets: 100_000, act: { deaf: '250 2.0.0 fine' } } },
    mail: big,
    result: `deferred 4.5.0 host: Protocol error: ${atEnd('250 2.0.0 fine')}`,
    ...cut,
  },
  {
    name: 'chatter while it is sent',
    host: { during: { octets: 100_000, act: 'hm...' } },
    mail: { octets: 400_000 },
    result: 'sent 2.0.0',
    goesOn: 'yes',
  },
  {
    name: '421 while it is sent',
    host: { during: { octets: 100_000, act: { deaf: '421 4.3.2 closing' } } },
    mail: big,
    result: `deferred 4.3.2 message: ${atEnd('421 4.3.2 closing')}`,
    ...cut,
  },
  {
    name: 'the host reads no more',
    host: { during: { octets: 100_000, act: { deaf: '' } } },
    mail: big,
    result: 'deferred 4.4.2 host: conversation with N timed out while sending message body',
    ...cut,
  },
  {
    name: 'closed while it is sent',
    host: { during: { octets: 100_000, act: goodbye } },
    mail: big,
    result: 'deferred 4.4.2 host: lost connection with N while sending message body',
    ...cut,
  },
  {
    name: '8 bits where they are offered',
    mail: { content: eightBit, body: '8BITMIME' },
    result: 'sent 2.0.0',
    goesOn: 'yes',
    saw: ['MAIL FROM:<a@example.org> SIZE=123 BODY=8BITMIME'],
    content: utf8(eightBit),
    log: [],
  },
  {
    name: '8 bits where they are not offered are converted',
    host: { offers: ['PIPELINING'] },
    mail: { content: eightBit, body: '8BITMIME' },
    result: 'sent 2.0.0',
    goesOn: 'yes',
    never: ['MAIL FROM:<a@example.org> '],
    content: sevenBit,
    log: ['converting to 7 bits for N'],
  },
  {
    name: '8 bits that nobody spoke of, behind HELO',
    host: { on: { EHLO: '502 what' } },
    mail: { content: eightBit },
    result: 'sent 2.0.0',
    goesOn: 'yes',
    content: sevenBit,
  },
  {
    name: '7 bits that were called 8 stay as they are',
    host: { offers: [] },
    mail: { content: 'Content-Transfer-Encoding: 8bit\r\n\r\na=b \r\n', body: '8BITMIME' },
    result: 'sent 2.0.0',
    goesOn: 'yes',
    content: 'Content-Transfer-Encoding: 8bit\r\n\r\na=b \r\n',
    log: [],
  },
  {
    name: '8 bits that are signed cannot be converted',
    host: { offers: [] },
    mail: { content: signed },
    result:
      'bounced 5.6.3 host: message has a signed part and cannot be converted to 7 bits, but no server was found that ' +
      'supports 8BITMIME. The last attempted server was N',
    goesOn: 'yes',
    never: ['MAIL'],
  },
  {
    name: 'UTF-8 in the header where SMTPUTF8 is offered',
    host: { offers: ['8BITMIME', 'SMTPUTF8'] },
    mail: { ...international, content: 'Subject: ü\r\n\r\nx\r\n' },
    result: 'sent 2.0.0',
    goesOn: 'yes',
    saw: ['MAIL FROM:<a@example.org> SMTPUTF8'],
  },
  {
    name: 'UTF-8 in the header where it is not offered',
    mail: { ...international, content: 'Subject: ü\r\n\r\nx\r\n' },
    result:
      'bounced 5.6.7 host: message requires SMTPUTF8, but no server was found that supports SMTPUTF8. ' +
      'The last attempted server was N',
    goesOn: 'yes',
    never: ['MAIL'],
  },
  {
    name: 'SMTPUTF8 asked for and not needed',
    mail: { ...international, content: 'Subject: u\r\n\r\nü\r\n' },
    result: 'sent 2.0.0',
    goesOn: 'yes',
    content: utf8('Subject: u\r\n\r\nü\r\n'),
  },
  {
    name: 'an address in UTF-8 where SMTPUTF8 is offered',
    host: { offers: ['8BITMIME', 'SMTPUTF8'] },
    mail: { smtpUtf8: true, recipients: [{ address: 'ü@example.net' }] },
    result: 'sent 2.0.0',
    goesOn: 'yes',
    saw: [utf8('RCPT TO:<ü@example.net>')],
  },
  {
    name: 'an address in UTF-8 where it is not offered',
    mail: { smtpUtf8: true, recipients: [{ address: 'ü@example.net' }] },
    result:
      'bounced 5.6.7 host: message requires SMTPUTF8, but no server was found that supports SMTPUTF8. ' +
      'The last attempted server was N',
    goesOn: 'yes',
  },
];
