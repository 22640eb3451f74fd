import { expect, test } from 'vitest';
import { dnsReplies, soundReply } from '../../test/fuzz/dns-replies.ts';
import { runRounds } from '../../test/fuzz/target.ts';
import { decodeHead, decodeReply } from './wire.ts';

test('decodeReply(): the seed is a good message', () => {
  const head = decodeHead(soundReply);
  expect(head).toBeDefined();
  expect(head && decodeReply(soundReply, head)).toMatchObject({
    authentic: true,
    extendedErrors: ['DNSSEC Bogus'],
  });
});

test('decodeReply(), answerFromReply(): no mutation throws, brings a name that is none, or claims more than it says', () => {
  expect(runRounds(dnsReplies, 1, (seed) => seed <= 30_000).deep).toBeGreaterThan(5_000);
});

const question = '076578616d706c65036f72670000340001';

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
