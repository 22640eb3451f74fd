import { extentsIn, extentAt, type Extent } from './octet-walk.ts';

/** What it costs OpenSSL to use a public key, in units of `Budget`: measured upper bounds. */
export interface KeyWork {
  /** To read it out of a certificate, beyond what every certificate costs. */
  readonly reading: number;
  /** To check one signature with it, or to encrypt something for it. */
  readonly use: number;
}

/** Beyond any budget. */
const never: KeyWork = { reading: Infinity, use: Infinity };

/** RFC 8017: OpenSSL's limit for a modulus. */
const maxRsaBits = 16_384;
/** The most costly curve that has a name is sect571k1, with 5,500. */
const unknownUse = 8_000;
/** The coordinate that a compressed point leaves out: at worst, on P-224, a long search for a square root. */
const compressedPoint = 800;
/** Keys of lattices are made larger when they are read. */
const unknownReading = 500;

/** In front of what kind of field a curve is over, where one is described (RFC 3279 §2.3.5). */
const fieldType = Buffer.from('2a8648ce3d01', 'hex');

/** Hexadecimal content of the object identifiers. */
const algorithms = {
  '2a864886f70d010101': 'RSA',
  '2a864886f70d01010a': 'RSA',
  '2a8648ce3d0201': 'EC',
  '2a8648ce380401': 'DSA',
  '2b6570': { reading: 0, use: 200 }, // Ed25519
  '2b6571': { reading: 0, use: 400 }, // Ed448
} as const;

/** RFC 5480 §2.1.1.1, RFC 5639 §4.1, SEC 2; the prices are those of `strength.ts`. */
const curves: Readonly<Record<string, number>> = {
  '2a8648ce3d030101': 400, // P-192
  '2b81040021': 600, // P-224
  '2a8648ce3d030107': 120, // P-256
  '2b81040022': 1200, // P-384
  '2b81040023': 2500, // P-521
  '2b8104000a': 1000, // secp256k1
  '2b2403030208010107': 500, // brainpoolP256r1
  '2b2403030208010108': 500, // brainpoolP256t1
  '2b240303020801010b': 1200, // brainpoolP384r1
  '2b240303020801010c': 1200, // brainpoolP384t1
  '2b240303020801010d': 1600, // brainpoolP512r1
  '2b240303020801010e': 1600, // brainpoolP512t1
};

/** The work of a SubjectPublicKeyInfo, whose content lies at `spki`. A key of an unknown form has no bound. */
export function keyWork(octets: Uint8Array, spki: Extent): KeyWork {
  const [identifier, key] = extentsIn(octets, spki, 2) ?? [];
  const [type, parameters] = (identifier && extentsIn(octets, identifier, 2)) ?? [];
  // A BIT STRING may come in pieces (X.690 §8.6.4), and OpenSSL puts them together.
  if (identifier === undefined || type === undefined || key?.tag !== 0x03) return never;
  const name = hexOf(octets, type);
  const kind = Object.hasOwn(algorithms, name) ? algorithms[name as keyof typeof algorithms] : undefined;
  switch (kind) {
    case 'RSA':
      return rsaWork(octets, key);
    case 'EC':
      return ecWork(octets, parameters, key);
    case 'DSA':
      return {
        reading: 50,
        use: dsaUse(parameters === undefined ? maxDsaOctets : parameters.end - parameters.start),
      };
    case undefined:
      if (view(octets, identifier).includes(fieldType)) return never;
      return { reading: unknownReading, use: unknownUse };
    default:
      return kind;
  }
}

/**
 * RFC 8017 §A.1.1. The exponent counts with its real length, and the modulus with at least the length that OpenSSL
 * would use.
 */
function rsaWork(octets: Uint8Array, key: Extent): KeyWork {
  const sequence = extentAt(octets, key.start + 1, key.end);
  const [modulus, exponent] = (sequence && extentsIn(octets, sequence, 2)) ?? [];
  if (modulus === undefined || exponent === undefined) return { reading: 0, use: unknownUse };
  const bits = Math.min(bitsOf(octets, modulus), maxRsaBits);
  // OpenSSL refuses an exponent that is longer than the modulus, or above 64 bits beside a modulus above 3,072.
  const exponentBits = Math.min(bitsOf(octets, exponent), bits > 3072 ? 64 : bits);
  return { reading: 0, use: Math.ceil((2 + 1.2 * exponentBits) * 1.6 * (bits / 2048) ** 2) };
}

/**
 * A curve that is described instead of named (RFC 5480 §2.1.1 rules that out) can be one on which nothing ends: to find
 * one coordinate takes OpenSSL 150 ms.
 */
function ecWork(octets: Uint8Array, parameters: Extent | undefined, key: Extent): KeyWork {
  if (parameters?.tag === 0x30) return never;
  if (parameters?.tag !== 0x06) return { reading: unknownReading, use: unknownUse };
  const named = hexOf(octets, parameters);
  // RFC 5480 §2.2: the first octet behind that of the unused bits is 4 where both coordinates are there.
  const isWhole = octets[key.start + 1] === 4;
  return {
    reading: isWhole ? 0 : compressedPoint,
    use: (Object.hasOwn(curves, named) ? curves[named] : undefined) ?? unknownUse,
  };
}

/** OpenSSL takes a prime of 10,000 bits, and two exponents of 256. */
const maxDsaOctets = 1250;

/** The prime is most of the parameters. */
function dsaUse(parameterOctets: number): number {
  return 100 + 15_000 * (Math.min(parameterOctets, maxDsaOctets) / maxDsaOctets) ** 2;
}

function bitsOf(octets: Uint8Array, { start, end }: Extent): number {
  let first = start;
  while (first < end && octets[first] === 0) first += 1;
  return first === end ? 0 : (end - first) * 8 - Math.clz32(octets[first] ?? 0) + 24;
}

/** A longer object identifier than any known one is unknown. */
function hexOf(octets: Uint8Array, { start, end }: Extent): string {
  return view(octets, { start, end: Math.min(end, start + 16) }).toString('hex');
}

function view({ buffer, byteOffset }: Uint8Array, { start, end }: Pick<Extent, 'start' | 'end'>): Buffer {
  return Buffer.from(buffer, byteOffset + start, end - start);
}
