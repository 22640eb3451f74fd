import { describe, expect, test } from 'vitest';
import type { Capabilities } from './capabilities.ts';
import { planEnvelope } from './envelope-plan.ts';
import type { Transaction } from './transaction.ts';

const peer = { host: 'mx.example', address: '192.0.2.1', port: 25 };
const relay = 'mx.example[192.0.2.1]:25';
const capabilities: Capabilities = {
  name: 'mx.example',
  startTls: false,
  pipelining: true,
  eightBitMime: true,
  smtpUtf8: true,
  dsn: false,
  size: 1000,
};
const transaction: Transaction = {
  sender: 'a@example.org',
  recipients: [{ address: 'b@example.net' }, { address: 'c@example.net' }],
  body: '7BIT',
  smtpUtf8: false,
  size: 1000,
  content: () => [],
};

describe('planEnvelope()', () => {
  test('one MAIL line, and a RCPT line for each recipient', () => {
    expect(planEnvelope(transaction, capabilities, peer)).toEqual({
      kind: 'ask',
      mail: 'MAIL FROM:<a@example.org> SIZE=1000\r\n',
      recipients: [
        { index: 0, line: 'RCPT TO:<b@example.net>\r\n' },
        { index: 1, line: 'RCPT TO:<c@example.net>\r\n' },
      ],
      unspeakable: new Map(),
    });
  });

  test('refuses a message that is too long for the server', () => {
    expect(planEnvelope({ ...transaction, size: 1001 }, capabilities, peer)).toEqual({
      kind: 'refused',
      status: {
        outcome: 'bounced',
        dsn: '5.3.4',
        reason: 'message size 1001 exceeds size limit 1000 of server mx.example[192.0.2.1]',
        scope: 'message',
        relay,
      },
    });
  });

  test.each([0, false] as const)('knows no limit where SIZE says %s', (size) => {
    expect(planEnvelope({ ...transaction, size: 1e9 }, { ...capabilities, size }, peer).kind).toBe('ask');
  });

  test('refuses, for this host, what needs SMTPUTF8 where it is not offered', () => {
    const plan = planEnvelope({ ...transaction, smtpUtf8: true }, { ...capabilities, smtpUtf8: false }, peer);
    expect(plan).toEqual({
      kind: 'refused',
      status: {
        outcome: 'bounced',
        dsn: '5.6.7',
        reason:
          'message requires SMTPUTF8, but no server was found that supports SMTPUTF8. ' +
          'The last attempted server was mx.example[192.0.2.1]',
        scope: 'host',
        relay,
      },
    });
  });

  test('content of 8 bits goes also where 8BITMIME is not offered', () => {
    const plan = planEnvelope(
      { ...transaction, body: '8BITMIME' },
      { ...capabilities, eightBitMime: false },
      peer,
    );
    expect(plan).toMatchObject({ kind: 'ask', mail: 'MAIL FROM:<a@example.org> SIZE=1000\r\n' });
  });

  test('never says a sender that would end the line', () => {
    const plan = planEnvelope({ ...transaction, sender: 'a\r\nRSET' }, capabilities, peer);
    expect(plan).toMatchObject({
      kind: 'refused',
      status: { outcome: 'bounced', dsn: '5.1.7', scope: 'message' },
    });
  });

  test('never says a recipient that would end the line; the others are asked for', () => {
    const recipients = [{ address: 'x\r\nDATA' }, { address: 'b@example.net' }, { address: '' }];
    const plan = planEnvelope({ ...transaction, recipients }, capabilities, peer);
    expect(plan).toMatchObject({ recipients: [{ index: 1, line: 'RCPT TO:<b@example.net>\r\n' }] });
    const bad = {
      outcome: 'bounced',
      dsn: '5.1.3',
      reason: 'bad recipient address syntax',
      scope: 'recipient',
      relay,
    };
    expect(plan).toMatchObject({
      unspeakable: new Map([
        [0, bad],
        [2, bad],
      ]),
    });
  });
});
