import { describe, expect, test } from 'vitest';
import {
  boolean,
  der,
  integer,
  namedBits,
  objectIdentifier,
  sequence,
} from '../../../test/support/der-writer.ts';
import { extension, generalName, purposes } from '../../../test/support/test-ca.ts';
import { contextTag, readValue } from './der.ts';
import { readExtensions } from './extensions.ts';
import type { Extensions } from './extensions.ts';

function read(...extensions: readonly Buffer[]): Extensions | undefined {
  return readExtensions(readValue(der(0xa3, sequence(...extensions)), contextTag(3)));
}

const nothing = { subjectAltNames: [], dnsNames: [], unknownCritical: [] };

describe('readExtensions()', () => {
  test('what is not there says nothing', () => {
    expect(readExtensions(undefined)).toEqual(nothing);
    expect(read()).toEqual(nothing);
  });

  test.each([
    ['subjectKeyIdentifier', '2.5.29.14', der(0x04, 'ab'), { subjectKeyId: '6162' }],
    [
      'keyUsage',
      '2.5.29.15',
      namedBits([0, 5, 8]),
      { keyUsage: ['digitalSignature', 'keyCertSign', 'decipherOnly'] },
    ],
    [
      'subjectAltName',
      '2.5.29.17',
      sequence(generalName.dns('A.test'), generalName.mail('a@b.test')),
      { dnsNames: ['A.test'], subjectAltNames: [{ tag: 0x82 }, { tag: 0x81 }] },
    ],
    ['subjectAltName of nothing', '2.5.29.17', sequence(), nothing],
    [
      'basicConstraints of an authority',
      '2.5.29.19',
      sequence(boolean(true), integer(3)),
      { basicConstraints: { ca: true, pathLength: 3 } },
    ],
    [
      'basicConstraints without path length',
      '2.5.29.19',
      sequence(boolean(true)),
      { basicConstraints: { ca: true } },
    ],
    ['basicConstraints of none', '2.5.29.19', sequence(), { basicConstraints: { ca: false } }],
    [
      'basicConstraints with FALSE written out',
      '2.5.29.19',
      sequence(boolean(false)),
      { basicConstraints: { ca: false } },
    ],
    [
      'a path length alone',
      '2.5.29.19',
      sequence(integer(2)),
      { basicConstraints: { ca: false, pathLength: 2 } },
    ],
    [
      'nameConstraints',
      '2.5.29.30',
      sequence(der(0xa0, sequence(generalName.dns('a'))), der(0xa1, sequence(generalName.uri('b')))),
      { nameConstraints: { permitted: [{ tag: 0x82 }], excluded: [{ tag: 0x86 }] } },
    ],
    ['authorityKeyIdentifier', '2.5.29.35', sequence(der(0x80, 'ab')), { authorityKeyId: '6162' }],
    [
      'extendedKeyUsage',
      '2.5.29.37',
      sequence(objectIdentifier(purposes.serverAuth)),
      { extendedKeyUsage: new Set([purposes.serverAuth]) },
    ],
  ])('reads %s', (_, type, value, expected) => {
    expect(read(extension(type, false, value))).toMatchObject(expected);
    expect(read(extension(type, true, value))?.unknownCritical).toEqual([]);
  });

  test.each(['2.5.29.14', '2.5.29.15', '2.5.29.17', '2.5.29.19', '2.5.29.30', '2.5.29.35', '2.5.29.37'])(
    'garbage for the value of %s makes it undefined',
    (type) => {
      for (const value of [Buffer.alloc(0), der(0x05), Buffer.from('3005', 'hex'), Buffer.from('garbage')]) {
        expect(read(extension(type, false, value))).toBeUndefined();
      }
    },
  );

  test('nameConstraints of one list only, and of none', () => {
    const [permitted, excluded] = [0xa0, 0xa1].map((tag) => der(tag, sequence(generalName.dns('a'))));
    if (permitted === undefined || excluded === undefined) throw new Error('no lists');
    const of = (...lists: readonly Buffer[]) =>
      read(extension('2.5.29.30', true, sequence(...lists)))?.nameConstraints;
    expect(of(permitted)).toMatchObject({ permitted: [{ tag: 0x82 }], excluded: [] });
    expect(of(excluded)).toMatchObject({ permitted: [], excluded: [{ tag: 0x82 }] });
    expect(of()).toEqual({ permitted: [], excluded: [] });
  });

  test('authorityKeyIdentifier: other members say nothing of the key', () => {
    const value = sequence(der(0xa1), der(0x82, 'x'));
    expect(read(extension('2.5.29.35', false, value))).not.toHaveProperty('authorityKeyId');
  });

  test('basicConstraints without path length have none', () => {
    const { basicConstraints } = read(extension('2.5.29.19', true, sequence(boolean(true)))) ?? {};
    expect(basicConstraints).toEqual({ ca: true });
    expect(basicConstraints).not.toHaveProperty('pathLength');
  });

  test('names critical extensions that nobody knows, and only those', () => {
    const given = [
      extension('1.3.6.1.4.1.99999.1', true, der(0x05)),
      extension('1.3.6.1.4.1.99999.2', false, der(0x05)),
      sequence(objectIdentifier('1.3.6.1.4.1.99999.3'), boolean(false), der(0x04)),
      extension('2.5.29.32', true, sequence()),
      extension('1.3.6.1.5.5.7.1.14', true, der(0x05)),
    ];
    expect(read(...given)?.unknownCritical).toEqual(['1.3.6.1.4.1.99999.1', '1.3.6.1.5.5.7.1.14']);
  });

  test('proxyCertInfo is critical whatever it says, RFC 3820 §3.8', () => {
    const proxy = '1.3.6.1.5.5.7.1.14';
    for (const critical of [true, false]) {
      expect(read(extension(proxy, critical, sequence()))?.unknownCritical).toEqual([proxy]);
    }
  });

  test.each([
    [
      'one extension twice',
      [extension('2.5.29.17', false, sequence()), extension('2.5.29.17', false, sequence())],
    ],
    ['an unknown one twice', [extension('1.2.3', false, der(0x05)), extension('1.2.3', false, der(0x05))]],
    ['subjectAltName that is no sequence', [extension('2.5.29.17', false, der(0x04))]],
    ['subjectAltName cut off', [extension('2.5.29.17', false, Buffer.from([0x30, 5, 0x82]))]],
    [
      'subjectAltName with something behind it',
      [extension('2.5.29.17', false, Buffer.concat([sequence(), sequence()]))],
    ],
    ['keyUsage that is no bit string', [extension('2.5.29.15', true, integer(1))]],
    [
      'basicConstraints with three members',
      [extension('2.5.29.19', true, sequence(boolean(true), integer(1), integer(1)))],
    ],
    [
      'a negative path length',
      [extension('2.5.29.19', true, sequence(boolean(true), der(0x02, Buffer.from([0xff]))))],
    ],
    ['extendedKeyUsage of integers', [extension('2.5.29.37', false, sequence(integer(1)))]],
    [
      'a subtree with a minimum',
      [
        extension(
          '2.5.29.30',
          true,
          sequence(der(0xa0, sequence(generalName.dns('a'), der(0x80, Buffer.from([1]))))),
        ),
      ],
    ],
    ['a subtree without base', [extension('2.5.29.30', true, sequence(der(0xa1, sequence())))]],
    ['a key identifier that is no octet string', [extension('2.5.29.14', false, integer(1))]],
    ['an authority key identifier that is no sequence', [extension('2.5.29.35', false, integer(1))]],
    ['an extension without value', [sequence(objectIdentifier('1.2.3'))]],
    [
      'an extension with a fourth member',
      [sequence(objectIdentifier('1.2.3'), boolean(true), der(0x04), der(0x04))],
    ],
    ['an extension without type', [sequence(der(0x04))]],
    ['an extension of a type that is none', [sequence(integer(1), der(0x04))]],
    ['an extension whose flag is none', [sequence(objectIdentifier('1.2.3'), integer(1), der(0x04))]],
    ['an extension that is no sequence', [integer(1)]],
    ['basicConstraints with a flag of two octets', [extension('2.5.29.19', true, sequence(der(0x01, 'ab')))]],
    ['basicConstraints of something else', [extension('2.5.29.19', true, sequence(der(0x04)))]],
    ['nameConstraints whose list is cut off', [extension('2.5.29.30', true, sequence(der(0xa0, 'x')))]],
    [
      'nameConstraints of what is no subtree',
      [extension('2.5.29.30', true, sequence(der(0xa1, integer(1))))],
    ],
  ])('is undefined for %s', (_, extensions) => {
    expect(read(...extensions)).toBeUndefined();
  });
});
