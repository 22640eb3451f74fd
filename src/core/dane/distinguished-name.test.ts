import { describe, expect, test } from 'vitest';
import { der, objectIdentifier, sequence, set } from '../../../test/support/der-writer.ts';
import { attributeTypes, name } from '../../../test/support/test-ca.ts';
import { derTags, readValue } from './der.ts';
import { nameKey, readName } from './distinguished-name.ts';
import type { DistinguishedName } from './distinguished-name.ts';

const { commonName, organization, country } = attributeTypes;

function read(encoding: Buffer): DistinguishedName | undefined {
  return readName(readValue(encoding, derTags.sequence));
}

type Attribute = readonly [type: string, value: string | Buffer];

function keyOf(...attributes: readonly Attribute[]): string | undefined {
  const parsed = read(name(...attributes));
  return parsed && nameKey(parsed);
}

describe('readName()', () => {
  test.each([
    ['UTF8String', der(0x0c, 'Bücher CA'), 'Bücher CA'],
    ['PrintableString', der(0x13, 'Example CA'), 'Example CA'],
    ['TeletexString', der(0x14, Buffer.from('Bücher CA', 'latin1')), 'Bücher CA'],
    ['BMPString', der(0x1e, Buffer.from('Bücher', 'utf16le').swap16()), 'Bücher'],
  ])('reads a Common Name in %s', (_, value, text) => {
    expect(read(name([commonName, value]))?.commonNames).toEqual([text]);
  });

  test('a BMPString of an odd number of octets is no text', () => {
    expect(read(name([commonName, der(0x1e, Buffer.from([0, 65, 0]))]))?.commonNames).toEqual([]);
  });

  test('gives every Common Name and mail address', () => {
    const encoding = name(
      [commonName, 'a'],
      ['1.2.840.113549.1.9.1', der(0x16, 'x@a.test')],
      [commonName, 'b'],
    );
    expect(read(encoding)).toMatchObject({ commonNames: ['a', 'b'], emailAddresses: ['x@a.test'] });
  });

  test.each([
    [
      'all its parts',
      [
        ['2.5.4.6', 'DE'],
        ['2.5.4.10', 'Ex'],
        [commonName, 'Root'],
      ],
      '/C=DE/O=Ex/CN=Root',
    ],
    ['other attributes by number', [['1.2.3.4', 'x']], '/1.2.3.4=x'],
    ['a value that is no text as ?', [[commonName, der(0x02, 'x')]], '/CN=?'],
    ['what cannot be printed', [[commonName, 'a\nb\u00fc']], '/CN=a?b?'],
    ['no more than a line holds', [[commonName, 'x'.repeat(1000)]], `/CN=${'x'.repeat(196)}`],
    ['nothing', [], ''],
  ] as const)('shows %s', (_, attributes, text) => {
    expect(read(name(...attributes))?.text).toBe(text);
  });

  test.each([
    ['no sequence', der(0x31)],
    ['an empty relative name', sequence(set())],
    ['an attribute without value', sequence(set(sequence(objectIdentifier(commonName))))],
    [
      'an attribute with two values',
      sequence(set(sequence(objectIdentifier(commonName), der(0x0c, 'a'), der(0x0c, 'b')))),
    ],
    ['a value alone', sequence(set(sequence(der(0x0c, 'a'))))],
    ['an attribute that is no sequence', sequence(set(objectIdentifier(commonName)))],
    [
      'one bad attribute among good ones',
      sequence(set(sequence(objectIdentifier(commonName), der(0x0c, 'a')), sequence())),
    ],
    ['a value cut off', sequence(set(sequence(objectIdentifier(commonName), Buffer.from([0x0c, 5, 65]))))],
  ])('refuses %s', (_, encoding) => {
    expect(read(encoding)).toBeUndefined();
  });

  test('the empty name is a name', () => {
    expect(read(name())?.relativeNames).toEqual([]);
  });
});

describe('nameKey(): names match as RFC 5280 §7.1 has it', () => {
  test.each<[string, Attribute, Attribute]>([
    ['case', [commonName, 'Example CA'], [commonName, 'EXAMPLE ca']],
    ['white space', [commonName, 'Example CA'], [commonName, ' Example   CA ']],
    ['white space of any kind', [commonName, 'Example CA'], [commonName, 'Example\v\t\f\r\nCA']],
    ['string type', [commonName, 'Example CA'], [commonName, der(0x13, 'Example CA')]],
  ])('%s does not count', (_, one, other) => {
    expect(keyOf(one)).toBe(keyOf(other));
  });

  test.each<[string, Attribute[], Attribute[]]>([
    ['white space that is there', [[commonName, 'Example CA']], [[commonName, 'ExampleCA']]],
    [
      'two relative names and one',
      [
        [commonName, 'a'],
        [commonName, 'b'],
      ],
      [[commonName, 'ab']],
    ],
    ['another value', [[commonName, 'Example CA']], [[commonName, 'Example CB']]],
    ['another attribute', [[commonName, 'Example']], [[organization, 'Example']]],
    [
      'another order',
      [
        [country, 'de'],
        [commonName, 'a'],
      ],
      [
        [commonName, 'a'],
        [country, 'de'],
      ],
    ],
    [
      'one more',
      [[commonName, 'a']],
      [
        [commonName, 'a'],
        [commonName, 'a'],
      ],
    ],
    [
      'an imitated separator',
      [
        [commonName, 'a'],
        [commonName, 'b'],
      ],
      [[commonName, 'a\n2.5.4.3=b']],
    ],
    ['case beyond ASCII', [[commonName, 'Ä']], [[commonName, 'ä']]],
    [
      'broken UTF-8',
      [[commonName, der(0x0c, Buffer.from([0xff]))]],
      [[commonName, der(0x0c, Buffer.from([0xfe]))]],
    ],
  ])('%s does', (_, one, other) => {
    expect(keyOf(...one)).not.toBe(keyOf(...other));
  });

  test('the order inside one relative name does not count', () => {
    const [a, b] = [
      sequence(objectIdentifier(commonName), der(0x0c, 'a')),
      sequence(objectIdentifier(organization), der(0x0c, 'b')),
    ];
    const [one, other] = [read(sequence(set(a, b))), read(sequence(set(b, a)))];
    expect(one?.relativeNames).toEqual(other?.relativeNames);
  });
});
