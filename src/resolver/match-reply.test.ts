import { expect, test } from 'vitest';
import { matchReply } from './match-reply.ts';

const query = { id: 0x1234, name: 'example.org', type: 'A' } as const;
const name = '076578616d706c65036f726700';
const record = 'c00c000100010000003c0004c0000201';

const match = (...parts: string[]): string => matchReply(Buffer.from(parts.join(''), 'hex'), query).kind;

test.each([
  ['the reply', 'reply', ['12348180', '0001000100000000', name, '00010001', record]],
  [
    'the reply in other letters',
    'reply',
    ['12348180', '0001000000000000', '074558414d504c45036f726700', '00010001'],
  ],
  ['another ID', 'stranger', ['12358180', '0001000100000000', name, '00010001', record]],
  ['a query', 'stranger', ['12340100', '0001000000000000', name, '00010001']],
  ['another opcode', 'stranger', ['1234a980', '0001000000000000', name, '00010001']],
  ['another name', 'stranger', ['12348180', '0001000100000000', '036f726700', '00010001', record]],
  ['another type', 'stranger', ['12348180', '0001000000000000', name, '001c0001']],
  ['another class', 'stranger', ['12348180', '0001000000000000', name, '00010003']],
  ['no question', 'stranger', ['12348180', '0000000000000000']],
  ['no question, NXDOMAIN', 'stranger', ['12348183', '0000000000000000']],
  ['no question, FORMERR', 'reply', ['12348181', '0000000000000000']],
  ['two questions', 'stranger', ['12348180', '0002000000000000', name, '00010001', name, '00010001']],
  [
    'the right question, broken records',
    'garbled',
    ['12348180', '0001000100000000', name, '00010001', 'c00c00'],
  ],
  ['a few octets', 'stranger', ['1234']],
  ['nothing', 'stranger', ['']],
])('matchReply(): %s is %s', (_, kind, parts) => {
  expect(match(...parts)).toBe(kind);
});
