import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { makeCertificate } from '../../test/support/test-ca.ts';
import { readLiberally } from './read-liberally.ts';

const sound = makeCertificate({ names: ['mx.example.org', 'gr\u00fc\u00dfe.example'] }).der;

/** The same, with other octets in place of the first that are these. */
function changed(from: RegExp, to: string): Buffer {
  const hex = sound.toString('hex');
  expect(hex).toMatch(from);
  return Buffer.from(hex.replace(from, to), 'hex');
}

test('readLiberally(): what a certificate says', () => {
  const { validFromDate, validToDate } = new X509Certificate(sound) as unknown as Record<string, Date>;
  expect(readLiberally(sound)).toMatchObject({
    names: ['DNS:mx.example.org', expect.stringMatching(/^DNS:gr/)],
    notBefore: (validFromDate ?? new Date(new X509Certificate(sound).validFrom)).getTime(),
    notAfter: (validToDate ?? new Date(new X509Certificate(sound).validTo)).getTime(),
  });
  expect(readLiberally(sound).refused).toBeUndefined();
});

describe('readLiberally(): what the relay refuses is shown with the reason', () => {
  test('an extension that is malformed', () => {
    // keyUsage and the like may say anything; here it is subjectAltName whose content is no SEQUENCE.
    const broken = changed(/(0603551d11(?:0101ff)?04..)30/, '$131');
    expect(readLiberally(broken)).toMatchObject({
      subject: readLiberally(sound).subject,
      issuer: readLiberally(sound).issuer,
      refused: 'its extension 2.5.29.17 is malformed',
    });
  });

  test('lengths that are longer than they need be (X.690 §10.1)', () => {
    // The outer SEQUENCE, 30 82 xx xx, with three octets of length.
    const long = Buffer.concat([Buffer.from([0x30, 0x83, 0]), sound.subarray(2)]);
    expect(readLiberally(long)).toMatchObject({
      names: readLiberally(sound).names,
      refused: 'it is not one value in DER (X.690)',
    });
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['noise', Buffer.from('hello, world')],
    ['half of a certificate', sound.subarray(0, sound.length >> 1)],
    ['a sequence of nothing', Buffer.from('3000', 'hex')],
  ])('%s: nothing but the reason', (_, der) => {
    expect(readLiberally(der)).toEqual({ subject: '', issuer: '', names: [], refused: expect.any(String) });
  });
});

describe('readLiberally(): what a remote host may send', () => {
  test('nested without end, and more values than any certificate has', () => {
    const nested = Buffer.from('3080'.repeat(20_000), 'hex');
    const many = Buffer.concat([
      Buffer.from([0x30, 0x82, 0xea, 0x60]),
      Buffer.alloc(60_000, Buffer.from('0500', 'hex')),
    ]);
    for (const der of [nested, many]) {
      const counted = { subject: '', issuer: '', names: [] };
      expect(readLiberally(der)).toMatchObject(counted);
    }
    expect(readLiberally(Buffer.concat([sound, Buffer.alloc(100_000)])).subject).toBe('');
  });

  test('names with controls, and more of them than are shown', () => {
    const names = Array.from({ length: 300 }, (_, at) => `host-${at}.example.org`);
    const evil = makeCertificate({ names: ['a\u001b[2J\r\nb.example.org', ...names] });
    const read = readLiberally(evil.der);
    expect(read.names.length).toBe(100);
    for (const one of read.names) expect(one).toMatch(/^DNS:[\x20-\x7e]*$/);
  });

  test('any octet of it changed: no exception', () => {
    for (let at = 0; at < sound.length; at += 3) {
      const der = Buffer.from(sound);
      der[at] = (der[at] ?? 0) ^ 0xff;
      expect(() => readLiberally(der)).not.toThrow();
    }
  });
});
