import { hasIpv6Loopback } from './address-space.ts';
import {
  makeCertificate,
  makeChain,
  tlsaRecord,
  wrongDigit,
  type Certificate,
  type Chain,
} from './certificates.ts';
import { postfixObstacle } from './privileges.ts';
import type { LabDomain, LabHost, World, WorldNames } from './world.ts';

/**
 * The world of the field reports and of the demo. Write to `user@DOMAIN`:
 *
 * | domain | what is there |
 * |---|---|
 * | good.test | `3 1 1`, in a chain whose authority nobody knows |
 * | postfix.test | `3 1 1`, self-signed, a real Postfix; only where one can be started |
 * | ipv6.test | `3 0 1`, self-signed, at ::1, TLS 1.2 with ECDHE-RSA-AES256-GCM-SHA384; only where there is IPv6 |
 * | ta.test | `2 1 1` of the current and a standby CA, through a DNAME and two CNAMEs; backup MX unsigned |
 * | ta-wrong.test | the same, every digest altered by one digit; no backup MX |
 * | wrong-cert.test | `3 0 1` with one wrong digit |
 * | wrong-key.test | `3 1 1` with one wrong digit |
 * | no-tlsa.test | signed, no TLSA record |
 * | unsigned.test | not signed |
 * | half.test | not signed, MX mx.good.test |
 * | tlsa-fails.test | the TLSA lookup ends in SERVFAIL |
 * | bogus.test | every lookup ends in SERVFAIL |
 * | dead.test | its name server does not answer |
 * | stripped.test | `3 1 1`, and no STARTTLS offered |
 * | alias.test | its MX is a signed alias of mx.good.test |
 * | null-mx.test | null MX (RFC 7505) |
 * | nxdomain.test | does not exist |
 * | implicit.test | no MX; address and `3 1 1` of the domain itself |
 * | rejects.test | 550 to every recipient |
 * | greylist.test | 450 to the first recipient command, then as usual |
 * | failover.test | first MX refuses connections, second is mx.good.test |
 * | anonymous.test | AECDH-AES256-SHA at TLS 1.2, no certificate, no TLSA record |
 * | adh.test | ADH-AES256-SHA at TLS 1.0, no certificate, no TLSA record |
 *
 * Hosts are called `mx.DOMAIN`; besides them `mx.implicit.test` stands for implicit.test itself, `backup.unsigned.test`
 * is the backup MX and `down.failover.test` the one that refuses.
 */
export async function standardWorld(): Promise<World> {
  const [ee, common, rsa, chain, wrongChain, standby] = await Promise.all([
    makeCertificate({ commonName: 'lab mail host' }),
    makeChain([], { leaf: { commonName: 'lab mail host' } }),
    makeCertificate({ commonName: 'mx.ipv6.test', key: 'RSA-2048' }),
    makeChain(['mx.ta.test']),
    makeChain(['mx.ta-wrong.test']),
    makeCertificate({ commonName: 'Lab Standby CA', authority: true }),
  ]);
  return {
    domains: [
      ...authenticated,
      ...sharedRecords(standby),
      ...refused,
      ...opportunistic,
      ...routed,
      ...postfix.domains,
      ...ipv6.domains,
    ],
    hosts: [
      ...['good', 'wrong-cert', 'wrong-key', 'no-tlsa', 'unsigned', 'tlsa-fails', 'bogus', 'implicit'].map(
        (name) => scripted(`mx.${name}.test`, ...inOrder(common)),
      ),
      { ...scripted('mx.stripped.test', ...inOrder(common)), startTls: false },
      { ...scripted('mx.rejects.test', ...inOrder(common)), replies: { RCPT: '550 5.1.1 User unknown' } },
      {
        ...scripted('mx.greylist.test', ...inOrder(common)),
        replies: { RCPT: (_, nth) => (nth === 1 ? '450 4.2.0 Greylisted, try again later' : undefined) },
      },
      scripted('mx.ta.test', ...inOrder(chain)),
      scripted('mx.ta-wrong.test', ...inOrder(wrongChain)),
      scripted('backup.unsigned.test', ...inOrder(common)),
      {
        ...scripted('mx.anonymous.test'),
        tls: { maxVersion: 'TLSv1.2', ciphers: 'AECDH-AES256-SHA:@SECLEVEL=0' },
      },
      {
        ...scripted('mx.adh.test'),
        tls: { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'ADH-AES256-SHA:@SECLEVEL=0' },
      },
      { kind: 'absent', name: 'down.failover.test' },
      ...postfix.hosts(ee),
      ...ipv6.hosts(rsa),
    ],
  };
}

/** One host, `mx`, with the address it has and a TLSA record of its certificate, unless said otherwise. */
function domain(
  name: string,
  dnssec: LabDomain['dnssec'],
  more: (names: WorldNames, mx: string) => readonly string[] = () => [],
): LabDomain {
  const mx = `mx.${name}`;
  return {
    name,
    dnssec,
    records: (names) => ['@ MX 10 mx', `mx ${names.address(mx)}`, ...more(names, mx)],
  };
}

/** As mail hosts send them. */
function inOrder({ leaf, intermediate, root }: Chain): readonly Certificate[] {
  return [leaf, intermediate, root];
}

function scripted(name: string, ...certificates: readonly Certificate[]) {
  return { kind: 'scripted', name, certificates } as const;
}

function ownKey(names: WorldNames, mx: string): readonly string[] {
  return [`${names.tlsaOwner('mx')} ${names.tlsa(mx, '3 1 1')}`];
}

const authenticated: readonly LabDomain[] = [
  domain('good.test', 'signed', ownKey),
  {
    name: 'implicit.test',
    dnssec: 'signed',
    records: (names) => [
      `@ ${names.address('mx.implicit.test')}`,
      `_${names.port}._tcp ${names.tlsa('mx.implicit.test', '3 1 1')}`,
    ],
  },
  { name: 'alias.test', dnssec: 'signed', records: () => ['@ MX 10 mx', 'mx CNAME mx.good.test.'] },
];

/** `_tcp.mx` is a DNAME; below it two CNAMEs lead to one record set that names more CAs than the one in use. */
function sharedRecords(standby: Certificate): readonly LabDomain[] {
  const shared = (records: readonly string[], port: number) => [
    '_tcp.mx DNAME _tlsa',
    `_${port}._tlsa CNAME _mail._tlsa`,
    '_mail._tlsa CNAME _ca._tlsa',
    ...records.map((record) => `_ca._tlsa ${record}`),
  ];
  const records = (names: WorldNames, mx: string) => [names.tlsa(mx, '2 1 1'), tlsaRecord(standby, '2 1 1')];
  return [
    domain('ta.test', 'signed', (names, mx) => [
      '@ MX 20 backup.unsigned.test.',
      ...shared(records(names, mx), names.port),
    ]),
    domain('ta-wrong.test', 'signed', (names, mx) => shared(records(names, mx).map(wrongDigit), names.port)),
  ];
}

const refused: readonly LabDomain[] = [
  domain('wrong-cert.test', 'signed', (names, mx) => [
    `${names.tlsaOwner('mx')} ${wrongDigit(names.tlsa(mx, '3 0 1'))}`,
  ]),
  domain('wrong-key.test', 'signed', (names, mx) => [
    `${names.tlsaOwner('mx')} ${wrongDigit(names.tlsa(mx, '3 1 1'))}`,
  ]),
  domain('stripped.test', 'signed', ownKey),
  {
    ...domain('tlsa-fails.test', 'signed', ownKey),
    bogusRrsets: (names) => [`${names.tlsaOwner('mx')} TLSA`],
  },
  domain('bogus.test', 'bogus', ownKey),
  { name: 'dead.test', dnssec: 'dead' },
];

const opportunistic: readonly LabDomain[] = [
  domain('no-tlsa.test', 'signed'),
  domain('unsigned.test', 'unsigned', (names) => [`backup ${names.address('backup.unsigned.test')}`]),
  { name: 'half.test', dnssec: 'unsigned', records: () => ['@ MX 10 mx.good.test.'] },
  domain('anonymous.test', 'signed'),
  domain('adh.test', 'signed'),
];

const routed: readonly LabDomain[] = [
  { name: 'null-mx.test', dnssec: 'signed', records: () => ['@ MX 0 .'] },
  domain('rejects.test', 'signed', ownKey),
  domain('greylist.test', 'signed', ownKey),
  {
    name: 'failover.test',
    dnssec: 'signed',
    records: (names) => [
      '@ MX 10 down',
      '@ MX 20 mx.good.test.',
      `down ${names.address('down.failover.test')}`,
    ],
  },
];

const postfix = {
  domains: postfixObstacle() === undefined ? [domain('postfix.test', 'signed', ownKey)] : [],
  hosts: (certificate: Certificate): readonly LabHost[] =>
    postfixObstacle() === undefined
      ? [
          {
            kind: 'postfix',
            name: 'mx.postfix.test',
            domains: ['postfix.test'],
            certificates: [certificate],
          },
        ]
      : [],
};

const ipv6 = {
  domains: hasIpv6Loopback()
    ? [domain('ipv6.test', 'signed', (names, mx) => [`${names.tlsaOwner('mx')} ${names.tlsa(mx, '3 0 1')}`])]
    : [],
  hosts: (certificate: Certificate): readonly LabHost[] =>
    hasIpv6Loopback()
      ? [
          {
            ...scripted('mx.ipv6.test', certificate),
            family: 6,
            tls: { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES256-GCM-SHA384' },
          },
        ]
      : [],
};
