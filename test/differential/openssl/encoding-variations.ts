import { boolean, der, integer, objectIdentifier, sequence, time } from '../../support/der-writer.ts';
import { attributeTypes, day, extension, generalName, name, now } from '../../support/test-ca.ts';
import { host } from './case.ts';

/** The members of a TBSCertificate, each encoded (RFC 5280 §4.1). */
export interface Members {
  readonly version: Buffer;
  readonly serialNumber: Buffer;
  readonly algorithm: Buffer;
  readonly issuer: Buffer;
  readonly validity: Buffer;
  readonly subject: Buffer;
  readonly spki: Buffer;
  readonly uniqueIds: Buffer;
  readonly extensions: Buffer;
  /** The algorithm outside the part that is signed. */
  readonly outerAlgorithm: Buffer;
}

export type Variation = (usual: Members) => Partial<Members>;

const ecdsa = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
const alternativeName = extension('2.5.29.17', false, sequence(generalName.dns(host)));
const isAuthority = extension('2.5.29.19', true, sequence(boolean(true)));
const usualExtensions = [alternativeName, isAuthority];
const explicit = (...extensions: readonly Buffer[]): Buffer => der(0xa3, sequence(...extensions));
const utc = (text: string): Buffer => der(0x17, text);
const generalized = (text: string): Buffer => der(0x18, text);
const [before, after] = [time(now - day), time(now + day)];

/** What a variation starts from: an authority by its extensions, and a server by its name. */
export const usual: Omit<Members, 'issuer' | 'subject' | 'spki'> = {
  version: der(0xa0, integer(2)),
  serialNumber: integer(77),
  algorithm: ecdsa,
  validity: sequence(before, after),
  uniqueIds: Buffer.alloc(0),
  extensions: explicit(...usualExtensions),
  outerAlgorithm: ecdsa,
};

/** An element whose length takes an octet more than it must: BER, not DER. */
function longLength(element: Buffer): Buffer {
  const lengthOctets = element[1] ?? 0;
  const [head, content] =
    lengthOctets < 0x80
      ? [[0x81, lengthOctets], element.subarray(2)]
      : [
          [lengthOctets + 1, 0, ...element.subarray(2, 2 + (lengthOctets & 0x7f))],
          element.subarray(2 + (lengthOctets & 0x7f)),
        ];
  return Buffer.concat([element.subarray(0, 1), Buffer.from(head), content]);
}

/** Sloppy and rare encodings that OpenSSL can read; what it cannot read never comes out of a handshake. */
export const variations: Readonly<Record<string, Variation>> = {
  usual: () => ({}),
  'version 2': () => ({ version: der(0xa0, integer(1)) }),
  'version 1 with extensions': () => ({ version: Buffer.alloc(0) }),
  'version 1 in so many words': () => ({ version: der(0xa0, integer(0)) }),
  'version 4': () => ({ version: der(0xa0, integer(3)) }),
  'serial number 0': () => ({ serialNumber: integer(0) }),
  'negative serial number': () => ({ serialNumber: der(0x02, Buffer.from([0x80, 1])) }),
  'serial number of 30 octets': () => ({ serialNumber: der(0x02, Buffer.alloc(30, 0x55)) }),
  'algorithm with NULL': () => {
    const algorithm = sequence(objectIdentifier('1.2.840.10045.4.3.2'), der(0x05));
    return { algorithm, outerAlgorithm: algorithm };
  },
  'two algorithms': () => ({ outerAlgorithm: sequence(objectIdentifier('1.2.840.10045.4.3.3')) }),
  'two algorithms, the inner one unknown': () => ({ algorithm: sequence(objectIdentifier('1.2.3.4')) }),
  'GeneralizedTime before 2050': () => ({
    validity: sequence(generalized('20260101000000Z'), generalized('20270101000000Z')),
  }),
  'UTCTime with an offset': () => ({ validity: sequence(utc('260101000000+0100'), after) }),
  'GeneralizedTime with a fraction': () => ({ validity: sequence(before, generalized('20270101000000.5Z')) }),
  'a date that is none': () => ({ validity: sequence(utc('261301000000Z'), after) }),
  'a date of letters': () => ({ validity: sequence(utc('abcdefghijklZ'), after) }),
  'midnight as 24 hours': () => ({ validity: sequence(utc('260101240000Z'), after) }),
  'no well-defined end': () => ({ validity: sequence(before, generalized('99991231235959Z')) }),
  'from 1970': () => ({ validity: sequence(utc('700101000000Z'), after) }),
  'from 1949': () => ({ validity: sequence(generalized('19490101000000Z'), after) }),
  'from the year 0': () => ({ validity: sequence(generalized('00000101000000Z'), after) }),
  'unique identifiers': () => ({
    uniqueIds: Buffer.concat([der(0x81, Buffer.from([0, 1])), der(0x82, Buffer.from([0, 2]))]),
  }),
  'extensions that are none': () => ({ extensions: explicit() }),
  'no extensions': () => ({ extensions: Buffer.alloc(0) }),
  'an alternative name twice': () => ({ extensions: explicit(...usualExtensions, alternativeName) }),
  'an unknown extension twice': () => {
    const unknown = extension('1.2.3.4.5', false, der(0x05));
    return { extensions: explicit(...usualExtensions, unknown, unknown) };
  },
  'not critical in so many words': () => ({
    extensions: explicit(
      sequence(objectIdentifier('2.5.29.17'), boolean(false), der(0x04, sequence(generalName.dns(host)))),
      isAuthority,
    ),
  }),
  'CA:FALSE in so many words': () => ({
    extensions: explicit(alternativeName, extension('2.5.29.19', true, sequence(boolean(false)))),
  }),
  'TRUE as 1': () => ({
    extensions: explicit(
      alternativeName,
      extension('2.5.29.19', true, sequence(der(0x01, Buffer.from([1])))),
    ),
  }),
  'critical as 1': () => ({
    extensions: explicit(
      sequence(objectIdentifier('1.2.3.4.5'), der(0x01, Buffer.from([1])), der(0x04, der(0x05))),
      ...usualExtensions,
    ),
  }),
  'path length below 0': () => ({
    extensions: explicit(
      alternativeName,
      extension('2.5.29.19', true, sequence(boolean(true), der(0x02, Buffer.from([0xff])))),
    ),
  }),
  'path length of nine octets': () => ({
    extensions: explicit(
      alternativeName,
      extension('2.5.29.19', true, sequence(boolean(true), der(0x02, Buffer.alloc(9, 1)))),
    ),
  }),
  'key usage with spare octets': () => ({
    extensions: explicit(
      ...usualExtensions,
      extension('2.5.29.15', true, der(0x03, Buffer.from([0, 0x86, 0, 0]))),
    ),
  }),
  'key usage': () => ({
    extensions: explicit(...usualExtensions, extension('2.5.29.15', true, der(0x03, Buffer.from([1, 0x86])))),
  }),
  'key usage with unused bits set': () => ({
    extensions: explicit(...usualExtensions, extension('2.5.29.15', true, der(0x03, Buffer.from([4, 0x8f])))),
  }),
  'octets after an extension': () => ({
    extensions: explicit(
      extension('2.5.29.17', false, Buffer.concat([sequence(generalName.dns(host)), Buffer.from([0, 0])])),
      isAuthority,
    ),
  }),
  'an alternative name of long length': () => ({
    extensions: explicit(
      extension('2.5.29.17', false, longLength(sequence(generalName.dns(host)))),
      isAuthority,
    ),
  }),
  'a validity of long length': ({ validity }) => ({ validity: longLength(validity) }),
  'a public key of long length': ({ spki }) => ({ spki: longLength(spki) }),
  'a subject of long length': ({ subject }) => ({ subject: longLength(subject) }),
  'an empty extended key usage': () => ({
    extensions: explicit(...usualExtensions, extension('2.5.29.37', false, sequence())),
  }),
  'an authority key identifier of issuer and serial number': () => ({
    extensions: explicit(
      ...usualExtensions,
      extension(
        '2.5.29.35',
        false,
        sequence(
          der(0xa1, generalName.directory(name([attributeTypes.commonName, 'Nobody']))),
          der(0x82, Buffer.from([1])),
        ),
      ),
    ),
  }),
  'an empty authority key identifier': () => ({
    extensions: explicit(...usualExtensions, extension('2.5.29.35', false, sequence())),
  }),
  'a subject of two values in one set': () => ({
    subject: sequence(
      der(
        0x31,
        sequence(objectIdentifier(attributeTypes.commonName), der(0x0c, 'one')),
        sequence(objectIdentifier(attributeTypes.organization), der(0x0c, 'two')),
      ),
    ),
  }),
  'a subject of an empty set': () => ({ subject: sequence(der(0x31)) }),
  'a subject with a number in it': () => ({ subject: name(['2.5.4.45', der(0x03, Buffer.from([0, 1]))]) }),
  'Netscape certificate type: client': () => ({
    extensions: explicit(
      ...usualExtensions,
      extension('2.16.840.1.113730.1.1', false, der(0x03, Buffer.from([7, 0x80]))),
    ),
  }),
  'Netscape certificate type: server and authority': () => ({
    extensions: explicit(
      ...usualExtensions,
      extension('2.16.840.1.113730.1.1', false, der(0x03, Buffer.from([0, 0x44]))),
    ),
  }),
  'critical Netscape certificate type': () => ({
    extensions: explicit(
      ...usualExtensions,
      extension('2.16.840.1.113730.1.1', true, der(0x03, Buffer.from([0, 0x44]))),
    ),
  }),
  'critical policy mappings': () => ({
    extensions: explicit(
      ...usualExtensions,
      extension('2.5.29.33', true, sequence(sequence(objectIdentifier('1.2.3'), objectIdentifier('1.2.4')))),
    ),
  }),
  'critical OCSP no check': () => ({
    extensions: explicit(...usualExtensions, extension('1.3.6.1.5.5.7.48.1.5', true, der(0x05))),
  }),
  'critical TLS feature': () => ({
    extensions: explicit(...usualExtensions, extension('1.3.6.1.5.5.7.1.24', true, sequence(integer(5)))),
  }),
  'critical proxy certificate information': () => ({
    extensions: explicit(
      alternativeName,
      extension('1.3.6.1.5.5.7.1.14', true, sequence(sequence(objectIdentifier('1.3.6.1.5.5.7.21.1')))),
    ),
  }),
  'proxy certificate information that is not critical': () => ({
    extensions: explicit(
      alternativeName,
      extension('1.3.6.1.5.5.7.1.14', false, sequence(sequence(objectIdentifier('1.3.6.1.5.5.7.21.1')))),
    ),
  }),
  'proxy certificate information without names': () => ({
    extensions: explicit(
      extension('1.3.6.1.5.5.7.1.14', false, sequence(sequence(objectIdentifier('1.3.6.1.5.5.7.21.1')))),
    ),
  }),
};

/** What OpenSSL cannot read at all: no handshake shows it, but a record may hold it. */
export const unreadable: Readonly<Record<string, Variation>> = {
  'serial number with a spare octet': () => ({ serialNumber: der(0x02, Buffer.from([0, 1])) }),
  'no serial number': () => ({ serialNumber: der(0x02) }),
  'a subject that is not UTF-8': () => ({
    subject: name([attributeTypes.commonName, der(0x0c, Buffer.from([0xff, 0xfe]))]),
  }),
  'a subject that is text': () => ({ subject: der(0x0c, 'A Server') }),
  'no validity': () => ({ validity: sequence() }),
  'a date that is a number': () => ({ validity: sequence(integer(1), after) }),
  'no public key': () => ({ spki: sequence() }),
  'a public key on no known curve': ({ spki }) => {
    const altered = Buffer.from(spki);
    altered[22] = 0x7f;
    return { spki: altered };
  },
  'a public key not on the curve': ({ spki }) => {
    const altered = Buffer.from(spki);
    altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
    return { spki: altered };
  },
};
