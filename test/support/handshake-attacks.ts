import { checkPrimeSync, generateKeyPairSync, randomBytes } from 'node:crypto';
import { attackedHost, attackKeys, drawnKeys } from './attack-chains.ts';
import { bitString, der, integer, objectIdentifier, sequence, set } from './der-writer.ts';
import {
  ecKeys,
  extension,
  generalName,
  makeAuthority,
  makeCertificate,
  type TestCertificateOptions,
} from './test-ca.ts';

/** What a server may send in a handshake to cost a TLS library time. The key of the first certificate is `attackKeys`. */
export interface HandshakeAttack {
  readonly chain: readonly Buffer[];
  /** Milliseconds for which OpenSSL 3.0 was busy with it, on a server of 2020. */
  readonly ms: number;
}

type Making = Pick<TestCertificateOptions, 'spki' | 'signature' | 'keys' | 'nameConstraints' | 'names'>;

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** A leaf and authorities above it, each issued by the next: OpenSSL goes all the way. */
function pathOf(count: number, make: (index: number) => Making, leaf: Making = {}): Buffer[] {
  const keys = ecKeys();
  const made = times(count, make);
  // What says that a key of RSA has signed is checked with such a key only: so all are alike.
  const signature = made[0]?.signature;
  const nameOf = (index: number) => ({ ...makeAuthority(`A${index}`, { keys, keyIds: false }), keys });
  const above = made.map(
    (options, index) =>
      makeAuthority(`A${index}`, { keys, keyIds: false, ...options }, nameOf(index + 1)).der,
  );
  const own = { names: [attackedHost], keyIds: false, keys: attackKeys, ...(signature && { signature }) };
  return [makeCertificate({ ...own, ...leaf }, nameOf(0)).der, ...above];
}

function onCurve(namedCurve: string, count: number): Buffer[] {
  const keys = generateKeyPairSync('ec', { namedCurve });
  return pathOf(count, () => ({ keys }));
}

/** A name of so many parts, each as short as can be. */
const longName = (parts: number): Buffer =>
  sequence(...times(parts, () => set(sequence(der(0x06, Buffer.of(0x29)), der(0x0c)))));

/** Distribution points whose names begin with that of the issuer, which OpenSSL copies for each of them. */
function distributionPoints(nameParts: number, count: number): Buffer[] {
  const issuer = { ...makeAuthority('Authority'), subject: longName(nameParts) };
  const points = sequence(...times(count, () => sequence(der(0xa0, der(0xa1)))));
  const extensions = [extension('2.5.29.31', false, points)];
  return [makeCertificate({ names: [attackedHost], keys: attackKeys, extensions }, issuer).der];
}

/** OpenSSL looks at the size of the group before anything else: 256 bits. */
function drawnDsa(): Making {
  const number = (octets: number): Buffer =>
    der(0x02, Buffer.of(0, 0xff), randomBytes(octets - 2), Buffer.of(1));
  return {
    spki: sequence(
      sequence(objectIdentifier('1.2.840.10040.4.1'), sequence(number(1250), number(32), number(1249))),
      bitString(number(1249)),
    ),
    signature: {
      algorithm: sequence(objectIdentifier('2.16.840.1.101.3.4.3.2')),
      value: sequence(number(31), number(31)),
    },
  };
}

const integerOf = (value: bigint): Buffer => {
  const digits = value.toString(16);
  const octets = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
  return der(0x02, (octets[0] ?? 0) >= 0x80 ? Buffer.of(0) : '', octets);
};

/**
 * A curve that is described, with a prime p so chosen that p − 1 can be halved 640 times: the square root that a compressed
 * point asks for takes OpenSSL as many times as many steps (Tonelli and Shanks).
 */
function describedCurve(): Buffer {
  let multiplier = (1n << 20n) + 1n;
  while (!checkPrimeSync((multiplier << 640n) + 1n)) multiplier += 2n;
  const prime = (multiplier << 640n) + 1n;
  const octets = Math.ceil(prime.toString(16).length / 2);
  const sized = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(octets * 2, '0'), 'hex');
  const point = Buffer.concat([Buffer.of(2), sized(1n)]);
  const square = BigInt(`0x${randomBytes(32).toString('hex')}`) ** 2n % prime;
  const parameters = sequence(
    integer(1),
    sequence(objectIdentifier('1.2.840.10045.1.1'), integerOf(prime)),
    sequence(der(0x04, sized(1n)), der(0x04, sized((square + prime - 2n) % prime))),
    der(0x04, point),
    integerOf(prime - 2n),
    integer(1),
  );
  return sequence(sequence(objectIdentifier('1.2.840.10045.2.1'), parameters), bitString(point));
}

/** Mail addresses with letters of any script, held against domains in Punycode. */
function punycode(): Buffer[] {
  const address = (index: number): Buffer =>
    der(0xa0, objectIdentifier('1.3.6.1.5.5.7.8.9'), der(0xa0, der(0x0c, `u${index}@x.test`)));
  const keys = ecKeys();
  const excluded = times(600, (index) => generalName.mail(`xn--${'a'.repeat(40)}${index}-bcd`));
  const issuer = makeAuthority('Authority', { keys, keyIds: false, nameConstraints: { excluded } });
  const altNames = times(1000, address);
  return [makeCertificate({ altNames, keyIds: false, keys: attackKeys }, issuer).der, issuer.der];
}

/** Every way to cost a TLS library time that was found so far, by name. */
export const handshakeAttacks: Readonly<Record<string, () => HandshakeAttack>> = {
  '75 keys of RSA-3072 with exponents as long': () => ({
    chain: pathOf(74, drawnKeys['RSA of 3,072 bits with an exponent as long'] ?? (() => ({}))),
    ms: 460,
  }),
  '24 keys of RSA-16384 with exponents of 64 bits': () => ({
    chain: pathOf(22, drawnKeys['RSA of 16,384 bits'] ?? (() => ({}))),
    ms: 106,
  }),
  '25 keys of DSA of 10,000 bits': () => ({
    chain: pathOf(24, drawnDsa),
    ms: 320,
  }),
  '100 keys on sect571r1': () => ({ chain: onCurve('sect571r1', 99), ms: 290 }),
  '100 keys on P-521': () => ({ chain: onCurve('P-521', 99), ms: 160 }),
  '20 certificates with hundreds of names and constraints each': () => ({
    chain: pathOf(
      19,
      () => ({
        names: times(300, (each) => `a-${each}`),
        nameConstraints: { excluded: times(300, (each) => generalName.dns(`b-${each}`)) },
      }),
      { names: times(300, (each) => `a-${each}`) },
    ),
    ms: 130,
  }),
  'a curve that is described, and a point that is compressed': () => ({
    chain: [
      makeCertificate({ names: [attackedHost], keys: attackKeys }).der,
      makeAuthority('Elsewhere', { spki: describedCurve() }).der,
    ],
    ms: 150,
  }),
  '500 distribution points below an issuer of 330 parts': () => ({
    chain: distributionPoints(330, 500),
    ms: 137,
  }),
  'mail addresses of any script below domains in Punycode': () => ({ chain: punycode(), ms: 90 }),
};
