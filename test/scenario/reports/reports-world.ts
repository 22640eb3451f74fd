import {
  makeCertificate,
  makeChain,
  tlsaRecord,
  wrongDigit,
  type Certificate,
} from '../../lab/certificates.ts';
import { day } from '../../support/test-ca.ts';
import { postfixObstacle } from '../../lab/privileges.ts';
import type { LabDomain, LabHost, World } from '../../lab/world.ts';

const withoutDsn = ['PIPELINING', 'SIZE 104857600', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES'];

/**
 * Senders at home.test, at sevenbit.test (whose host has no 8BITMIME, no DSN) and at postfix.test (a real Postfix, if one can be started);
 * everybody else is there to be written to, and does what its name says.
 */
export async function reportsWorld(): Promise<World> {
  const [ee, old, chain] = await Promise.all([
    makeCertificate({ commonName: 'lab mail host' }),
    makeChain(['mx.expired.test'], {
      leaf: {
        names: ['mx.expired.test'],
        notBefore: new Date(Date.now() - 9 * day),
        notAfter: new Date(Date.now() - day),
      },
    }),
    makeChain(['another-name.test']),
  ]);
  const domains: LabDomain[] = [
    own('home.test'),
    own('sevenbit.test'),
    ...(postfixObstacle() === undefined ? [own('postfix.test')] : []),
    own('nodsn.test'),
    own('rejects.test'),
    own('full.test'),
    own('stripped.test'),
    domain('wrong-key.test', (tlsa) => wrongDigit(tlsa('3 1 1'))),
    domain('expired.test', () => tlsaRecord(old.root, '2 0 1')),
    domain('wrong-name.test', () => tlsaRecord(chain.root, '2 0 1')),
    { ...own('tlsa-fails.test'), bogusRrsets: ({ tlsaOwner }) => [`${tlsaOwner('mx')} TLSA`] },
    { name: 'null-mx.test', dnssec: 'signed', records: () => ['@ MX 0 .'] },
    {
      name: 'down.test',
      dnssec: 'signed',
      records: ({ address }) => ['@ MX 10 mx', `mx ${address('mx.down.test')}`],
    },
    {
      name: 'unsigned.test',
      dnssec: 'unsigned',
      records: ({ address }) => ['@ MX 10 mx', `mx ${address('mx.home.test')}`],
    },
  ];
  const hosts: LabHost[] = [
    host('mx.home.test', ee),
    { ...host('mx.sevenbit.test', ee), extensions: ['SIZE 104857600'] },
    ...(postfixObstacle() === undefined ? [realPostfix(ee)] : []),
    { ...host('mx.nodsn.test', ee), extensions: withoutDsn },
    { ...host('mx.rejects.test', ee), replies: { RCPT: '550 5.1.1 User unknown' } },
    { ...host('mx.full.test', ee), replies: { RCPT: '452 4.2.2 Mailbox full' } },
    { ...host('mx.stripped.test', ee), startTls: false },
    host('mx.wrong-key.test', ee),
    host('mx.tlsa-fails.test', ee),
    host('mx.expired.test', old.leaf, old.intermediate, old.root),
    host('mx.wrong-name.test', chain.leaf, chain.intermediate, chain.root),
    { kind: 'absent', name: 'mx.down.test' },
  ];
  return { domains, hosts };
}

function realPostfix(certificate: Certificate) {
  const domains = ['postfix.test'];
  return { kind: 'postfix', name: 'mx.postfix.test', domains, certificates: [certificate] } as const;
}

function host(name: string, ...certificates: readonly Certificate[]) {
  return { kind: 'scripted', name, certificates } as const;
}

/** One host, with a TLSA record. */
function domain(name: string, record: (tlsa: (parameters: '3 1 1') => string) => string): LabDomain {
  return {
    name,
    dnssec: 'signed',
    records: ({ address, tlsaOwner, tlsa }) => [
      '@ MX 10 mx',
      `mx ${address(`mx.${name}`)}`,
      `${tlsaOwner('mx')} ${record((parameters) => tlsa(`mx.${name}`, parameters))}`,
    ],
  };
}

/** The record is that of its certificate. */
function own(name: string): LabDomain {
  return domain(name, (tlsa) => tlsa('3 1 1'));
}
