import { generateKeyPairSync, randomInt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { recordName, recordText } from '../../../src/core/dkim/key-record.ts';
import type { Signed } from '../../../src/core/dkim/message-signer.ts';
import { startSigning, type SigningRules } from '../../../src/dkim/message-signing.ts';
import { publicKeyOf, type SigningKey } from '../../../src/dkim/signing-key.ts';
import { headerChoice } from '../../../src/core/dkim/header-names.ts';
import { verifyDkim, type Verdicts } from '../../support/dkim-verifiers.ts';

/** Signatures as programs read them that others wrote. */

const domain = 'example.org';
const keys: readonly SigningKey[] = [
  {
    domain,
    selector: 'r',
    algorithm: 'rsa-sha256',
    bits: 2048,
    privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
    file: '',
  },
  {
    domain,
    selector: 'e',
    algorithm: 'ed25519-sha256',
    bits: 256,
    privateKey: generateKeyPairSync('ed25519').privateKey,
    file: '',
  },
];
const international = 'xn--mller-kva.example';
const records = Object.fromEntries(
  [domain, international].flatMap((name) =>
    keys.map((key) => [recordName(key.selector, name), recordText(publicKeyOf(key))]),
  ),
);
const rules: SigningRules = {
  header: headerChoice(['built-in'], ['built-in']),
  keysFor: (name) =>
    name === domain ? keys : name === international ? keys.map((key) => ({ ...key, domain: name })) : [],
  expireMs: 0,
  now: Date.now,
};

async function signed(content: Buffer, pieceBytes = content.length || 1): Promise<Signed> {
  const signer = startSigning(rules)();
  for (let at = 0; at < content.length; at += pieceBytes) signer.push(content.subarray(at, at + pieceBytes));
  return signer.end();
}

async function verdicts(content: Buffer): Promise<Verdicts> {
  const { fields } = await signed(content);
  return verifyDkim(Buffer.concat([fields, content]), records);
}

const pass: Verdicts = {
  perl: ['rsa-sha256 r example.org pass'],
  python: ['rsa-sha256 r example.org pass', 'ed25519-sha256 e example.org pass'],
};

const from = 'From: Somebody <a@example.org>';
const usual = [
  'Received: by relay.test; now',
  from,
  'To: b@example.net',
  'Subject: hello',
  'Date: Sun, 29 Nov 2026 20:00:00 +0000',
  'Message-ID: <1@example.org>',
];
const message = (header: readonly string[], ...body: readonly string[]): Buffer =>
  Buffer.from([...header, '', ...body].join('\r\n'));

describe('both verifiers take', () => {
  test.each([
    ['a usual message', message(usual, 'Hello,', '', 'how are you?', '')],
    ['an empty body', message(usual, '')],
    ['a body of empty lines', message(usual, '', '', '', '', '')],
    ['a body of blanks', message(usual, '  ', '\t', '')],
    ['a message without a body', Buffer.from(`${usual.join('\r\n')}\r\n`)],
    ['empty lines and blanks at the end', message(usual, 'x', ' ', '\t ', '', '')],
    ['blanks everywhere', message(usual, ' a\t\t b  c ', '\td', '')],
    ['eight bits in the body', message(usual, 'gr\u00fc\u00dfe \u00a0 \u00a0', '')],
    [
      'UTF-8 in the header',
      message([...usual, 'Comments: \u00fc', 'Cc: \u00a0\u00fc <c@example.net>'], 'x', ''),
    ],
    ['folded fields', message([...usual, 'References: <a@b>', '\t<c@d>', '   <e@f>', ' '], 'x', '')],
    ['fields twice', message([...usual, 'To: c@example.net', 'Subject:', 'List-Id: <x.y>'], 'x', '')],
    ['names in odd case', message([...usual, 'rEPLY-tO:c@example.org', 'MIME-VERSION: 1.0'], 'x', '')],
    [
      'a megabyte of other fields',
      message([...usual, ...Array.from({ length: 15_000 }, (_, n) => `X-${n}: ${'x'.repeat(60)}`)], 'x', ''),
    ],
    [
      'a To of a hundred lines',
      message(
        [
          ...usual,
          'Cc: a@b.test,',
          ...Array.from({ length: 100 }, (_, n) => ` user${n}@example.net,`),
          ' z@example.net',
        ],
        'x',
        '',
      ),
    ],
  ])('%s', async (_, content) => {
    expect(await verdicts(content)).toEqual(pass);
  });

  test('a body without a line break at its end, which the end of DATA adds', async () => {
    const content = message(usual, 'no end');
    const { fields } = await signed(content);
    expect(await verifyDkim(Buffer.concat([fields, content, Buffer.from('\r\n')]), records)).toEqual(pass);
  });

  test('short bodies, whatever they are made of and however they are cut', async () => {
    const pieces = ['\r\n', '\r\n\r\n', ' ', '\t', '  ', 'a', 'bc', '\u00fc', '.', '=', '\u00a0'];
    for (let round = 0; round < 12; round += 1) {
      const body = Array.from({ length: randomInt(60) }, () => pieces[randomInt(pieces.length)]).join('');
      const content = message(usual, body, '');
      const { fields } = await signed(content, 1 + randomInt(20));
      const found = await verifyDkim(Buffer.concat([fields, content]), records);
      expect({ body, ...found }).toEqual({ body, ...pass });
    }
  });
});

test('RFC 8616 §5: a message whose author is at an international domain has the A-labels of it', async () => {
  const content = message(
    ['From: J\u00fcrgen <j\u00fc@m\u00fcller.example>', ...usual.slice(2)],
    'gr\u00fc\u00dfe',
    '',
  );
  expect(await verdicts(content)).toEqual({
    perl: ['rsa-sha256 r xn--mller-kva.example pass'],
    python: ['rsa-sha256 r xn--mller-kva.example pass', 'ed25519-sha256 e xn--mller-kva.example pass'],
  });
});

test('blanks before a colon count for nothing', async () => {
  const content = message([...usual, 'Reply-To \t: c@example.org'], 'x', '');
  const { fields } = await signed(content);
  const clean = content.toString().replace('Reply-To \t:', 'Reply-To:');
  expect(await verifyDkim(Buffer.concat([fields, Buffer.from(clean)]), records)).toEqual(pass);
});

describe('both verifiers see', () => {
  const content = message(usual, 'Hello', '');
  const broken = (from: string, to: string): Buffer =>
    Buffer.from(content.toString('latin1').replace(from, to), 'latin1');

  test.each([
    ['another body', broken('Hello', 'Help')],
    ['another subject', broken('Subject: hello', 'Subject: help')],
    ['a second From', broken('Subject:', 'From: x@example.net\r\nSubject:')],
    ['a second Subject', broken('Subject:', 'Subject: other\r\nSubject:')],
    ['a Reply-To that was not there', broken('Subject:', 'Reply-To: x@example.net\r\nSubject:')],
    ['a Content-Type that was not there', broken('Subject:', 'Content-Type: text/html\r\nSubject:')],
  ])('%s', async (_, changed) => {
    const { fields } = await signed(content);
    const { perl, python } = await verifyDkim(Buffer.concat([fields, changed]), records);
    expect([...perl, ...python].filter((verdict) => verdict.endsWith(' pass'))).toEqual([]);
    expect(perl).toHaveLength(1);
    expect(python).toHaveLength(2);
  });

  test('no harm in a Received in front, nor in folding that another program changes', async () => {
    const { fields } = await signed(content);
    const refolded = broken('From: Somebody ', 'from:  Somebody\r\n ');
    const all = Buffer.concat([Buffer.from('Received: by another\r\n\twith folding\r\n'), fields, refolded]);
    expect(await verifyDkim(all, records)).toEqual(pass);
  });
});
