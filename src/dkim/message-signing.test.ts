import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { startSigning, type SigningRules } from './message-signing.ts';
import type { SigningKey } from './signing-key.ts';

const key = (domain: string, selector: string): SigningKey => ({
  domain,
  selector,
  algorithm: 'ed25519-sha256',
  bits: 256,
  privateKey: generateKeyPairSync('ed25519').privateKey,
  file: '',
});
const one = key('example.org', 'one');
const rules: SigningRules = {
  header: { sign: ['From', 'To', 'X'], oversign: new Set(['from']) },
  keysFor: (domain) => (domain === 'example.org' ? [one] : []),
  expireMs: 0,
  now: () => 1_700_000_000_999,
};

async function signed(content: string, changed: Partial<SigningRules> = {}) {
  const signer = startSigning({ ...rules, ...changed })();
  signer.push(Buffer.from(content, 'latin1'));
  const { fields, notes } = await signer.end();
  return { text: fields.toString('latin1').replaceAll(/\s/g, ''), notes };
}

const message = 'From: a@example.org\r\nTo: b@x.test\r\n\r\nbody\r\n';

describe('a signature', () => {
  test('says who, when, and what it covers', async () => {
    const { text, notes } = await signed(message);
    expect(text).toMatch(
      /^DKIM-Signature:v=1;a=ed25519-sha256;c=relaxed\/relaxed;d=example\.org;s=one;t=1700000000;h=From:From:To;bh=[^;]{44};b=[^;]{88}$/,
    );
    expect(notes).toEqual([
      { kind: 'signed', selector: 'one', domain: 'example.org', algorithm: 'ed25519-sha256' },
    ]);
  });

  test('expires only if it is told to', async () => {
    expect((await signed(message, { expireMs: 60_001 })).text).toContain(';t=1700000000;x=1700000061;');
  });

  test('is made by every key, and a broken one hinders no other', async () => {
    const broken = { ...key('example.org', 'broken'), privateKey: createSecretKey(Buffer.alloc(32)) };
    const { text, notes } = await signed(message, {
      keysFor: () => [one, broken, key('example.org', 'two')],
    });
    expect(text.match(/s=\w+/g)).toEqual(['s=one', 's=two']);
    expect(notes.map(({ kind }) => kind)).toEqual(['signed', 'unsigned', 'signed']);
    expect(notes[1]).toMatchObject({
      isTrouble: true,
      reason: expect.stringMatching(/^the key broken of example\.org does not sign: /),
    });
  });

  test('is made for the first author who has a key', async () => {
    const content = message.replace('a@example.org', 'x@other.test, <y@example.org>');
    expect((await signed(content)).text).toContain('d=example.org;');
  });

  test('is the same for a line that is broken on its way', async () => {
    const long = `${message}${'x'.repeat(3000)}\r\n`;
    const broken = `${message}${'x'.repeat(998)}\r\n ${'x'.repeat(997)}\r\n ${'x'.repeat(997)}\r\n ${'x'.repeat(8)}\r\n`;
    const hash = (text: string): string => /bh=([^;]+)/.exec(text)?.[1] ?? '';
    expect(hash((await signed(long)).text)).toBe(hash((await signed(broken)).text));
  });
});

describe('none is made, and why', () => {
  test.each([
    ['To: b@x.test\r\n\r\n', 'no From field'],
    ['', 'no From field'],
    ['From: a@example.org\r\nFrom: a@example.org\r\n\r\n', 'several From fields'],
    ['From: a\r\n\r\n', 'no domain in the From field'],
    ['From: a@other.test, b@another.test\r\n\r\n', 'no key for other.test, another.test'],
    [`${'X: y\r\n'.repeat(300)}${message}`, 'too many header fields to be signed'],
    [`${`X: ${'y'.repeat(990)}\r\n`.repeat(140)}${message}`, 'the header fields to be signed are too large'],
  ])('%.40j', async (content, reason) => {
    expect(await signed(content)).toEqual({
      text: '',
      notes: [{ kind: 'unsigned', reason, isTrouble: false }],
    });
  });
});
