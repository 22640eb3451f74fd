import { describe, expect, test } from 'vitest';
import type { Capabilities } from './capabilities.ts';
import { hasInternationalAddress, isSafePath, mailCommand, rcptCommand } from './commands.ts';
import type { Transaction } from './transaction.ts';

const all: Capabilities = {
  name: 'mx.example',
  startTls: true,
  pipelining: true,
  eightBitMime: true,
  smtpUtf8: true,
  dsn: true,
  size: 0,
};
const none: Capabilities = {
  name: '',
  startTls: false,
  pipelining: false,
  eightBitMime: false,
  smtpUtf8: false,
  dsn: false,
  size: false,
};
const transaction: Transaction = {
  sender: 'a@example.org',
  recipients: [{ address: 'b@example.net' }],
  body: '7BIT',
  smtpUtf8: false,
  size: 1234,
  content: () => [],
};

describe('isSafePath()', () => {
  test.each(['', 'a@example.org', '"a\\"b"@example.org', 'üser@example.org', 'a+b=c@[192.0.2.1]'])(
    'takes %j',
    (path) => {
      expect(isSafePath(path)).toBe(true);
    },
  );

  test.each([
    'a@example.org\r\nDATA',
    'a@example.org\nDATA',
    'a@example.org\rDATA',
    'a@example.org\0',
    'a@example.org SIZE=1',
    '"a b"@example.org',
    'a\tb@example.org',
    'a>@example.org',
    '<a@example.org',
    'a\u00a0b@example.org',
    'a\u2028b@example.org',
    'a\u0085b@example.org',
    'a\u007f@example.org',
  ])('refuses %j', (path) => {
    expect(isSafePath(path)).toBe(false);
  });
});

describe('mailCommand()', () => {
  test('says nothing a server without extensions could misread', () => {
    const asked: Transaction = { ...transaction, body: '8BITMIME', ret: 'HDRS', envid: 'x', smtpUtf8: true };
    expect(mailCommand(asked, none, true)).toBe('MAIL FROM:<a@example.org>\r\n');
  });

  test('gives size, body, SMTPUTF8 and DSN parameters', () => {
    const asked: Transaction = { ...transaction, body: '8BITMIME', ret: 'FULL', envid: 'QQ+1=2 3' };
    expect(mailCommand(asked, all, true)).toBe(
      'MAIL FROM:<a@example.org> SIZE=1234 BODY=8BITMIME SMTPUTF8 RET=FULL ENVID=QQ+2B1+3D2+203\r\n',
    );
  });

  test('says nothing of a body it was told nothing special about, nor SMTPUTF8 where it is not needed', () => {
    expect(mailCommand(transaction, all, false)).toBe('MAIL FROM:<a@example.org> SIZE=1234\r\n');
  });

  test('the null sender', () => {
    expect(mailCommand({ ...transaction, sender: '' }, none, false)).toBe('MAIL FROM:<>\r\n');
  });

  test('an envelope id cannot end the line', () => {
    expect(mailCommand({ ...transaction, envid: 'x\r\nDATA' }, all, false)).toContain(
      'ENVID=x+0D+0ADATA\r\n',
    );
  });
});

describe('rcptCommand()', () => {
  test('names the mailbox alone where DSN is not offered', () => {
    const recipient = { address: 'b@example.net', notify: ['NEVER'], orcpt: 'rfc822;x@example.net' } as const;
    expect(rcptCommand(recipient, none)).toBe('RCPT TO:<b@example.net>\r\n');
  });

  test('adds an original recipient where there is none', () => {
    expect(rcptCommand({ address: 'b+c=d@example.net' }, all)).toBe(
      'RCPT TO:<b+c=d@example.net> ORCPT=rfc822;b+2Bc+3Dd@example.net\r\n',
    );
  });

  test('says what the client named, if another address was made of it', () => {
    expect(rcptCommand({ address: 'b@example.net', original: 'b' }, all)).toBe(
      'RCPT TO:<b@example.net> ORCPT=rfc822;b\r\n',
    );
    expect(rcptCommand({ address: 'b@example.net', original: 'b', orcpt: 'rfc822;c' }, all)).toBe(
      'RCPT TO:<b@example.net> ORCPT=rfc822;c\r\n',
    );
  });

  test('passes on NOTIFY and ORCPT', () => {
    const recipient = {
      address: 'b@example.net',
      notify: ['SUCCESS', 'FAILURE'],
      orcpt: 'rfc822;a+b@x',
    } as const;
    expect(rcptCommand(recipient, all)).toBe(
      'RCPT TO:<b@example.net> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;a+2Bb@x\r\n',
    );
  });

  test('an address outside ASCII travels in escapes', () => {
    expect(rcptCommand({ address: 'ü+b@example.net' }, all)).toBe(
      'RCPT TO:<ü+b@example.net> ORCPT=utf-8;\\x{FC}\\x{2B}b@example.net\r\n',
    );
  });

  test('an original recipient cannot end the line or add a parameter', () => {
    const line = rcptCommand({ address: 'b@example.net', orcpt: 'rfc822;x\r\nDATA y' }, all);
    expect(line).toBe('RCPT TO:<b@example.net> ORCPT=rfc822;x+0D+0ADATA+20y\r\n');
  });

  test.each(['no type', ';x', 'rfc822;', 'rfc 822;x'])(
    'replaces the malformed original recipient %j',
    (orcpt) => {
      expect(rcptCommand({ address: 'b@example.net', orcpt }, all)).toBe(
        'RCPT TO:<b@example.net> ORCPT=rfc822;b@example.net\r\n',
      );
    },
  );
});

test.each<[string, Partial<Transaction>, boolean]>([
  ['all is ASCII', { smtpUtf8: true }, false],
  ['the sender is not ASCII', { sender: 'ü@example.org' }, true],
  ['a recipient is not ASCII', { recipients: [{ address: 'b@x' }, { address: 'ü@x' }] }, true],
])('hasInternationalAddress(): %s', (_, part, needed) => {
  expect(hasInternationalAddress({ ...transaction, ...part })).toBe(needed);
});

test('mailCommand(): REQUIRETLS goes on as it came (RFC 8689 §2)', () => {
  expect(mailCommand({ ...transaction, requireTls: true }, none, false)).toBe(
    'MAIL FROM:<a@example.org> REQUIRETLS\r\n',
  );
  expect(mailCommand(transaction, all, false)).not.toContain('REQUIRETLS');
});
