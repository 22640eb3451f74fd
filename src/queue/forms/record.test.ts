import { describe, expect, it } from 'vitest';
import {
  decodeProgress,
  decodeRecord,
  destinationsOf,
  encodeProgress,
  encodeRecord,
  readDot,
  type QueueRecord,
} from './record.ts';

const record: QueueRecord = {
  message: {
    queueId: '4abc',
    envelope: {
      sender: 'a@example.org',
      recipients: [{ address: 'b@x.test', notify: ['FAILURE'] }, { address: 'c@y.test' }],
      body: '8BITMIME',
      smtpUtf8: false,
    },
    arrivedAt: 1,
    size: 10,
    messageId: '<1@x>',
  },
  routing: new Map([
    ['x.test', [0]],
    ['y.test', [1]],
  ]),
};

describe('decodeRecord()', () => {
  it('gives back what encodeRecord() stored', () => {
    expect(decodeRecord(encodeRecord(record))).toEqual(record);
  });

  it('gives back a message that requires TLS, of which relays before it know nothing', () => {
    const { message, routing } = record;
    const secret = {
      message: { ...message, envelope: { ...message.envelope, requireTls: true } },
      routing,
    } as const;
    const stored = encodeRecord(secret);
    expect(stored).toMatch(/^\{"v":2,/);
    expect(decodeRecord(stored)).toEqual(secret);
    expect(() => decodeRecord(stored, 1)).toThrow('unknown version 2');
    expect(encodeRecord(record)).toMatch(/^\{"v":1,/);
    expect(decodeRecord(encodeRecord(record), 1)).toEqual(record);
  });

  it('refuses a version it does not know', () => {
    const later = encodeRecord(record).replace('"v":1', '"v":3');
    expect(() => decodeRecord(later)).toThrow('unknown version 3');
  });
});

describe('readDot()', () => {
  it.each([
    ['', []],
    ['*', [1, 3, 5]],
    ['3', [3]],
    ['5,1', [1, 5]],
    ['2,3', [3]],
  ])('%j of those who wait', (text, indexes) => {
    expect(readDot(text, [1, 3, 5])).toEqual(indexes);
  });
});

describe('decodeProgress()', () => {
  const progress = { left: [0], attempts: 2, nextAt: 9, last: { dsn: '4.0.0', reason: 'x' } };

  it('gives back what encodeProgress() stored', () => {
    expect(decodeProgress(encodeProgress(progress))).toEqual(progress);
  });

  it('refuses a version it does not know', () => {
    expect(() => decodeProgress(encodeProgress(progress).replace('{', '{"v":2,'))).toThrow(
      'unknown version 2',
    );
  });
});

it('destinationsOf(): those it was accepted for and those it was moved to, each once', () => {
  const routing = new Map([
    ['a.test', [0]],
    ['b.test', [1]],
  ]);
  const fields = ['record', 'left', 'size', 's:b.test', 's:smtps:[c.test]:465', 'dot:b.test'];
  expect(destinationsOf(routing, fields)).toEqual(['a.test', 'b.test', 'smtps:[c.test]:465']);
});
