import { der } from '../../support/der-writer.ts';
import { attributeTypes, generalName, name, tlsaFor } from '../../support/test-ca.ts';
import { host, makeCase } from './case.ts';
import type { Case } from './case.ts';
import { makeLeaf, standardHierarchy } from './hierarchy.ts';
import type { Trait } from './traits.ts';

const { issuer } = standardHierarchy();

/** The forms a name can have in a certificate. */
const patterns = [
  host,
  'MX.Example.TEST',
  'mx.example.test.',
  '.example.test',
  'example.test',
  'other.test',
  'mx.example.test.other.test',
  'mx.example.tes',
  'mxaexample.test',
  ' mx.example.test',
  'mx.example.test\0.other.test',
  '',
  '*',
  '*.test',
  '*.example.test',
  '*.EXAMPLE.test',
  '*.mx.example.test',
  '*.*.test',
  'mx.*.test',
  '*mx.example.test',
  '**.example.test',
  'm*.example.test',
  '*x.example.test',
  'm*x.example.test',
  'xn--*.example.test',
  '*.ex_ample.test',
  '*._sub.example.test',
  '*.-example.test',
  '*.example-.test',
  'mx.ex_ample.test',
] as const;

/** Who we believe the server to be. */
const references = [
  host,
  'MX.example.TEST',
  'a.mx.example.test',
  'xn--mx-cka.example.test',
  '_mx.example.test',
  'mx-.example.test',
  'example.test',
  'localhost',
  'mx.ex_ample.test',
  'mx._sub.example.test',
  'mx.-example.test',
  'mx.example-.test',
] as const;

const commonName = (...values: readonly (string | Buffer)[]): Buffer =>
  name(...values.map((value) => [attributeTypes.commonName, value] as const));

/** Where the names are; a Common Name counts only if there is no dNSName. */
const places: readonly (readonly [title: string, trait: Trait])[] = [
  [
    'Common Name beside a mail address',
    { names: [], subject: host, altNames: [generalName.mail('a@example.test')] },
  ],
  [
    'Common Name beside an address',
    { names: [], subject: host, altNames: [generalName.address(192, 0, 2, 1)] },
  ],
  [
    'Common Name beside a URI',
    { names: [], subject: host, altNames: [generalName.uri('http://mx.example.test/')] },
  ],
  ['Common Name beside another dNSName', { names: ['other.test'], subject: host }],
  ['Common Name beside an empty dNSName', { names: [''], subject: host }],
  ['another Common Name beside the dNSName', { subject: 'other.test' }],
  [
    'the name as a mail domain only',
    { names: [], subject: 'x', altNames: [generalName.mail('mx.example.test')] },
  ],
  ['two Common Names, first', { names: [], subject: commonName(host, 'other.test') }],
  ['two Common Names, last', { names: [], subject: commonName('other.test', host) }],
  ['Common Name as PrintableString', { names: [], subject: commonName(der(0x13, host)) }],
  ['Common Name as IA5String', { names: [], subject: commonName(der(0x16, host)) }],
  ['Common Name as TeletexString', { names: [], subject: commonName(der(0x14, host)) }],
  [
    'Common Name as BMPString',
    { names: [], subject: commonName(der(0x1e, Buffer.from(host, 'utf16le').swap16())) },
  ],
  [
    'Common Name as UniversalString',
    {
      names: [],
      subject: commonName(
        der(0x1c, Buffer.from([...Buffer.from(host)].flatMap((octet) => [0, 0, 0, octet]))),
      ),
    },
  ],
  [
    'Common Name beside an organization',
    {
      names: [],
      subject: name([attributeTypes.organization, 'An Organization'], [attributeTypes.commonName, host]),
    },
  ],
  [
    'organization that looks like the name',
    { names: [], subject: name([attributeTypes.organization, host]) },
  ],
  ['first of two', { names: [host, 'other.test'] }],
  ['last of two', { names: ['other.test', host] }],
  [
    'last of two hundred',
    { names: [...Array.from({ length: 199 }, (_, each) => `mx${each}.example.test`), host] },
  ],
  ['wildcard beside another', { names: ['other.test', '*.example.test'] }],
  ['dNSName that is not ASCII', { names: [], altNames: [generalName.dns('mx.exämple.test')] }],
];

/** Which names of a certificate stand for the host, under DANE-TA. */
export function nameCases(): Case[] {
  const cases = (title: string, trait: Trait, reference: string): Case =>
    makeCase(title, makeLeaf(trait, issuer), [issuer], [tlsaFor(issuer, '2 0 1')], reference);
  return [
    ...patterns.flatMap((pattern) =>
      references.map((reference) =>
        cases(
          `dNSName ${JSON.stringify(pattern)} for ${reference}`,
          { names: [pattern], subject: 'x' },
          reference,
        ),
      ),
    ),
    ...patterns.map((pattern) =>
      cases(`Common Name ${JSON.stringify(pattern)} for ${host}`, { names: [], subject: pattern }, host),
    ),
    ...places.map(([title, trait]) => cases(title, trait, host)),
  ];
}
