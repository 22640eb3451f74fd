import { createCipheriv } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { makeDice } from '../../test/support/dice.ts';
import { certificatesIn, longestFlightBytes, type HeardHandshake } from './certificate-message.ts';

/** RFC 8448 §3: a secret, and the key and IV that follow from it. */
const serverSecret = Buffer.from('b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38', 'hex');
const key = Buffer.from('3fce516009c21727d0f2e4e86ee403bc', 'hex');
const iv = Buffer.from('5d313eb2671276ee13000b30', 'hex');

const certificates = [Buffer.alloc(900, 1), Buffer.alloc(1_200, 2), Buffer.of(3)];

const u16 = (value: number): Buffer => Buffer.of(value >> 8, value & 0xff);
const u24 = (value: number): Buffer => Buffer.of(value >> 16, (value >> 8) & 0xff, value & 0xff);
const sized = (content: Buffer): Buffer => Buffer.concat([u24(content.length), content]);
const message = (type: number, content: Buffer): Buffer => Buffer.concat([Buffer.of(type), sized(content)]);
const record = (type: number, content: Buffer): Buffer =>
  Buffer.concat([Buffer.of(type, 3, 3), u16(content.length), content]);

const hello = message(2, Buffer.alloc(70, 11));
const list = (chain: readonly Buffer[], behind = Buffer.alloc(0)): Buffer =>
  sized(Buffer.concat(chain.flatMap((der) => [sized(der), behind])));
const certificate = message(11, list(certificates));
const done = message(14, Buffer.alloc(0));
/** With an empty context, and an extension behind each certificate. */
const certificate13 = message(
  11,
  Buffer.concat([Buffer.of(0), list(certificates, Buffer.concat([u16(5), Buffer.alloc(5, 9)]))]),
);
const encryptedExtensions = message(8, Buffer.of(0, 0));
const certificateVerify = message(15, Buffer.alloc(260, 7));

function heard12(...octets: readonly Buffer[]): HeardHandshake {
  return {
    protocol: 'TLSv1.2',
    cipher: 'ECDHE-RSA-AES128-GCM-SHA256',
    octets: Buffer.concat(octets),
    serverSecret: undefined,
  };
}

/** Records of TLS 1.3, one for each piece, encrypted and padded as a server does it. */
function encrypted(pieces: readonly Buffer[], padding = 0, type = 22): Buffer {
  return Buffer.concat(
    pieces.map((piece, sequence) => {
      const inner = Buffer.concat([piece, Buffer.of(type), Buffer.alloc(padding)]);
      const header = Buffer.concat([Buffer.of(23, 3, 3), u16(inner.length + 16)]);
      const nonce = Buffer.from(iv);
      nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ sequence) >>> 0, 8);
      const cipher = createCipheriv('aes-128-gcm', key, nonce).setAAD(header);
      return Buffer.concat([header, cipher.update(inner), cipher.final(), cipher.getAuthTag()]);
    }),
  );
}

function heard13(...octets: readonly Buffer[]): HeardHandshake {
  return {
    protocol: 'TLSv1.3',
    cipher: 'TLS_AES_128_GCM_SHA256',
    octets: Buffer.concat(octets),
    serverSecret,
  };
}

function inPieces(octets: Buffer, bytes: number): Buffer[] {
  return Array.from({ length: Math.ceil(octets.length / bytes) }, (_, at) =>
    octets.subarray(at * bytes, (at + 1) * bytes),
  );
}

const flight13 = Buffer.concat([encryptedExtensions, certificate13, certificateVerify]);
const changeCipherSpec = record(20, Buffer.of(1));

describe('TLS 1.2 and older', () => {
  test.each([
    ['a record for each message', [hello, certificate, done].map((each) => record(22, each))],
    ['one record', [record(22, Buffer.concat([hello, certificate, done]))]],
    [
      'records of 100 octets',
      inPieces(Buffer.concat([hello, certificate]), 100).map((each) => record(22, each)),
    ],
    ['an alert in between', [record(22, hello), record(21, Buffer.of(1, 0)), record(22, certificate)]],
    ['what follows cut off', [record(22, hello), record(22, certificate), record(22, done).subarray(0, 6)]],
  ])('%s', (_, records) => {
    expect(certificatesIn(heard12(...records))).toEqual(certificates);
  });

  test('a server without a certificate', () => {
    expect(certificatesIn(heard12(record(22, hello), record(22, done)))).toEqual([]);
    expect(certificatesIn(heard12(record(22, message(11, list([])))))).toEqual([]);
  });

  test('what comes encrypted is not looked at', () => {
    expect(certificatesIn(heard12(record(22, hello), changeCipherSpec, record(22, certificate)))).toBe(
      undefined,
    );
  });

  test('more records than anybody needs are not read', () => {
    const single = (octets: Buffer): Buffer[] => inPieces(octets, 1).map((each) => record(22, each));
    const small = message(11, list([Buffer.alloc(900, 1)]));
    expect(certificatesIn(heard12(...single(small)))).toEqual([Buffer.alloc(900, 1)]);
    expect(certificatesIn(heard12(record(22, hello), ...single(certificate)))).toBe(undefined);
  });
});

describe('TLS 1.3', () => {
  const start = [record(22, hello), changeCipherSpec];

  test.each([
    ['one record', encrypted([flight13])],
    ['a record for each message', encrypted([encryptedExtensions, certificate13, certificateVerify])],
    ['records of 100 octets', encrypted(inPieces(flight13, 100))],
    ['padding', encrypted(inPieces(flight13, 700), 300)],
  ])('%s', (_, records) => {
    expect(certificatesIn(heard13(...start, records))).toEqual(certificates);
    // At a second ClientHello there are two messages in clear.
    expect(certificatesIn(heard13(record(22, hello), ...start, records))).toEqual(certificates);
  });

  test('what is encrypted with the next key is passed over', () => {
    const ticket = record(23, Buffer.alloc(80, 5));
    expect(certificatesIn(heard13(...start, encrypted([flight13]), ticket))).toEqual(certificates);
  });

  test.each([
    ['another secret', { serverSecret: Buffer.alloc(32) }],
    ['no secret', { serverSecret: undefined }],
    ['a suite that is not offered', { cipher: 'TLS_AES_128_CCM_SHA256' }],
    ['no suite at all', { cipher: 'constructor' }],
  ])('with %s nothing can be read', (_, part) => {
    expect(certificatesIn({ ...heard13(...start, encrypted([flight13])), ...part })).toBe(undefined);
  });

  test('only handshake messages count', () => {
    expect(certificatesIn(heard13(...start, encrypted([flight13], 0, 23)))).toBe(undefined);
    expect(certificatesIn(heard13(...start, encrypted([Buffer.alloc(0)], 40, 0)))).toBe(undefined);
  });
});

test.each([
  ['nothing', Buffer.alloc(0)],
  ['half a header', Buffer.of(22, 3)],
  ['a record cut off', record(22, certificate).subarray(0, -1)],
  ['a list that is too long', record(22, message(11, Buffer.concat([u24(9), sized(Buffer.alloc(3))])))],
  ['a list that is too short', record(22, message(11, Buffer.concat([u24(2), sized(Buffer.alloc(3))])))],
  [
    'a certificate that is too long',
    record(22, message(11, sized(Buffer.concat([u24(9), Buffer.alloc(3)])))),
  ],
  ['two octets of a certificate', record(22, message(11, sized(Buffer.of(0, 0))))],
  ['no list', record(22, message(11, Buffer.alloc(0)))],
])('of %s nothing can be read', (_, octets) => {
  expect(certificatesIn(heard12(octets))).toBe(undefined);
});

test('whatever was heard, there is an answer, and no octet of it from elsewhere', () => {
  const dice = makeDice(20_261_121);
  const sound = [
    heard12(record(22, Buffer.concat([hello, certificate, done]))),
    heard13(record(22, hello), encrypted([flight13])),
    heard13(record(22, hello), ...inPieces(flight13, 50).map((each) => encrypted([each]))),
  ];
  let read = 0;
  for (let round = 0; round < 3_000; round += 1) {
    const heard = dice.pick(sound as [HeardHandshake, ...HeardHandshake[]]);
    const octets = Buffer.from(
      heard.octets.subarray(0, dice.chance(0.3) ? dice.below(heard.octets.length) : undefined),
    );
    for (let flaws = dice.below(4); flaws > 0 && octets.length > 0; flaws -= 1)
      octets[dice.below(octets.length)] = dice.below(256);
    const found = certificatesIn({ ...heard, octets });
    if (found !== undefined) read += 1;
    const total = (found ?? []).reduce((sum, { length }) => sum + length, 0);
    expect(total).toBeLessThanOrEqual(octets.length);
  }
  expect(read).toBeGreaterThan(100);
});

test('what OpenSSL lets through is never longer than what is kept', () => {
  // 100 KiB of certificates in the smallest records a server may be asked for, and what TLS puts around them.
  const around = 5 + 16 + 1;
  expect(longestFlightBytes).toBeGreaterThan(((100 * 1024) / 512) * (512 + around) + 20_000);
});
