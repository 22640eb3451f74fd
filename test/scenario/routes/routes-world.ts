import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeCertificate, makeChain, wrongDigit, type Certificate } from '../../lab/certificates.ts';
import { hasIpv6Loopback } from '../../lab/address-space.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import type { LabHost, ScriptedHost } from '../../lab/world.ts';

export const user = 'relay@provider.test';
export const password = 'open sesame, please';
const login = `AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`;
const usual = ['PIPELINING', 'SIZE 104857600', '8BITMIME'];

/**
 * Hosts of hosts.test, all with a self-signed certificate and a TLSA record `3 1 1` that fits, except:
 *
 * | host | what it is |
 * |---|---|
 * | a, b | as said |
 * | wrapped | TLS from the first octet |
 * | wrapped-wrong | the same, its TLSA record has a wrong digit |
 * | provider | wants a login, `user` and `password`; has a certificate of the lab's CA and no TLSA record |
 * | strange | the same, and does not offer AUTH |
 * | plain | wants the login too; no STARTTLS |
 * | gone | refuses connections |
 * | down | 421 to everybody |
 * | silent, six | nobody listens; six is at ::1, where there is IPv6 |
 * | dual | addresses of a and of silent; TLSA record of a |
 * | dual6 | addresses of a and of six; TLSA record of a |
 * | dual-wrong | the same as dual, its TLSA record has a wrong digit |
 * | later | 450 to every recipient |
 *
 * cases.test is signed, and its records are those given.
 */
export async function startRoutesLab(
  records: (address: (host: string) => string) => readonly string[],
): Promise<{ readonly lab: Lab; readonly authority: string }> {
  const [self, provider] = await Promise.all([
    makeCertificate({ commonName: 'lab mail host' }),
    makeChain(['provider.hosts.test', 'strange.hosts.test']),
  ]);
  const host = (name: string, ...certificates: readonly Certificate[]): ScriptedHost => ({
    kind: 'scripted',
    name: `${name}.hosts.test`,
    certificates,
  });
  const replies = {
    AUTH: '535 5.7.8 Error: authentication failed',
    [login]: '235 2.7.0 Authentication successful',
  };
  const known: ScriptedHost = {
    ...host('provider', provider.leaf, provider.intermediate),
    extensions: [...usual, 'AUTH PLAIN LOGIN'],
    replies,
  };
  const hosts: readonly LabHost[] = [
    host('a', self),
    host('b', self),
    { ...host('wrapped', self), wrapped: true },
    { ...host('wrapped-wrong', self), wrapped: true },
    known,
    { ...host('strange', provider.leaf, provider.intermediate), extensions: usual },
    { ...known, name: 'plain.hosts.test', startTls: false },
    { kind: 'absent', name: 'gone.hosts.test' },
    { kind: 'absent', name: 'silent.hosts.test' },
    ...(hasIpv6Loopback() ? [{ kind: 'absent', name: 'six.hosts.test', family: 6 } as const] : []),
    { ...host('down', self), greeting: '421 4.3.2 down.hosts.test is closed' },
    {
      ...host('later', self),
      replies: { RCPT: '450 4.2.0 Not now' },
    },
  ];
  const withTlsa = ['a', 'b', 'wrapped', 'down', 'later'];
  const twice = { dual: 'silent', 'dual-wrong': 'silent', ...(hasIpv6Loopback() && { dual6: 'six' }) };
  const lab = await startLab({
    hosts,
    domains: [
      {
        name: 'hosts.test',
        dnssec: 'signed',
        records: ({ address, tlsa, tlsaOwner }) => [
          ...hosts.map(({ name }) => `${name}. ${address(name)}`),
          ...withTlsa.map((name) => `${tlsaOwner(name)} ${tlsa(`${name}.hosts.test`, '3 1 1')}`),
          ...Object.entries(twice).flatMap(([name, other]) => [
            `${name} ${address('a.hosts.test')}`,
            `${name} ${address(`${other}.hosts.test`)}`,
          ]),
          ...['dual', 'dual6'].map((name) => `${tlsaOwner(name)} ${tlsa('a.hosts.test', '3 1 1')}`),
          `${tlsaOwner('dual-wrong')} ${wrongDigit(tlsa('a.hosts.test', '3 1 1'))}`,
          `${tlsaOwner('wrapped-wrong')} ${wrongDigit(tlsa('wrapped-wrong.hosts.test', '3 1 1'))}`,
        ],
      },
      {
        name: 'cases.test',
        dnssec: 'signed',
        records: ({ address }) => records((name) => address(`${name}.hosts.test`)),
      },
    ],
  });
  const authority = path.join(lab.directory, 'authority.pem');
  await writeFile(authority, provider.root.pem);
  return { lab, authority };
}
