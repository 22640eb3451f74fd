import { der, integer, sequence } from '../../support/der-writer.ts';
import { attributeTypes, extension, generalName, name, tlsaFor } from '../../support/test-ca.ts';
import { host, makeCase } from './case.ts';
import type { Case } from './case.ts';
import { makeIssuer, makeLeaf } from './hierarchy.ts';
import type { Trait } from './traits.ts';

const { dns, mail, uri, address, directory } = generalName;
const organization = (text: string | Buffer): Buffer => name([attributeTypes.organization, text]);
const member = (text: string): Buffer =>
  name([attributeTypes.organization, text], [attributeTypes.commonName, 'A Server']);

/** Bases of subtrees and what they are compared with. */
const groups: readonly {
  readonly bases: Readonly<Record<string, Buffer>>;
  readonly leaves: Readonly<Record<string, Trait>>;
}[] = [
  {
    bases: Object.fromEntries(
      [
        'mx.example.test',
        'example.test',
        'EXAMPLE.test',
        '.example.test',
        '.mx.example.test',
        'a.mx.example.test',
        'test',
        '.test',
        '',
        '.',
        'other.test',
        'ample.test',
        '*.example.test',
        'example.test.',
      ].map((base) => [JSON.stringify(base), dns(base)]),
    ),
    leaves: {
      'the host': {},
      'the host in capitals': { names: ['MX.EXAMPLE.TEST'] },
      'a wildcard': { names: ['*.example.test'] },
      'the host and another': { names: [host, 'other.test'] },
      'the host as Common Name': { names: [], subject: host },
      'the host, and another as Common Name': { subject: 'mail.other.test' },
      'the host, a mail address and an address': {
        altNames: [mail('root@other.test'), address(192, 0, 2, 1)],
      },
    },
  },
  {
    bases: {
      '192.0.2.0/24': address(192, 0, 2, 0, 255, 255, 255, 0),
      '192.0.2.1/32': address(192, 0, 2, 1, 255, 255, 255, 255),
      '0.0.0.0/0': address(0, 0, 0, 0, 0, 0, 0, 0),
      '::/0': address(...Array<number>(32).fill(0)),
    },
    leaves: {
      'no address': {},
      '192.0.2.1': { altNames: [address(192, 0, 2, 1)] },
      '198.51.100.1': { altNames: [address(198, 51, 100, 1)] },
      '::1': { altNames: [address(...Array<number>(15).fill(0), 1)] },
    },
  },
  {
    bases: {
      'O=An Organization': directory(organization('An Organization')),
      'O=AN  ORGANIZATION': directory(organization(der(0x13, 'AN  ORGANIZATION'))),
      'O=Another': directory(organization('Another')),
      'no name': directory(name()),
    },
    leaves: {
      'no subject': { subject: name() },
      'O=An Organization, CN=A Server': { subject: member('An Organization') },
      'O=an organization, CN=A Server': { subject: member('an organization') },
      'O=Other, CN=A Server': { subject: member('Other') },
      'CN=mx.example.test': { subject: host },
      'a directory name': { subject: name(), altNames: [directory(member('An Organization'))] },
    },
  },
  {
    bases: { 'mail example.test': mail('example.test'), 'mail other.test': mail('other.test') },
    leaves: {
      'no mail address': {},
      'root@example.test': { altNames: [mail('root@example.test')] },
      'root@example.test in the subject': {
        subject: name(['1.2.840.113549.1.9.1', der(0x16, 'root@example.test')]),
      },
    },
  },
  {
    bases: { 'URI example.test': uri('.example.test'), 'URI other.test': uri('.other.test') },
    leaves: { 'no URI': {}, 'http://mx.example.test/': { altNames: [uri('http://mx.example.test/')] } },
  },
];

/** Other traits of the authority that constrains, and how the leaf fares. */
const more: Readonly<Record<string, Trait>> = {
  'permits and excludes the host': {
    nameConstraints: { permitted: [dns('example.test')], excluded: [dns(host)] },
  },
  'permits two domains': { nameConstraints: { permitted: [dns('other.test'), dns('example.test')] } },
  'permits the domain, excludes another': {
    nameConstraints: { permitted: [dns('example.test')], excluded: [dns('other.test')] },
  },
  'constrains nothing': { nameConstraints: {} },
  'minimum 0 in so many words': constraints(sequence(dns('example.test'), der(0x80, Buffer.from([0])))),
  'minimum 1': constraints(sequence(dns('example.test'), der(0x80, Buffer.from([1])))),
  'maximum 5': constraints(sequence(dns('example.test'), der(0x81, Buffer.from([5])))),
  'an address of no size': constraints(sequence(der(0x87, Buffer.from([192, 0, 2])))),
  'a subtree that is a number': constraints(integer(1)),
};

/** RFC 5280 §4.2.1.10, by the trust anchor and by an authority below it. */
export function constraintCases(): Case[] {
  const judged = (title: string, constraint: Trait, leafTrait: Trait): Case[] => {
    const anchor = makeIssuer('Anchor', constraint);
    const leaf = makeLeaf(leafTrait, anchor);
    return [makeCase(title, leaf, [anchor], [tlsaFor(anchor, '2 0 1')])];
  };
  return [
    ...groups.flatMap(({ bases, leaves }) =>
      Object.entries(bases).flatMap(([baseTitle, base]) =>
        Object.entries(leaves).flatMap(([leafTitle, leafTrait]) =>
          (['permitted', 'excluded'] as const).flatMap((list) =>
            judged(`${baseTitle} ${list}: ${leafTitle}`, { nameConstraints: { [list]: [base] } }, leafTrait),
          ),
        ),
      ),
    ),
    ...Object.entries(more).flatMap(([title, trait]) => judged(`name constraints: ${title}`, trait, {})),
    ...betweenAuthorities(),
  ];
}

/** The name of an intermediate is bound as well, unless it has that of its issuer. */
function betweenAuthorities(): Case[] {
  const intermediates: Readonly<Record<string, Trait>> = {
    'another organization': { subject: member('Another') },
    'the organization': { subject: member('An Organization') },
    'another dNSName': { names: ['other.test'], subject: member('An Organization') },
    'the name of its issuer': { subject: organization('Issuer') },
    'the name of its issuer and another dNSName': { subject: organization('Issuer'), names: ['other.test'] },
  };
  const permitted = [directory(organization('An Organization')), dns('example.test')];
  return Object.entries(intermediates).flatMap(([title, trait]) => {
    const root = makeIssuer('Root', { subject: organization('Issuer'), nameConstraints: { permitted } });
    const issuer = makeIssuer('', trait, root);
    const leaf = makeLeaf({ subject: member('An Organization') }, issuer);
    return ['2 0 1', '2 1 1'].map((form) =>
      makeCase(
        `name constraints on an intermediate: ${title}, ${form}`,
        leaf,
        [issuer, root],
        [tlsaFor(root, form)],
      ),
    );
  });
}

function constraints(subtree: Buffer): Trait {
  return { extensions: [extension('2.5.29.30', true, sequence(der(0xa0, subtree)))] };
}
