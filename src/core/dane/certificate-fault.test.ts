import { expect, test } from 'vitest';
import { makeCertificate } from '../../../test/support/test-ca.ts';
import { certificateFault } from './certificate-fault.ts';

const sound = makeCertificate({ names: ['mx.example.org'] }).der;

/** The same, with other octets in place of the first that are these. */
function changed(from: string, to: string): Buffer {
  const hex = sound.toString('hex');
  expect(hex).toContain(from);
  return Buffer.from(hex.replace(from, to), 'hex');
}

test('certificateFault(): nothing to say of a sound certificate', () => {
  expect(certificateFault(sound)).toBeUndefined();
});

test.each([
  ['nothing', () => Buffer.alloc(0), /not one value/],
  ['an octet more', () => Buffer.concat([sound, Buffer.of(0)]), /not one value/],
  ['something else in DER', () => Buffer.from('3003020101', 'hex'), /fields of a certificate/],
  // notBefore begins 17 0d: another length of UTCTime is none.
  ['a date', () => changed('170d', '160d'), /dates are malformed/],
  // subjectAltName 2.5.29.17: its content no longer is a SEQUENCE.
  [
    'an extension',
    () => changed(sanStart(), sanStart().replace(/30(..)$/, '31$1')),
    /2\.5\.29\.17 is malformed/,
  ],
] as const)('certificateFault(): %s', (_, der, words) => {
  expect(certificateFault(der())).toMatch(words);
});

/** From the object identifier to the SEQUENCE of names within the OCTET STRING. */
function sanStart(): string {
  const found = /0603551d11(?:0101ff)?04..30../.exec(sound.toString('hex'))?.[0];
  if (found === undefined) throw new Error('no subjectAltName');
  return found;
}
