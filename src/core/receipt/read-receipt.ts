import type { RecordType } from '../dns/record.ts';
import type { Receipt } from './receipt.ts';

const recordTypes = [
  'A',
  'AAAA',
  'MX',
  'TLSA',
  'CNAME',
  'NS',
  'SOA',
  'PTR',
  'TXT',
] as const satisfies readonly RecordType[];

type Members = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isFlag: Check = (value) => typeof value === 'boolean';
/** As the relay writes it. */
const isTime: Check = (value) =>
  typeof value === 'string' &&
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) &&
  !Number.isNaN(Date.parse(value));
const isOneOf =
  (...words: readonly unknown[]): Check =>
  (value) =>
    words.includes(value);
const isListOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
/** Members whose name ends in `?` may be absent; others that it has are no concern. */
const hasShape =
  (shape: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(shape).every(([key, check]) => {
      const name = key.replace('?', '');
      const member = (value as Members)[name];
      return key !== name && member === undefined ? true : check(member);
    });

const isReceipt = hasShape({
  schema: isOneOf(1),
  issuer: isText,
  message: hasShape({
    queueId: isText,
    messageId: isText,
    sender: isText,
    arrivedAt: isTime,
    size: isCount,
  }),
  recipient: isText,
  outcome: hasShape({
    state: isOneOf('delivered', 'bounced', 'expired'),
    at: isTime,
    dsn: isText,
    reply: isText,
    attempts: isCount,
  }),
  'session?': hasShape({
    host: isText,
    address: isText,
    port: isCount,
    'tls?': hasShape({ word: isText, protocol: isText, cipher: isText }),
    'judgement?': hasShape({
      at: isTime,
      level: isText,
      chain: isListOf(isText),
      records: isListOf(isText),
      names: isListOf(isText),
      'digests?': isListOf(isText),
      'matched?': hasShape({ record: isText, depth: isCount, 'peerName?': isText }),
    }),
  }),
  answers: isListOf(
    hasShape({
      name: isText,
      type: isOneOf(...recordTypes),
      at: isTime,
      kind: isOneOf('found', 'absent', 'failed'),
      'ad?': isFlag,
      'ttl?': isCount,
      'owner?': isText,
      'aliases?': isListOf(isText),
      'records?': isListOf(isText),
      'recordsLeftOut?': isCount,
      'detail?': isText,
    }),
  ),
  'answersLeftOut?': isCount,
});

/** A receipt that others give us; undefined if it is none of this form. */
export function readReceipt(value: unknown): Receipt | undefined {
  return isReceipt(value) ? (value as Receipt) : undefined;
}
