import { createCipheriv } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { makeDice } from '../../test/support/dice.ts';
import { handshakeAttacks } from '../../test/support/handshake-attacks.ts';
import { makeAuthority, makeCertificate } from '../../test/support/test-ca.ts';
import { HandshakeGuard, longestFlightBytes, RefusedHandshake } from './handshake-guard.ts';

/** RFC 8448 §3: a secret, and the key and IV that follow from it. */
const serverSecret = Buffer.from('b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38', 'hex');
const key = Buffer.from('3fce516009c21727d0f2e4e86ee403bc', 'hex');
const iv = Buffer.from('5d313eb2671276ee13000b30', 'hex');

const root = makeAuthority('Root');
const certificates = [makeCertificate({ names: ['mx.test'] }, root).der, root.der];

const u16 = (value: number): Buffer => Buffer.of(value >> 8, value & 0xff);
const u24 = (value: number): Buffer => Buffer.of(value >> 16, (value >> 8) & 0xff, value & 0xff);
const sized = (content: Buffer): Buffer => Buffer.concat([u24(content.length), content]);
const message = (type: number, content: Buffer = Buffer.alloc(0)): Buffer =>
  Buffer.concat([Buffer.of(type), sized(content)]);
const record = (type: number, content: Buffer): Buffer =>
  Buffer.concat([Buffer.of(type, 3, 3), u16(content.length), content]);
/** Records of so many octets each. */
const records = (content: Buffer, bytes = 16_384): Buffer =>
  Buffer.concat(inPieces(content, bytes).map((each) => record(22, each)));

function inPieces(octets: Buffer, bytes: number): Buffer[] {
  return Array.from({ length: Math.ceil(octets.length / bytes) }, (_, at) =>
    octets.subarray(at * bytes, (at + 1) * bytes),
  );
}

const retry = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex');
const versions13 = Buffer.of(0, 43, 0, 2, 3, 4);
/** A ServerHello with a random number, a suite, and extensions. */
const serverHello = (
  suite: number,
  extensions: Buffer = Buffer.alloc(0),
  random: Buffer = Buffer.alloc(32, 7),
): Buffer =>
  message(
    2,
    Buffer.concat([
      Buffer.of(3, 3),
      random,
      Buffer.of(4, 1, 2, 3, 4),
      u16(suite),
      Buffer.of(0),
      u16(extensions.length),
      extensions,
    ]),
  );
const hello = serverHello(0xc02f);
const hello13 = serverHello(0x1301, Buffer.concat([Buffer.of(0, 51, 0, 3, 1, 2, 3), versions13]));
const helloRetry = serverHello(0x1301, versions13, retry);

const list = (chain: readonly Buffer[], behind: Buffer = Buffer.alloc(0)): Buffer =>
  sized(Buffer.concat(chain.flatMap((der) => [sized(der), behind])));
const certificateMessage = (chain: readonly Buffer[]): Buffer => message(11, list(chain));
/** With an empty context, and an extension behind each certificate. */
const certificateMessage13 = (chain: readonly Buffer[]): Buffer =>
  message(11, Buffer.concat([Buffer.of(0), list(chain, Buffer.concat([u16(5), Buffer.alloc(5, 9)]))]));
const certificate = certificateMessage(certificates);
const keyExchange = message(12, Buffer.alloc(300, 3));
const done = message(14);
const encryptedExtensions = message(8, Buffer.of(0, 0));
const certificateVerify = message(15, Buffer.alloc(260, 7));
const finished = message(20, Buffer.alloc(32));
const flight12 = Buffer.concat([hello, certificate, keyExchange, done]);
const flight13 = Buffer.concat([
  encryptedExtensions,
  certificateMessage13(certificates),
  certificateVerify,
  finished,
]);
const changeCipherSpec = record(20, Buffer.of(1));

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

interface Outcome {
  /** What a library would have been given. */
  readonly passed: Buffer;
  readonly error: RefusedHandshake | undefined;
  readonly taken: readonly Buffer[] | undefined;
}

/** Gives a guard octets in pieces, and the secret as a library does: once it has the ServerHello, if at all. */
function guarded(
  octets: Buffer,
  {
    bytes = octets.length || 1,
    secret = serverSecret,
    guard = new HandshakeGuard(),
  }: {
    bytes?: number;
    secret?: Buffer | undefined;
    guard?: HandshakeGuard;
  } = {},
): Outcome {
  const passed: Buffer[] = [];
  let length = 0;
  for (const piece of inPieces(octets, bytes)) {
    guard.enter(piece);
    for (;;) {
      const next = guard.next();
      if (next === undefined) break;
      if (next instanceof Error) {
        if (!(next instanceof RefusedHandshake)) throw next;
        return { passed: Buffer.concat(passed), error: next, taken: undefined };
      }
      passed.push(next);
      length += next.length;
      if (length >= 5 + hello13.length && secret.length > 0) guard.secret(secret);
    }
  }
  const rest = guard.rest();
  return { passed: Buffer.concat([...passed, rest]), error: undefined, taken: guard.take() };
}

const tooMuch = 'certificates take too much work to verify';
const notFollowed = 'handshake that cannot be followed';
const start13 = Buffer.concat([record(22, hello13), changeCipherSpec]);

describe('what is in order passes whole, and its certificates are known', () => {
  const anonymous = Buffer.concat([hello, keyExchange, done]);
  test.each<[string, Buffer, readonly Buffer[] | undefined]>([
    [
      '1.2: a record for each message',
      Buffer.concat([hello, certificate, keyExchange, done].map((each) => record(22, each))),
      certificates,
    ],
    ['1.2: one record', records(flight12), certificates],
    ['1.2: records of 100 octets', records(flight12, 100), certificates],
    [
      '1.2: records of 3 octets',
      records(Buffer.concat([hello, certificateMessage(certificates.slice(1))]), 3),
      certificates.slice(1),
    ],
    [
      '1.2: an alert in between',
      Buffer.concat([record(22, hello), record(21, Buffer.of(1, 0)), record(22, certificate)]),
      certificates,
    ],
    [
      '1.2: what follows is cut off',
      Buffer.concat([records(Buffer.concat([hello, certificate])), record(22, done).subarray(0, 6)]),
      certificates,
    ],
    [
      '1.2: and what comes behind the flight, whatever it is',
      Buffer.concat([records(flight12), changeCipherSpec, record(22, Buffer.alloc(40, 9))]),
      certificates,
    ],
    ['1.2: without a certificate', records(anonymous), undefined],
    ['1.2: with an empty list', records(Buffer.concat([hello, certificateMessage([]), done])), []],
    ['1.3: one record', Buffer.concat([start13, encrypted([flight13])]), certificates],
    [
      '1.3: a record for each message',
      Buffer.concat([
        start13,
        encrypted([encryptedExtensions, certificateMessage13(certificates), certificateVerify]),
      ]),
      certificates,
    ],
    [
      '1.3: records of 100 octets',
      Buffer.concat([start13, encrypted(inPieces(flight13, 100))]),
      certificates,
    ],
    ['1.3: padding', Buffer.concat([start13, encrypted(inPieces(flight13, 700), 300)]), certificates],
    [
      '1.3: at the second ClientHello',
      Buffer.concat([record(22, helloRetry), changeCipherSpec, record(22, hello13), encrypted([flight13])]),
      certificates,
    ],
    [
      '1.3: and what is encrypted with the next key',
      Buffer.concat([start13, encrypted([flight13]), record(23, Buffer.alloc(80, 5))]),
      certificates,
    ],
    ['an alert, and nothing else', record(21, Buffer.of(2, 40)), undefined],
    ['half a header', Buffer.of(22, 3), undefined],
    ['a record cut off', record(22, certificate).subarray(0, -1), undefined],
    ['nothing', Buffer.alloc(0), undefined],
  ])('%s', (_, octets, expected) => {
    for (const bytes of [octets.length || 1, 1, 7, 1460]) {
      const { passed, error, taken } = guarded(octets, { bytes });
      expect(error).toBe(undefined);
      expect(passed.equals(octets)).toBe(true);
      expect(taken).toEqual(expected);
    }
  });

  test('what follows the ServerHello waits until the secret is there', () => {
    const guard = new HandshakeGuard();
    const told: string[] = [];
    guard.onOpening = () => told.push('opening');
    guard.enter(Buffer.concat([start13, encrypted([flight13])]));
    expect([guard.next(), guard.next(), guard.next()]).toEqual([
      record(22, hello13),
      changeCipherSpec,
      undefined,
    ]);
    expect(guard.next()).toBe(undefined);
    guard.secret(serverSecret);
    expect(told).toEqual(['opening']);
    expect(guard.next()).toEqual(encrypted([flight13]));
    expect(guard.take()).toEqual(certificates);
    expect(guard.take()).toBe(undefined);
  });

  test('what never gets its secret never passes', () => {
    const { passed } = guarded(Buffer.concat([start13, encrypted([flight13])]), { secret: Buffer.alloc(0) });
    expect(passed).toEqual(start13);
  });

  test('nor does what follows pile up: it ends the handshake', () => {
    const guard = new HandshakeGuard();
    guard.enter(start13);
    expect([guard.next(), guard.next(), guard.next()]).toEqual([
      record(22, hello13),
      changeCipherSpec,
      undefined,
    ]);
    const piece = record(23, Buffer.alloc(16_000));
    let pieces = 0;
    for (; pieces < 100; pieces += 1) {
      guard.enter(piece);
      if (guard.next() !== undefined) break;
    }
    expect(pieces * piece.length).toBeLessThanOrEqual(longestFlightBytes);
    expect(guard.next()).toBeInstanceOf(Error);
  });
});

describe('what takes too much work never reaches the library', () => {
  test.each(Object.keys(handshakeAttacks))('%s', (title) => {
    const { chain } = handshakeAttacks[title]?.() ?? { chain: [] };
    const last = chain.at(-1) ?? Buffer.alloc(0);
    const end = last.subarray(-64);
    const plain = records(Buffer.concat([hello, certificateMessage(chain), done]), 4096);
    const pieces = [encryptedExtensions, ...inPieces(certificateMessage13(chain), 4096), certificateVerify];
    const sealed = Buffer.concat([start13, encrypted(pieces)]);
    for (const bytes of [plain.length, 999]) {
      const { passed, error } = guarded(plain, { bytes });
      expect(error).toMatchObject({ message: tooMuch, isTooMuchWork: true });
      // All that passed is less than the message, and without its end nobody reads it.
      expect(passed.includes(end)).toBe(false);
      expect(passed.length).toBeLessThan(certificateMessage(chain).length);
      const other = guarded(sealed, { bytes });
      expect(other.error).toMatchObject({ message: tooMuch });
      expect(other.passed.length).toBeLessThan(certificateMessage13(chain).length);
    }
  });

  test('a hundred kilobytes and more, at the first octets', () => {
    const octets = records(Buffer.concat([hello, message(11, Buffer.alloc(102_401))]));
    const { passed, error } = guarded(octets);
    expect(error?.message).toBe(tooMuch);
    expect(passed.length).toBe(0);
  });

  test('more records, or octets, than anybody needs', () => {
    const single = (octets: Buffer): Buffer => records(octets, 1);
    const octets = Buffer.concat([record(22, hello), single(Buffer.concat([certificate, certificate]))]);
    expect(guarded(octets).error?.message).toBe(tooMuch);
    const noise = Buffer.concat(
      Array.from({ length: 17 }, () => record(22, message(8, Buffer.alloc(16_000)))),
    );
    const { error, passed } = guarded(Buffer.concat([record(22, hello), noise]));
    expect(error?.message).toBe(tooMuch);
    expect(passed.length).toBeLessThan(longestFlightBytes);
  });

  test('thousands of names of authorities that may issue a certificate of ours', () => {
    const asked = (bytes: number): Buffer =>
      records(Buffer.concat([hello, certificate, message(13, Buffer.alloc(bytes)), done]));
    expect(guarded(asked(15_000)).error).toBe(undefined);
    expect(guarded(asked(100_000)).error?.message).toBe(tooMuch);
  });
});

describe('what cannot be followed never reaches the library', () => {
  test.each<[string, Buffer]>([
    ['a list that is too long', records(message(11, Buffer.concat([u24(9), sized(Buffer.alloc(3))])))],
    ['a list that is too short', records(message(11, Buffer.concat([u24(2), sized(Buffer.alloc(3))])))],
    ['a certificate that is too long', records(message(11, sized(Buffer.concat([u24(9), Buffer.alloc(3)]))))],
    ['two octets of a certificate', records(message(11, sized(Buffer.of(0, 0))))],
    ['no list', records(message(11))],
    ['certificates for the second time', records(Buffer.concat([hello, certificate, certificate]))],
    ['a ServerHello for the second time', records(Buffer.concat([hello, hello]))],
    ['a ServerHello cut short', records(message(2, Buffer.alloc(37)))],
    ['1.3: more behind the ServerHello', records(Buffer.concat([hello13, certificate]))],
    ['1.3: certificates in clear', Buffer.concat([start13, records(certificate)])],
    ['1.3: what is encrypted in another way', Buffer.concat([start13, record(23, Buffer.alloc(900))])],
    ['1.3: what is too short to be encrypted', Buffer.concat([start13, record(23, Buffer.alloc(9))])],
    ['1.3: data before the end of the handshake', Buffer.concat([start13, encrypted([flight13], 0, 23)])],
    ['1.3: nothing but padding', Buffer.concat([start13, encrypted([Buffer.alloc(0)], 40, 0)])],
    [
      '1.3: certificates that are compressed',
      Buffer.concat([start13, encrypted([message(25, Buffer.alloc(90))])]),
    ],
    [
      '1.3: a suite that is not offered',
      Buffer.concat([record(22, serverHello(0x1304, versions13)), encrypted([flight13])]),
    ],
    ['1.2: what is encrypted', Buffer.concat([records(hello), record(23, Buffer.alloc(90))])],
  ])('%s', (_, octets) => {
    for (const bytes of [octets.length, 1]) {
      const secret = octets.includes(versions13) ? serverSecret : Buffer.alloc(0);
      const { passed, error } = guarded(octets, { bytes, secret });
      expect(error?.message).toBe(notFollowed);
      expect(passed.length).toBeLessThan(octets.length);
      expect(passed.includes(certificates[0] ?? '')).toBe(false);
    }
  });

  test.each<[string, Buffer, number]>([
    [
      'what is no TLS: its first five octets, at which the library ends it',
      Buffer.from('500 5.5.1 what?\r\n'),
      5,
    ],
    [
      'a record that is longer than any',
      Buffer.concat([Buffer.of(22, 3, 3, 0xff, 0xff), Buffer.alloc(70_000)]),
      5,
    ],
    ['a record of an unknown kind', Buffer.concat([record(99, Buffer.alloc(7)), records(flight12)]), 12],
    [
      '1.2: ChangeCipherSpec before its time',
      Buffer.concat([record(22, hello), changeCipherSpec, records(certificate)]),
      5 + hello.length + 6,
    ],
  ])('%s passes, and nothing behind it', (_, octets, length) => {
    for (const bytes of [octets.length, 1]) {
      const { passed, error } = guarded(octets, { bytes });
      expect(error).toBe(undefined);
      expect(passed).toEqual(octets.subarray(0, length));
    }
  });
});

describe('the group of DHE', () => {
  const group = (bytes: number): Buffer =>
    message(12, Buffer.concat([u16(bytes), Buffer.alloc(bytes, 0xff), Buffer.of(0, 1, 2, 0, 1, 9)]));
  const flight = (bytes: number, size?: number): Buffer =>
    records(Buffer.concat([hello, certificate, group(bytes), done]), size);

  test.each([128, 256, 512])('of %i octets passes', (bytes) => {
    for (const size of [7, undefined]) {
      const octets = flight(bytes, size);
      expect(guarded(octets, { guard: new HandshakeGuard(512) }).passed.equals(octets)).toBe(true);
    }
  });

  test.each([513, 1250])('of %i octets never reaches the library', (bytes) => {
    for (const [size, pieces] of [
      [7, 1],
      [undefined, 1000],
      [undefined, 1e6],
    ] as const) {
      const { passed, error } = guarded(flight(bytes, size), {
        guard: new HandshakeGuard(512),
        bytes: pieces,
      });
      expect(error?.message).toBe(`group of ${bytes * 8} bits for DHE, which is more than 4096`);
      expect(error?.isTooMuchWork).toBe(false);
      expect(passed.length).toBeLessThan(flight(bytes, size).length - done.length - 5);
    }
  });

  test('is nothing that ECDHE has', () => {
    expect(guarded(flight(1250)).error).toBe(undefined);
  });
});

test('whatever is said, what passes is what was said, and there is no certificate from elsewhere', () => {
  const dice = makeDice(20_261_121);
  const sound = [
    records(flight12),
    Buffer.concat([start13, encrypted([flight13])]),
    Buffer.concat([start13, encrypted(inPieces(flight13, 50))]),
  ] as const;
  let read = 0;
  for (let round = 0; round < 2_000; round += 1) {
    const whole = dice.pick(sound);
    const octets = Buffer.from(whole.subarray(0, dice.chance(0.3) ? dice.below(whole.length) : undefined));
    for (let flaws = dice.below(4); flaws > 0 && octets.length > 0; flaws -= 1)
      octets[dice.below(octets.length)] = dice.below(256);
    const { passed, taken } = guarded(octets, { bytes: 1 + dice.below(octets.length || 1) });
    if (taken !== undefined) read += 1;
    expect(octets.subarray(0, passed.length).equals(passed)).toBe(true);
    const total = (taken ?? []).reduce((sum, { length }) => sum + length, 0);
    expect(total).toBeLessThanOrEqual(octets.length);
  }
  expect(read).toBeGreaterThan(100);
});

test('what OpenSSL lets through is never longer than what is looked at', () => {
  // 100 KiB of certificates in the smallest records a server may be asked for, and what TLS puts around them.
  const around = 5 + 16 + 1;
  expect(longestFlightBytes).toBeGreaterThan(((100 * 1024) / 512) * (512 + around) + 20_000);
});
