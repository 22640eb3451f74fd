import type { TlsaRecord } from '../../../src/core/dns/record.ts';
import { tlsaFor } from '../../support/test-ca.ts';
import { makeCase } from './case.ts';
import type { Case } from './case.ts';
import { makeIssuer, standardHierarchy } from './hierarchy.ts';

const { leaf, issuer, root } = standardHierarchy();
const stranger = makeIssuer('Stranger');
const chain = [issuer, root];
const forms = ['0 0', '0 1', '0 2', '1 0', '1 1', '1 2'] as const;
const subjects = { 2: issuer, 3: leaf } as const;
const usages = [2, 3] as const;

/** Every number each parameter may take that somebody might mean something by, and some that nobody does. */
function parameterCases(): Case[] {
  return [0, 1, 2, 3, 4, 255].flatMap((usage) =>
    [0, 1, 2].flatMap((selector) =>
      [0, 1, 2, 3, 255].map((matching) => {
        const certificate = usage % 2 === 0 ? issuer : leaf;
        const record = tlsaFor(certificate, `${usage} ${selector} ${matching}`);
        return makeCase(`alone: ${usage} ${selector} ${matching}`, leaf, chain, [record]);
      }),
    ),
  );
}

/** RFC 7671 §9: what a record is worth beside another of another digest. */
function pairCases(): Case[] {
  return usages.flatMap((usage) =>
    forms.flatMap((good) =>
      forms.map((bad) =>
        makeCase(`pair: good ${usage} ${good} beside bad ${usage} ${bad}`, leaf, chain, [
          tlsaFor(stranger, `${usage} ${bad}`),
          tlsaFor(subjects[usage], `${usage} ${good}`),
        ]),
      ),
    ),
  );
}

/** Ways to spoil the data of a record; without any it is good. */
const faults: Readonly<Record<string, (record: TlsaRecord) => TlsaRecord>> = {
  'an octet short': (record) => ({ ...record, data: record.data.subarray(0, -1) }),
  'an octet long': (record) => ({ ...record, data: Buffer.concat([record.data, Buffer.from([0])]) }),
  'one octet': (record) => ({ ...record, data: record.data.subarray(0, 1) }),
  'another octet last': (record) => {
    const data = Buffer.from(record.data);
    data[data.length - 1] = (data.at(-1) ?? 0) ^ 1;
    return { ...record, data };
  },
  'another octet first': (record) => {
    const data = Buffer.from(record.data);
    data[0] = (data[0] ?? 0) ^ 1;
    return { ...record, data };
  },
  'the other selector': (record) => ({ ...record, selector: 1 - record.selector }),
  'twice as long': (record) => ({ ...record, data: Buffer.concat([record.data, record.data]) }),
};

/** Spoiled records alone, beside a good one, and where they must not displace a good one of a weaker digest. */
function faultCases(): Case[] {
  return usages.flatMap((usage) =>
    forms.flatMap((form) =>
      Object.entries(faults).flatMap(([title, spoil]) => {
        const spoiled = spoil(tlsaFor(subjects[usage], `${usage} ${form}`));
        const weaker = tlsaFor(subjects[usage], `${usage} ${form[0]} 1`);
        const id = `${usage} ${form} ${title}`;
        return [
          makeCase(`spoiled: ${id}`, leaf, chain, [spoiled]),
          makeCase(`spoiled: ${id} beside good SHA-256`, leaf, chain, [spoiled, weaker]),
        ];
      }),
    ),
  );
}

/** Several records with different things to say. */
function setCases(): Case[] {
  const sets: readonly (readonly [title: string, records: readonly TlsaRecord[]])[] = [
    ['DANE-EE and DANE-TA', [tlsaFor(issuer, '2 1 1'), tlsaFor(leaf, '3 1 1')]],
    ['bad DANE-EE, good DANE-TA', [tlsaFor(stranger, '3 1 1'), tlsaFor(issuer, '2 1 1')]],
    ['good DANE-EE, bad DANE-TA', [tlsaFor(stranger, '2 1 1'), tlsaFor(leaf, '3 1 1')]],
    ['two bad', [tlsaFor(stranger, '2 1 1'), tlsaFor(stranger, '3 1 1')]],
    ['issuer and root', [tlsaFor(root, '2 0 1'), tlsaFor(issuer, '2 0 1')]],
    ['issuer as DANE-EE', [tlsaFor(issuer, '3 1 1')]],
    ['leaf as DANE-TA', [tlsaFor(leaf, '2 1 1')]],
    ['leaf as DANE-TA by key', [tlsaFor(leaf, '2 1 0')]],
    ['leaf as DANE-TA in full', [tlsaFor(leaf, '2 0 0')]],
    ['PKIX-EE beside a bad DANE-EE', [tlsaFor(leaf, '1 1 1'), tlsaFor(stranger, '3 1 1')]],
    ['PKIX-EE beside a good DANE-EE', [tlsaFor(leaf, '1 1 1'), tlsaFor(leaf, '3 1 1')]],
    ['PKIX-TA beside a good DANE-TA', [tlsaFor(root, '0 0 1'), tlsaFor(issuer, '2 0 1')]],
    ['current and next key', [tlsaFor(stranger, '3 1 1'), tlsaFor(leaf, '3 1 1')]],
    ['the same twice', [tlsaFor(leaf, '3 1 1'), tlsaFor(leaf, '3 1 1')]],
    [
      'twenty bad and a good one',
      [
        ...Array.from({ length: 20 }, (_, index) => ({
          ...tlsaFor(leaf, '3 1 1'),
          data: Buffer.alloc(32, index),
        })),
        tlsaFor(leaf, '3 1 1'),
      ],
    ],
  ];
  return sets.map(([title, records]) => makeCase(`set: ${title}`, leaf, chain, records));
}

export function recordCases(): Case[] {
  return [...parameterCases(), ...pairCases(), ...faultCases(), ...setCases()];
}
