import { expect, test } from 'vitest';
import { decodeHead, decodeReply } from './wire.ts';

const question = '076578616d706c65036f72670000340001';
const seed = Buffer.from(
  [
    `123481a00001000300010001${question}`,
    'c00c000500010000003c000403616c69',
    'c00c003400010000003c0005030101abcd',
    'c00c000f00010000003c0007000a026d78c00c',
    'c00c000600010000003c0018c00cc00c0000000100000001000000010000000100000001',
    '00002904d0000080000006000f00020006',
  ].join(''),
  'hex',
);

/** Mulberry32: the same inputs in every run. */
function dice(state: number): () => number {
  let at = state;
  return () => {
    at = (at + 0x6d2b79f5) | 0;
    let mixed = Math.imul(at ^ (at >>> 15), 1 | at);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function mutate(random: () => number): Buffer {
  const message = Buffer.from(seed);
  for (let left = 1 + Math.floor(random() * 6); left > 0; left--) {
    const hard = [0, 1, 0x3f, 0x40, 0x80, 0xc0, 0xff];
    const octet =
      random() < 0.5 ? (hard[Math.floor(random() * hard.length)] ?? 0) : Math.floor(random() * 256);
    message[Math.floor(random() * message.length)] = octet;
  }
  return random() < 0.3 ? message.subarray(0, Math.floor(random() * message.length)) : message;
}

test('decodeReply(): the seed is a good message', () => {
  const head = decodeHead(seed);
  expect(head).toBeDefined();
  expect(head && decodeReply(seed, head)).toMatchObject({
    authentic: true,
    extendedErrors: ['DNSSEC Bogus'],
  });
});

test('decodeReply(): no mutation throws, hangs or brings a name that is none', () => {
  const random = dice(20_261_121);
  let readable = 0;
  for (let round = 0; round < 60_000; round++) {
    const message = mutate(random);
    const head = decodeHead(message);
    const reply = head && decodeReply(message, head);
    if (typeof reply !== 'object') continue;
    readable += 1;
    for (const { owner, value } of reply.answers) {
      if (!/^[a-z0-9_.-]+$/.test(owner)) throw new Error(`owner ${JSON.stringify(owner)}`);
      if (typeof value === 'string' && !/^[a-z0-9_.:-]+$/.test(value))
        throw new Error(`value ${JSON.stringify(value)}`);
    }
  }
  expect(readable).toBeGreaterThan(5000);
});

test('decodeReply(): 64 KiB of records behind a long chain of pointers take no more than a moment', () => {
  const chain = Buffer.alloc(16_000);
  const chainAt = 12 + question.length / 2 + 12;
  for (let at = 2; at + 1 < chain.length; at += 2)
    chain.writeUInt16BE(0xc000 | Math.min(chainAt + at - 2, 0x3fff), at);
  const answers: Buffer[] = [Buffer.from('c00cff0000010000003c3e80', 'hex'), chain];
  const last = Buffer.from('ffff000100010000003c0004c0000201', 'hex');
  last.writeUInt16BE(0xc000 | Math.min(chainAt + chain.length - 2, 0x3fff), 0);
  const count = 2800;
  for (let left = count; left > 0; left--) answers.push(last);
  const header = Buffer.from('123481800001000000000000', 'hex');
  header.writeUInt16BE(count + 1, 6);
  const message = Buffer.concat([header, Buffer.from(question, 'hex'), ...answers]);
  const head = decodeHead(message);
  const startedAt = performance.now();
  expect(head && decodeReply(message, head)).toHaveProperty('answers.length', count + 1);
  expect(performance.now() - startedAt).toBeLessThan(2000);
});
