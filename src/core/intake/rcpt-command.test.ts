import { expect, test } from 'vitest';
import { parseRcptCommand } from './rcpt-command.ts';

const ascii = { smtpUtf8: false, hostname: 'relay.example' };
const completed = { ...ascii, appendOrigin: 'origin.example' };
const utf8 = { smtpUtf8: true, hostname: 'relay.example' };

test.each([
  ['a recipient', '<a@b.example>', ascii, { address: 'a@b.example' }],
  [
    'the postmaster of this host',
    '<PostMaster>',
    ascii,
    { address: 'PostMaster@relay.example', original: 'PostMaster' },
  ],
  ['a recipient without a domain', 'user', completed, { address: 'user@origin.example', original: 'user' }],
  [
    'the postmaster of the origin',
    '<postmaster>',
    completed,
    { address: 'postmaster@origin.example', original: 'postmaster' },
  ],
  ['an address literal', '<a@[192.0.2.1]>', ascii, { address: 'a@[192.0.2.1]' }],
  ['NOTIFY=NEVER', '<a@b.example> NOTIFY=never', ascii, { address: 'a@b.example', notify: ['NEVER'] }],
  [
    'a NOTIFY list',
    '<a@b.example> NOTIFY=DELAY,SUCCESS,delay',
    ascii,
    { address: 'a@b.example', notify: ['SUCCESS', 'DELAY'] },
  ],
  [
    'ORCPT',
    '<a@b.example> ORCPT=rfc822;x+2By@z.example',
    ascii,
    { address: 'a@b.example', orcpt: 'rfc822;x+y@z.example' },
  ],
  ['a UTF-8 recipient', '<ü@ü.example>', utf8, { address: 'ü@xn--tda.example', written: 'ü@ü.example' }],
  [
    'a UTF-8 ORCPT',
    '<a@b.example> ORCPT=utf-8;ü@z.example',
    utf8,
    { address: 'a@b.example', orcpt: 'utf-8;\\x{FC}@z.example' },
  ],
])('parseRcptCommand(): %s', (_, argument, context, recipient) => {
  expect(parseRcptCommand(`RCPT TO:${argument}`, context)).toEqual({ kind: 'rcpt', recipient });
});

test.each([
  ['<>', ascii, '501 5.1.3 Bad recipient address syntax'],
  ['<a..b c@d.example>', ascii, '501 5.1.3 Bad recipient address syntax'],
  ['<a@1.2.3.4>', ascii, '501 5.1.3 Bad recipient address syntax'],
  ['<user>', ascii, '550 5.1.3 <user>: Recipient address rejected: need fully-qualified address'],
  ['<ü@b.example>', ascii, '553 5.6.7 Must declare SMTPUTF8 to send unicode address'],
  ['<a@b.example> NOTIFY=NEVER,DELAY', ascii, '501 5.5.4 Error: Bad NOTIFY parameter syntax'],
  ['<a@b.example> NOTIFY=SOON', ascii, '501 5.5.4 Error: Bad NOTIFY parameter syntax'],
  ['<a@b.example> NOTIFY', ascii, '501 5.5.4 Error: Bad NOTIFY parameter syntax'],
  ['<a@b.example> ORCPT=x@y.example', ascii, '501 5.5.4 Error: Bad ORCPT parameter syntax'],
  ['<a@b.example> ORCPT=rfc822;', ascii, '501 5.5.4 Error: Bad ORCPT parameter syntax'],
  ['<a@b.example> ORCPT=rfc822;a+0Ab', ascii, '501 5.5.4 Error: Bad ORCPT parameter syntax'],
  ['<a@b.example> ORCPT=utf-8;ü@b', ascii, '501 5.5.4 Error: Bad ORCPT parameter syntax'],
  ['<a@b.example> ORCPT=rfc822;ü@b', utf8, '501 5.5.4 Error: Bad ORCPT parameter syntax'],
  [`<a@b.example> ORCPT=rfc822;${'x'.repeat(500)}`, ascii, '501 5.5.4 Error: Bad ORCPT parameter syntax'],
  ['<a@b.example> SIZE=1', ascii, '555 5.5.4 Unsupported option: SIZE=1'],
])('parseRcptCommand(): %s is refused', (argument, context, reply) => {
  expect(parseRcptCommand(`RCPT TO:${argument}`, context)).toEqual({ kind: 'refused', reply });
});
