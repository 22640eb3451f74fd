import { describe, expect, test } from 'vitest';
import { HeaderCompleter, type HeaderRules } from './header-completer.ts';

const own = {
  received: 'Received: us\r\n',
  date: 'now',
  messageId: '<new@relay.example>',
  from: 's@x.example',
};
const rules: HeaderRules = { appendOrigin: 'o', messageDropHeaders: new Set(['bcc', 'x-private']) };

function complete(message: string, pieceLength: number): { text: string; completer: HeaderCompleter } {
  const completer = new HeaderCompleter(own, rules);
  const pieces: Buffer[] = [];
  for (let at = 0; at < message.length; at += pieceLength) {
    pieces.push(...completer.push(Buffer.from(message.slice(at, at + pieceLength))));
  }
  pieces.push(...completer.finish());
  return { text: Buffer.concat(pieces).toString(), completer };
}

/** Fields that are there, so that none is added. */
const there = 'Date: x\r\nMessage-ID: <a@b>\r\nFrom: a@b\r\n';
const added = 'Message-ID: <new@relay.example>\r\nDate: now\r\nFrom: s@x.example\r\n';

describe.each([1, 2, 4, 7, 10_000])('HeaderCompleter in pieces of %i octets', (pieceLength) => {
  test.each([
    ['leaves a complete header alone', `${there}\r\nbody\r\n`, `${there}\r\nbody\r\n`],
    [
      'adds what is missing',
      'Subject: x\r\n\r\nDate: in body\r\n',
      `Subject: x\r\n${added}\r\nDate: in body\r\n`,
    ],
    [
      'adds the date alone',
      'Message-ID: <a@b>\r\nFrom: a@b\r\n\r\n',
      'Message-ID: <a@b>\r\nFrom: a@b\r\nDate: now\r\n\r\n',
    ],
    [
      'adds the sender alone',
      'Date: x\r\nMessage-ID: <a@b>\r\n\r\n',
      'Date: x\r\nMessage-ID: <a@b>\r\nFrom: s@x.example\r\n\r\n',
    ],
    ['divides a body from our fields', 'hello\r\n', `${added}\r\nhello\r\n`],
    ['divides a body from their fields', `${there}hello\r\n`, `${there}\r\nhello\r\n`],
    ['takes a first line that begins with a blank for the body', ' To: x\r\n', `${added}\r\n To: x\r\n`],
    ['completes a header without body', 'Subject: x\r\n', `Subject: x\r\n${added}`],
    ['completes an empty message', '', added],
    [
      'says who resent a message',
      `${there}Resent-To: c@d\r\n\r\n`,
      `${there}Resent-To: c@d\r\nResent-Message-ID: <new@relay.example>\r\nResent-Date: now\r\nResent-From: s@x.example\r\n\r\n`,
    ],
    [
      'leaves a resent message alone',
      `${there}Resent-From: c@d\r\nResent-Date: x\r\nResent-Message-ID: y\r\n\r\n`,
      `${there}Resent-From: c@d\r\nResent-Date: x\r\nResent-Message-ID: y\r\n\r\n`,
    ],
    [
      'renames a mailbox line',
      `From root Mon\r\n${there}\r\nFrom x\r\n`,
      `X-Mailbox-Line: From root Mon\r\n${there}\r\nFrom x\r\n`,
    ],
    [
      'renames several',
      `From a\r\n>From b\r\n>>From c\r\n${there}\r\n`,
      `X-Mailbox-Line: From a\r\nX-Mailbox-Line: >From b\r\nX-Mailbox-Line: >>From c\r\n${there}\r\n`,
    ],
    [
      'renames one before a body',
      '>From a\r\nFrom here\r\nhello\r\n',
      `X-Mailbox-Line: >From a\r\nX-Mailbox-Line: From here\r\n${added}\r\nhello\r\n`,
    ],
    ['takes no other line for one', `>Fro\r\n`, `${added}\r\n>Fro\r\n`],
    ['takes no later line for one', `${there}From x\r\n`, `${there}\r\nFrom x\r\n`],
    [
      'removes fields',
      `Bcc: a@b,\r\n c@d\r\n${there}X-Private : \r\n\tx\r\nbcc:\r\n\r\nBcc: e\r\n`,
      `${there}\r\nBcc: e\r\n`,
    ],
    [
      'completes addresses',
      `To: a,\r\n\tb@c, "D" <d>\r\n${there}Cc:\r\n e\r\n\r\nTo: f\r\n`,
      `To: a@o,\r\n\tb@c, "D" <d@o>\r\n${there}Cc:\r\n e@o\r\n\r\nTo: f\r\n`,
    ],
    [
      'completes no other fields',
      `Subject: To: a\r\nX-To: a\r\n${there}\r\n`,
      `Subject: To: a\r\nX-To: a\r\n${there}\r\n`,
    ],
  ])('%s', (_, message, expected) => {
    const { text } = complete(message, pieceLength);
    expect(text).toBe(`Received: us\r\n${expected}`);
  });

  test.each([
    [`${there}\r\n`, '<a@b>'],
    ['Date: x\r\n\r\n', '<new@relay.example>'],
    ['Message-ID:\r\n\r\n', ''],
  ])('knows the Message-ID that goes on: %j', (message, messageId) => {
    expect(complete(message, pieceLength).completer.messageId).toBe(messageId);
  });

  test('counts the octets that the header came with', () => {
    const header = `From x\r\n${there}Bcc: a\r\nTo: a\r\n`;
    expect(complete(`${header}\r\nbody`, pieceLength).completer.headerBytes).toBe(
      header.length + 'X-Mailbox-Line: '.length,
    );
  });
});

test('HeaderCompleter: without an origin addresses stay, and a field that is too long stays anyway', () => {
  const completer = new HeaderCompleter(own, { messageDropHeaders: new Set() });
  expect(Buffer.concat([...completer.push(Buffer.from('To: a\r\nBcc: b\r\n\r\n'))]).toString()).toContain(
    'To: a\r\nBcc: b\r\n',
  );
  const long = `To: ${'user, '.repeat(20_000)}a\r\nCc: a\r\n`;
  const { text } = complete(`${long}\r\n`, 10_000);
  expect(text).toContain(`Received: us\r\n${long.replace('Cc: a', 'Cc: a@o')}`);
});

test('HeaderCompleter: what is one piece in memory is passed on as one', () => {
  const completer = new HeaderCompleter(own, rules);
  const pieces = completer.push(Buffer.from(`Subject: x\r\n${there}\r\nbody\r\n`));
  expect(pieces.map(String)).toEqual(['Received: us\r\n', `Subject: x\r\n${there}\r\nbody\r\n`]);
});

test('HeaderCompleter: a line of > without end is not waited for', () => {
  const completer = new HeaderCompleter(own, rules);
  let kept = 0;
  for (let round = 0; round < 200; round += 1) {
    kept += 10;
    for (const piece of completer.push(Buffer.from('>'.repeat(10)))) kept -= piece.length;
    expect(kept).toBeLessThanOrEqual(2100);
  }
});

test('HeaderCompleter: hops do not count our own line', () => {
  expect(complete('Received: a\r\nReceived: b\r\n\r\nReceived: c\r\n', 5).completer.hops).toBe(2);
});

test('HeaderCompleter: the canonical sender is in the fields that say who a message is from, and in no others', () => {
  const canonicalSender = (address: string): string => (address === 'root@o' ? 'it@x.test' : address);
  const completer = new HeaderCompleter(own, { ...rules, canonicalSender });
  const header = 'From: Root <root>\r\nReply-To: root@o\r\nTo: root@o\r\nSubject: root@o\r\n';
  const text = Buffer.concat([
    ...completer.push(Buffer.from(`${header}${there}\r\n`)),
    ...completer.finish(),
  ]);
  expect(text.toString()).toBe(
    `Received: us\r\n${header.replace('<root>', '<it@x.test>').replace('Reply-To: root@o', 'Reply-To: it@x.test')}${there}\r\n`,
  );
});

test.each([
  [[], 'no', 'TLS-Required: No\r\n'],
  [['tls-required'], 'nothing', ''],
])('what a header says of TLS counts unless it is removed: %j', (dropped, said, kept) => {
  const completer = new HeaderCompleter(own, { messageDropHeaders: new Set(dropped) });
  const pieces = completer.push(Buffer.from(`TLS-Required: No\r\n${there}\r\n`));
  expect(Buffer.concat([...pieces, ...completer.finish()]).toString()).toBe(
    `${own.received}${kept}${there}\r\n`,
  );
  expect(completer.tlsRequired).toBe(said);
});

describe('HeaderCompleter: who asks for receipts', () => {
  test.each([
    ['by a field, whatever it says', `Dane-Receipt: no\r\n${there}\r\n`, true],
    ['in any case of letters', `${there}DANE-RECEIPT:\r\n\r\n`, true],
    ['not in the body', `${there}\r\nDane-Receipt: wanted\r\n`, false],
    ['not by a longer name', `X-Dane-Receipt: wanted\r\n${there}\r\n`, false],
  ])('%s', (_, message, wanted) => {
    for (const length of [1, 7, 10_000])
      expect(complete(message, length).completer.wantsReceipt).toBe(wanted);
  });

  test('also by a field that is removed', () => {
    const removing = new HeaderCompleter(own, { ...rules, messageDropHeaders: new Set(['dane-receipt']) });
    const pieces = [...removing.push(Buffer.from(`Dane-Receipt: x\r\n${there}\r\n`)), ...removing.finish()];
    expect(Buffer.concat(pieces).toString()).toBe(`${own.received}${there}\r\n`);
    expect(removing.wantsReceipt).toBe(true);
  });
});
