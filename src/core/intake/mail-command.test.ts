import { expect, test } from 'vitest';
import { parseMailCommand } from './mail-command.ts';

const plain = { kind: 'mail', sender: 'a@b.example', body: '7BIT', smtpUtf8: false };

test.each([
  ['a sender', '<a@b.example>', plain],
  ['the null sender', '<>', { ...plain, sender: '' }],
  ['BODY in any case', '<a@b.example> BODY=8bitMIME', { ...plain, body: '8BITMIME' }],
  ['a sender that has to be quoted', '<a..b@b.example>', { ...plain, sender: '"a..b"@b.example' }],
  ['SIZE', '<a@b.example> SIZE=1000', { ...plain, declaredSizeBytes: 1000 }],
  ['RET and ENVID', '<a@b.example> RET=hdrs ENVID=QQ+2B31+20x', { ...plain, ret: 'HDRS', envid: 'QQ+31 x' }],
  ['SMTPUTF8', '<ü@b.example> SMTPUTF8', { ...plain, sender: 'ü@b.example', smtpUtf8: true }],
  [
    'a U-label with SMTPUTF8',
    '<a@ü.example> SMTPUTF8',
    { ...plain, sender: 'a@xn--tda.example', senderWritten: 'a@ü.example', smtpUtf8: true },
  ],
])('parseMailCommand(): %s', (_, argument, expected) => {
  expect(parseMailCommand(`MAIL FROM:${argument}`, { messageSizeLimitBytes: 1000 })).toEqual(expected);
});

test.each([
  ['<a@b.example> SIZE=1001', '552 5.3.4 Message size exceeds fixed limit'],
  ['<a@b.example> SIZE=99999999999999999999', '552 5.3.4 Message size exceeds fixed limit'],
  ['<a@b.example> SIZE=x', '501 5.5.4 Bad message size syntax'],
  ['<a@b.example> SIZE', '501 5.5.4 Bad message size syntax'],
  ['<a@b.example> SIZE=-1', '501 5.5.4 Bad message size syntax'],
  ['<a@b.example> BODY=BINARYMIME', '555 5.5.4 Unsupported option: BODY=BINARYMIME'],
  ['<a@b.example> SMTPUTF8=yes', '555 5.5.4 Unsupported option: SMTPUTF8=yes'],
  ['<a@b.example> FOO=bar', '555 5.5.4 Unsupported option: FOO=bar'],
  ['<a@b.example> AUTH=<>', '555 5.5.4 Unsupported option: AUTH=<>'],
  ['<a@b.example> REQUIRETLS', '555 5.5.4 Unsupported option: REQUIRETLS'],
  ['<a@b.example> NOTIFY=NEVER', '555 5.5.4 Unsupported option: NOTIFY=NEVER'],
  ['<a@b.example> FOO=ü', '555 5.5.4 Unsupported option: FOO=?'],
  ['<a@b.example> RET=SOME', '501 5.5.4 Bad RET parameter syntax'],
  ['<a@b.example> ENVID=a+0D+0Ab', '501 5.5.4 Bad ENVID parameter syntax'],
  ['<a@b.example> ENVID=a+2b', '501 5.5.4 Bad ENVID parameter syntax'],
  [`<a@b.example> ENVID=${'x'.repeat(101)}`, '501 5.5.4 Bad ENVID parameter syntax'],
  ['<ü@b.example>', '553 5.6.7 Must declare SMTPUTF8 to send unicode address'],
  ['<a@ü.example>', '553 5.6.7 Must declare SMTPUTF8 to send unicode address'],
  ['<root>', '553 5.1.7 <root>: Sender address rejected: need fully-qualified address'],
  ['<a b@c.example>', '501 5.1.7 Bad sender address syntax'],
  ['<>x', '501 5.5.4 Syntax: MAIL FROM:<address>'],
])('parseMailCommand(): %s is refused', (argument, reply) => {
  expect(parseMailCommand(`MAIL FROM:${argument}`, { messageSizeLimitBytes: 1000 })).toEqual({
    kind: 'refused',
    reply,
  });
});

test.each([
  ['offered', ' REQUIRETLS', { ...plain, requireTls: true }],
  ['offered', ' requiretls SIZE=9', { ...plain, requireTls: true, declaredSizeBytes: 9 }],
  ['offered', ' REQUIRETLS=yes', '555 5.5.4 Unsupported option: REQUIRETLS=yes'],
  ['offered', ' REQUIRETLS REQUIRETLS', '501 5.5.4 Error: duplicate REQUIRETLS parameter'],
  ['under TLS', ' REQUIRETLS', '530 5.7.10 Error: REQUIRETLS needs TLS: STARTTLS comes first'],
  ['none', ' REQUIRETLS', '555 5.5.4 Unsupported option: REQUIRETLS'],
] as const)(
  'parseMailCommand(): where REQUIRETLS is %s, of%s comes %j',
  (takesRequireTls, words, expected) => {
    const context = { messageSizeLimitBytes: 1000, takesRequireTls };
    const wanted = typeof expected === 'string' ? { kind: 'refused', reply: expected } : expected;
    expect(parseMailCommand(`MAIL FROM:<a@b.example>${words}`, context)).toEqual(wanted);
  },
);

test('parseMailCommand(): a sender without a domain is completed', () => {
  const context = { messageSizeLimitBytes: 1000, appendOrigin: 'origin.example' };
  expect(parseMailCommand('MAIL FROM: root', context)).toEqual({ ...plain, sender: 'root@origin.example' });
  expect(parseMailCommand('MAIL FROM:<>', context)).toEqual({ ...plain, sender: '' });
});
