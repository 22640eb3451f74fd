import { describe, expect, test } from 'vitest';
import type { Capabilities } from './capabilities.ts';
import type { SevenBitPlan } from '../mime/seven-bit-plan.ts';
import { needsScan, planEnvelope } from './envelope-plan.ts';
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

const plain: SevenBitPlan = { encodings: new Map(), charsets: new Map(), internationalHeader: false };

describe('planEnvelope()', () => {
  test('one MAIL line, and a RCPT line for each recipient', () => {
    expect(planEnvelope(transaction, capabilities, peer, undefined)).toEqual({
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
    expect(planEnvelope({ ...transaction, size: 1001 }, capabilities, peer, undefined)).toEqual({
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
    expect(planEnvelope({ ...transaction, size: 1e9 }, { ...capabilities, size }, peer, undefined).kind).toBe(
      'ask',
    );
  });

  describe('where SMTPUTF8 is not offered', () => {
    const ascii = { ...capabilities, smtpUtf8: false };
    const refusal = {
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
    };

    test.each<[string, Partial<Transaction>, SevenBitPlan]>([
      ['has a header in UTF-8', { smtpUtf8: true }, { ...plain, internationalHeader: true }],
      ['has a sender in UTF-8', { smtpUtf8: true, sender: 'ü@example.org' }, plain],
      ['has a recipient in UTF-8', { smtpUtf8: true, recipients: [{ address: 'ü@example.net' }] }, plain],
    ])('refuses, for this host, what %s', (_, part, scan) => {
      expect(planEnvelope({ ...transaction, ...part }, ascii, peer, scan)).toEqual(refusal);
    });

    test('says nothing of it where only the client spoke of it', () => {
      const asked = { ...transaction, smtpUtf8: true };
      expect(needsScan(asked, ascii)).toBe(true);
      expect(needsScan(transaction, ascii)).toBe(false);
      expect(planEnvelope(asked, ascii, peer, plain)).toMatchObject({
        mail: 'MAIL FROM:<a@example.org> SIZE=1000\r\n',
      });
    });
  });

  describe('where 8BITMIME is not offered', () => {
    const sevenBit = { ...capabilities, smtpUtf8: false, eightBitMime: false };
    const eightBit: SevenBitPlan = { ...plain, encodings: new Map([[0, 'base64']]) };

    test('content is looked through, whatever the client said of it', () => {
      expect(needsScan(transaction, sevenBit)).toBe(true);
      expect(needsScan(transaction, { ...sevenBit, eightBitMime: true })).toBe(false);
      expect(needsScan(transaction, { ...sevenBit, smtpUtf8: true })).toBe(false);
    });

    test('7-bit content goes as it is, 8-bit content is converted', () => {
      expect(planEnvelope(transaction, sevenBit, peer, plain)).not.toHaveProperty('conversion');
      expect(planEnvelope(transaction, sevenBit, peer, eightBit)).toMatchObject({
        mail: 'MAIL FROM:<a@example.org> SIZE=1000\r\n',
        conversion: eightBit,
      });
    });

    test('refuses, for this host, what cannot be converted', () => {
      const scan = { ...eightBit, obstacle: 'has a signed part' };
      expect(planEnvelope(transaction, sevenBit, peer, scan)).toEqual({
        kind: 'refused',
        status: {
          outcome: 'bounced',
          dsn: '5.6.3',
          reason:
            'message has a signed part and cannot be converted to 7 bits, but no server was found that supports ' +
            '8BITMIME. The last attempted server was mx.example[192.0.2.1]',
          scope: 'host',
          relay,
        },
      });
    });
  });

  test('never says a sender that would end the line', () => {
    const plan = planEnvelope({ ...transaction, sender: 'a\r\nRSET' }, capabilities, peer, undefined);
    expect(plan).toMatchObject({
      kind: 'refused',
      status: { outcome: 'bounced', dsn: '5.1.7', scope: 'message' },
    });
  });

  test('never says a recipient that would end the line; the others are asked for', () => {
    const recipients = [{ address: 'x\r\nDATA' }, { address: 'b@example.net' }, { address: '' }];
    const plan = planEnvelope({ ...transaction, recipients }, capabilities, peer, undefined);
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
