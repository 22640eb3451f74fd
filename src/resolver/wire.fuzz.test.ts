import { expect, test } from 'vitest';
import { dnsReplies, soundReply } from '../../test/fuzz/dns-replies.ts';
import { runRounds } from '../../test/fuzz/target.ts';
import { decodeHead, decodeReply } from './wire.ts';
import { nameReader } from './wire-name.ts';

test('decodeReply(): the seed is a good message', () => {
  const head = decodeHead(soundReply);
  expect(head).toBeDefined();
  expect(head && decodeReply(soundReply, head)).toMatchObject({
    authentic: true,
    extendedErrors: { texts: ['DNSSEC Bogus'] },
  });
});

test('decodeReply(), answerFromReply(): no mutation throws, brings a name that is none, or claims more than it says', () => {
  expect(runRounds(dnsReplies, 1, (seed) => seed <= 30_000).deep).toBeGreaterThan(5_000);
});

const question = '076578616d706c65036f72670000340001';

/** A message that has the octets right behind the question, in the RDATA of a record that nobody asked about. */
function messageWith(filling: Buffer, owners: readonly Buffer[]): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(filling.length);
  const rest = Buffer.from('000100010000003c0004c0000201', 'hex');
  const header = Buffer.from('123481800001000000000000', 'hex');
  header.writeUInt16BE(owners.length + 1, 6);
  return Buffer.concat([
    header,
    Buffer.from(question, 'hex'),
    Buffer.from('c00cff0000010000003c', 'hex'),
    length,
    filling,
    ...owners.flatMap((owner) => [owner, rest]),
  ]);
}

const fillingAt = 12 + question.length / 2 + 12;
const pointerTo = (offset: number): Buffer => Buffer.from([0xc0 | (offset >> 8), offset & 255]);

test.each([
  [
    'names that all end in one of the greatest length',
    Buffer.from(`${'0161'.repeat(126)}00`, 'hex'),
    (nth: number) =>
      Buffer.concat([Buffer.from(nth % 2 === 0 ? '' : '0162', 'hex'), pointerTo(fillingAt + 2)]),
  ],
  [
    'names behind as many pointers as there may be',
    Buffer.concat([
      Buffer.from('016100', 'hex'),
      ...Array.from({ length: 120 }, (_, nth) => pointerTo(fillingAt + (nth === 0 ? 0 : 1 + 2 * nth))),
    ]),
    (nth: number) => pointerTo(fillingAt + 3 + 2 * (nth % 120)),
  ],
])('decodeReply(): the work grows with the message and no faster: %s', (_, filling, owner) => {
  const message = messageWith(
    filling,
    Array.from({ length: 3800 }, (_, nth) => owner(nth)),
  );
  let octets = 0;
  const readName = nameReader(message, (more) => void (octets += more));
  const head = decodeHead(message);
  expect(head && decodeReply(message, head, readName)).toHaveProperty('answers.length', 3801);
  expect(octets).toBeLessThan(message.length);
});

test('decodeReply(): thousands of pointers that lead to pointers are no name', () => {
  const chain = Buffer.concat([
    Buffer.from('016100', 'hex'),
    ...Array.from({ length: 4000 }, (_, nth) => pointerTo(fillingAt + (nth === 0 ? 0 : 1 + 2 * nth))),
  ]);
  const message = messageWith(chain, [pointerTo(fillingAt + 1 + 2 * 4000)]);
  const head = decodeHead(message);
  expect(head && decodeReply(message, head)).toBe('a name of too many pointers');
});
