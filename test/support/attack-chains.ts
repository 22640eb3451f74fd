import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { TlsaRecord } from '../../src/core/dns/record.ts';
import { bitString, der, objectIdentifier, sequence } from './der-writer.ts';
import {
  attributeTypes,
  ecKeys,
  extension,
  generalName,
  makeAuthority,
  makeCertificate,
  name,
  tlsaFor,
} from './test-ca.ts';
import type { TestCertificate, TestCertificateOptions } from './test-ca.ts';

/** What a host may send to cost a client time: certificates of at most 100 KiB, as OpenSSL lets pass, and its records. */
export interface Attack {
  readonly chain: readonly Buffer[];
  readonly records: readonly TlsaRecord[];
}

export const attackedHost = 'mx.example.test';

const maxChainOctets = 102_400;
const { dns, directory } = generalName;

/** The leaf, and as many of the others as pass. */
function chainOf(leaf: TestCertificate, others: Iterable<TestCertificate>): Buffer[] {
  const chain = [leaf.der];
  let octets = leaf.der.length + 3;
  for (const { der: encoding } of others) {
    octets += encoding.length + 3;
    if (octets > maxChainOctets) break;
    chain.push(encoding);
  }
  return chain;
}

function* many<T>(make: (index: number) => T, count = 400): Generator<T> {
  for (let index = 0; index < count; index += 1) yield make(index);
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

function numberOf(octets: number, first = 0x7f): Buffer {
  const value = randomBytes(octets);
  value[0] = first;
  value[octets - 1] = (value[octets - 1] ?? 0) | 1;
  return der(0x02, value);
}

/**
 * Keys of numbers drawn at random, and signatures to go with them. None is good, and to find that out takes as long as if
 * it were.
 */
export const drawnKeys: Readonly<
  Record<string, () => Pick<Required<TestCertificateOptions>, 'spki' | 'signature'>>
> = {
  'DSA of 10,000 bits': () => ({
    spki: sequence(
      sequence(
        objectIdentifier('1.2.840.10040.4.1'),
        sequence(numberOf(1250, 0), numberOf(32, 0), numberOf(1250)),
      ),
      bitString(numberOf(1250)),
    ),
    signature: {
      algorithm: sequence(objectIdentifier('2.16.840.1.101.3.4.3.2')),
      value: sequence(numberOf(31), numberOf(31)),
    },
  }),
  'RSA of 16,384 bits': () => drawnRsa(16_384, 64),
  'RSA of 3,072 bits with an exponent as long': () => drawnRsa(3072, 3064),
};

function drawnRsa(
  bits: number,
  exponentBits: number,
): Pick<Required<TestCertificateOptions>, 'spki' | 'signature'> {
  const modulus = Buffer.concat([Buffer.from([0]), randomBytes(bits / 8)]);
  modulus[1] = 0xff;
  modulus[bits / 8] = 1;
  const exponent = Buffer.concat([Buffer.from([0]), Buffer.alloc(exponentBits / 8, 0xff)]);
  const value = randomBytes(bits / 8);
  value[0] = 0x10;
  return {
    spki: sequence(
      sequence(objectIdentifier('1.2.840.113549.1.1.1'), der(0x05)),
      bitString(sequence(der(0x02, modulus), der(0x02, exponent))),
    ),
    signature: { algorithm: sequence(objectIdentifier('1.2.840.113549.1.1.11'), der(0x05)), value },
  };
}

const keys = ecKeys();
/** Of every leaf. */
export const attackKeys = ecKeys();

const sign = (
  options: TestCertificateOptions,
  subject = 'Authority',
  issuer = 'Authority',
): TestCertificate =>
  makeAuthority(subject, { keys, keyIds: false, ...options }, { ...makeIssuer(issuer), keys });

function makeIssuer(subject: string): TestCertificate {
  return makeAuthority(subject, { keys, keyIds: false });
}

const authority = makeIssuer('Authority');
const leafOf = (options: TestCertificateOptions = {}, issuer = authority): TestCertificate =>
  makeCertificate({ names: [attackedHost], keyIds: false, keys: attackKeys, ...options }, issuer);

/** A leaf below authorities that all have one name and one key, so that each may have issued each. */
function namesakes(options: (index: number) => TestCertificateOptions, leaf = leafOf()): Attack {
  const others = many((index) => sign(options(index)));
  return { chain: chainOf(leaf, others), records: [tlsaFor(authority, '2 1 1')] };
}

const manyNames = [...times(100, (each) => `leaf-${each}.test`), attackedHost];
/** Breaks for the host of the leaf, at the end of a long way. */
const longWay = (index: number): Buffer[] => [
  ...times(100, (each) => dns(`b${index}-${each}.test`)),
  dns(attackedHost),
];

/** Every way to cost time that was found so far, by name. */
export const attacks: Readonly<Record<string, () => Attack>> = {
  'namesakes of one key, each of which constrains many names, and all are anchors': () =>
    namesakes(
      (index) => ({
        names: times(100, (each) => `a${index}-${each}`),
        nameConstraints: { excluded: longWay(index) },
      }),
      leafOf({ names: manyNames }),
    ),
  'namesakes of one key, each of which constrains many names, and the last is the anchor': () => {
    const { chain } = namesakes(
      (index) => ({
        names: times(100, (each) => `a${index}-${each}`),
        nameConstraints: { excluded: longWay(index) },
      }),
      leafOf({ names: manyNames }),
    );
    const last = chain.at(-1) ?? Buffer.alloc(0);
    return { chain, records: [tlsaFor({ der: last, spki: last }, '2 0 1')] };
  },
  'namesakes, each of which constrains many directory names': () => {
    const directories = (title: string): Buffer[] =>
      times(60, (each) =>
        directory(name([attributeTypes.organization, `${title}-${each}`], [attributeTypes.commonName, 'x'])),
      );
    const own = directory(name([attributeTypes.organization, 'own']));
    return namesakes(
      (index) => ({ nameConstraints: { excluded: [...directories(`b${index}`), own] } }),
      leafOf({ altNames: [...directories('leaf'), own] }),
    );
  },
  'a leaf of many names below many constraints': () => {
    const issuer = {
      ...sign({ nameConstraints: { permitted: [...times(3000, () => dns('no.test')), dns('test')] } }),
      keys,
    };
    const leaf = leafOf({ names: times(3000, (each) => `n${each}.test`) }, issuer);
    return { chain: [leaf.der, issuer.der], records: [tlsaFor(issuer, '2 1 1')] };
  },
  'long names below long constraints that end alike': () => {
    const long = (index: number): string => `${String(index).padStart(4, '0')}${'a'.repeat(240)}.test`;
    const issuer = {
      ...sign({ nameConstraints: { excluded: times(190, (each) => dns(long(each))) } }),
      keys,
    };
    const leaf = leafOf({ names: times(190, (each) => long(each + 500)) }, issuer);
    return { chain: [leaf.der, issuer.der], records: [tlsaFor(issuer, '2 1 1')] };
  },
  'a leaf of names without a letter': () => {
    const leaf = leafOf({
      extensions: [extension('2.5.29.17', false, sequence(...times(49_000, () => dns(''))))],
      names: [],
    });
    return { chain: chainOf(leaf, [authority]), records: [tlsaFor(authority, '2 1 1')] };
  },
  'a leaf of tens of thousands of purposes': () => {
    const leaf = leafOf({ extendedKeyUsage: [...times(24_000, () => '1.2'), '1.3.6.1.5.5.7.3.1'] });
    return { chain: chainOf(leaf, [authority]), records: [tlsaFor(authority, '2 1 1')] };
  },
  'subjects of a thousand parts': () => {
    const subject = name(...times(1000, () => [attributeTypes.commonName, ''] as const));
    const others = many(() => sign({ subject, pathLength: 0 }));
    return {
      chain: chainOf(leafOf({}, { ...authority, subject }), others),
      records: [tlsaFor(authority, '2 1 1')],
    };
  },
  'subjects in capitals and blanks': () => {
    const subject = name([attributeTypes.commonName, 'A \t'.repeat(16_000)]);
    return {
      chain: chainOf(leafOf({}, sign({ subject })), [sign({ subject })]),
      records: [tlsaFor(authority, '2 1 1')],
    };
  },
  'hundreds of small namesakes': () => namesakes(() => ({ ca: undefined, keyUsage: undefined })),
  'a mesh: each of eight authorities has issued each': () => {
    const members = times(8, (index) =>
      times(8, (by) => sign({ pathLength: 0 }, `A${index}`, `A${by}`)),
    ).flat();
    return {
      chain: chainOf(leafOf({}, { ...authority, subject: makeIssuer('A0').subject }), members),
      records: [tlsaFor(authority, '2 1 1'), tlsaFor(makeIssuer('x'), '2 0 1')],
    };
  },
  'a mesh without an anchor': () => {
    const members = times(8, (index) => times(8, (by) => sign({}, `A${index}`, `A${by}`))).flat();
    const anchor = makeAuthority('Nobody');
    return {
      chain: chainOf(leafOf({}, { ...authority, subject: makeIssuer('A0').subject }), [anchor, ...members]),
      records: [tlsaFor(anchor, '2 1 1')],
    };
  },
  'a mesh of a certificate with a key of 80,000 octets': () => {
    const members = times(4, (index) => times(4, (by) => sign({}, `A${index}`, `A${by}`))).flat();
    const large = times(4, (index) =>
      sign(
        { spki: sequence(sequence(objectIdentifier('1.2.3')), bitString(Buffer.alloc(20_000))) },
        `A${index}`,
        'A0',
      ),
    );
    const anchor = makeAuthority('Nobody');
    const leaf = leafOf({}, { ...authority, subject: makeIssuer('A0').subject });
    return { chain: chainOf(leaf, [anchor, ...large, ...members]), records: [tlsaFor(anchor, '2 1 1')] };
  },
  'a certificate of tens of thousands of members': () => {
    const junk = sequence(
      sequence(...times(49_000, () => der(0x05))),
      sequence(),
      bitString(Buffer.alloc(1)),
    );
    const forms = ['2 0 0', '2 0 1', '2 0 2', '2 1 0', '2 1 1', '2 1 2'];
    return { chain: [leafOf().der, junk], records: forms.map((form) => tlsaFor(authority, form)) };
  },
  'five hundred bare keys': () => {
    const signer = makeAuthority('Authority', { keyIds: false });
    return {
      chain: [leafOf({}, signer).der],
      records: times(500, () =>
        tlsaFor(
          { der: signer.der, spki: ecKeys().publicKey.export({ type: 'spki', format: 'der' }) },
          '2 1 0',
        ),
      ),
    };
  },
  ...Object.fromEntries(
    Object.entries(drawnKeys).flatMap(([title, draw]) => [
      [
        `namesakes with ${title}`,
        (): Attack => {
          const { signature } = draw();
          const others = [...many(() => makeAuthority('Authority', { ...draw(), keyIds: false }), 90)];
          return {
            chain: chainOf(leafOf({ signature }), others),
            records: others.map((each) => tlsaFor(each, '2 1 1')),
          };
        },
      ],
    ]),
  ),
  ...Object.fromEntries(
    ['P-521', 'P-384', 'sect571r1', 'brainpoolP512r1'].map((namedCurve) => [
      `namesakes with ${namedCurve}`,
      (): Attack => {
        const others = [
          ...many(
            () =>
              makeAuthority('Authority', { keys: generateKeyPairSync('ec', { namedCurve }), keyIds: false }),
            100,
          ),
        ];
        return { chain: chainOf(leafOf(), others), records: others.map((each) => tlsaFor(each, '2 1 1')) };
      },
    ]),
  ),
  'namesakes with explicit curves': () => {
    const others = [
      ...many(
        () =>
          makeAuthority('Authority', {
            keys: generateKeyPairSync('ec', { namedCurve: 'P-521', paramEncoding: 'explicit' }),
            keyIds: false,
          }),
        100,
      ),
    ];
    return { chain: chainOf(leafOf(), others), records: others.map((each) => tlsaFor(each, '2 1 1')) };
  },
};
