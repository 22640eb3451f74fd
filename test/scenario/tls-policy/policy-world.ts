import { createHash, X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeCertificate, makeChain, wrongDigit, type Certificate } from '../../lab/certificates.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import type { LabHost, ScriptedHost, World } from '../../lab/world.ts';

/** A lab of hosts that an operator knows something about, and what he knows. */
export interface PolicyLab {
  readonly lab: Lab;
  /** Digests of the certificate and of the public key of self.hosts.test, hexadecimal. */
  readonly fingerprints: { readonly certificate: string; readonly key: string };
  /** PEM files: the CA above the others, a CA above nobody, and the certificate of self.hosts.test. */
  readonly files: { readonly authority: string; readonly stranger: string; readonly self: string };
}

/**
 * Write to `user@DESTINATION.cases.test`; the MX of each destination is one of the hosts of hosts.test:
 *
 * | host | what it shows |
 * |---|---|
 * | self | a self-signed certificate for its own name |
 * | named | a certificate of the lab's CA for its own name |
 * | domain | one for secure.cases.test and mail.below.cases.test, for another client |
 * | old | self-signed, TLS 1.2 at most |
 * | clear | no STARTTLS |
 * | relay | self-signed, `3 1 1` at the port of the lab; refuses nobody@ anywhere |
 * | wrong | the same with one wrong digit |
 */
export async function startPolicyLab(destinations: ReadonlyMap<string, string>): Promise<PolicyLab> {
  const [self, other, stranger, named] = await Promise.all([
    makeCertificate({ names: ['self.hosts.test'] }),
    makeCertificate({ commonName: 'lab mail host' }),
    makeCertificate({ commonName: 'Stranger', authority: true }),
    makeChain(['named.hosts.test']),
  ]);
  const names = ['secure.cases.test', 'mail.below.cases.test'];
  const domain = await makeCertificate({ names }, named.intermediate);
  const host = (name: string, ...certificates: readonly Certificate[]): ScriptedHost => ({
    kind: 'scripted',
    name: `${name}.hosts.test`,
    certificates,
  });
  const hosts: readonly LabHost[] = [
    host('self', self),
    host('named', named.leaf, named.intermediate),
    host('domain', domain, named.intermediate),
    { ...host('old', other), tls: { maxVersion: 'TLSv1.2' } },
    { ...host('clear', other), startTls: false },
    { ...host('relay', other), replies: { 'RCPT TO:<nobody@': '550 5.1.1 User unknown' } },
    host('wrong', other),
  ];
  const lab = await startLab(worldOf(hosts, destinations));
  const put = async (name: string, certificate: Certificate): Promise<string> => {
    const file = path.join(lab.directory, `${name}.pem`);
    await writeFile(file, certificate.pem);
    return file;
  };
  const spki = new X509Certificate(self.der).publicKey.export({ type: 'spki', format: 'der' });
  return {
    lab,
    fingerprints: { certificate: sha256(self.der), key: sha256(spki) },
    files: {
      authority: await put('authority', named.root),
      stranger: await put('stranger', stranger),
      self: await put('self', self),
    },
  };
}

function worldOf(hosts: readonly LabHost[], destinations: ReadonlyMap<string, string>): World {
  return {
    hosts,
    domains: [
      {
        name: 'hosts.test',
        dnssec: 'signed',
        records: ({ address, tlsa, tlsaOwner }) => [
          ...hosts.map(({ name }) => `${name}. ${address(name)}`),
          `${tlsaOwner('relay')} ${tlsa('relay.hosts.test', '3 1 1')}`,
          `${tlsaOwner('wrong')} ${wrongDigit(tlsa('wrong.hosts.test', '3 1 1'))}`,
        ],
      },
      {
        name: 'cases.test',
        dnssec: 'signed',
        records: () => [...destinations].map(([name, at]) => `${name} MX 10 ${at}.hosts.test.`),
      },
    ],
  };
}

function sha256(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex');
}
