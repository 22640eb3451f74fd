import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeCertificate, makeChain, wrongDigit, type Certificate } from '../../lab/certificates.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import { startPolicyHost, type PolicyHost, type PolicyReply } from '../../lab/policy-host.ts';
import type { LabHost, ScriptedHost, World, WorldNames } from '../../lab/world.ts';
import { labSettings } from '../../support/running-relay.ts';

/**
 * A destination below cases.test, which is signed, or below open.test, which is not. Hosts are those of hosts.test:
 *
 * | host | what it shows |
 * |---|---|
 * | m1, m2 | a certificate of the lab's CA for its own name |
 * | wild, a.wild | one for *.hosts.test |
 * | other | one for another name |
 * | cn | one that has its name only as Common Name |
 * | expired | one for its name that has expired |
 * | self | a self-signed one, and `3 1 1` for it |
 * | wrong | one for its name, and `3 1 1` with a wrong digit |
 * | bogus | one for its name, and `3 1 1` with a forged signature |
 * | pkix, pkix-self | one for its name; a self-signed one; and `1 1 1` for it, which nobody can use |
 * | clear | no STARTTLS |
 * | alias | nothing: it is an alias of m1; aliased has a certificate with the name `alias` |
 */
export interface Destination {
  /** Of hosts.test, in the order of preference. Empty: the domain itself is its host, at the address of `itself`. */
  readonly mx: readonly string[];
  /** TXT records, or a CNAME; default one with id 1. At sts.bogus.test is one that cannot be looked up: SERVFAIL. */
  readonly txt?: readonly string[];
  /** Its policy file: lines after the version, or what its host does. Default: none is served. */
  readonly policy?: string | PolicyReply;
  /** The policy host shows this instead of a good certificate. */
  readonly web?: 'self-signed' | 'other name' | 'provider' | 'expired';
  /** Records of the policy host, in place of the address of the lab's, which is `web`. */
  readonly webRecords?: readonly string[];
  /** Further records, relative to the zone of the destination. */
  readonly records?: readonly string[];
}

export interface StsLab extends AsyncDisposable {
  readonly lab: Lab;
  readonly web: PolicyHost;
  readonly settings: Readonly<Record<string, string>>;
  /** Changes a destination: its records from the next lookup on, and its policy file at once. */
  change(name: string, part: Partial<Destination>): Promise<void>;
  /** `m1.hosts.test[127.80.1.10]:10025` */
  relayOf(host: string): string;
}

export const hostNames = [
  'm1',
  'm2',
  'wild',
  'a.wild',
  'other',
  'cn',
  'expired',
  'self',
  'wrong',
  'bogus',
  'pkix',
  'pkix-self',
  'clear',
  'aliased',
  'itself',
] as const;

/** @param names `s1.cases.test` to what is there */
export async function startStsLab(names: Readonly<Record<string, Destination>>): Promise<StsLab> {
  const destinations = new Map(Object.entries(names));
  const chain = await makeChain(['m1.hosts.test']);
  const { intermediate, root } = chain;
  const leaf = (options: Parameters<typeof makeCertificate>[0]): Promise<Certificate> =>
    makeCertificate(options, intermediate);
  const past = { notBefore: new Date(Date.now() - 9e8), notAfter: new Date(Date.now() - 9e7) };
  const webNames = [...destinations.keys()].map((name) => `mta-sts.${name}`);
  const provided = ['provider.hosts.test'];
  const [m2, wild, other, cn, expired, self, wrong, bogus, pkix, aliased, itself, web, provider, webExpired] =
    await Promise.all([
      leaf({ names: ['m2.hosts.test'] }),
      leaf({ names: ['*.hosts.test'] }),
      leaf({ names: ['nobody.hosts.test'] }),
      leaf({ commonName: 'cn.hosts.test' }),
      leaf({ names: ['expired.hosts.test'], ...past }),
      makeCertificate({ names: ['self.hosts.test'] }),
      leaf({ names: ['wrong.hosts.test'] }),
      leaf({ names: ['bogus.hosts.test'] }),
      leaf({ names: ['pkix.hosts.test'] }),
      leaf({ names: ['alias.hosts.test'] }),
      leaf({ names: [...destinations].flatMap(([name, { mx }]) => (mx.length === 0 ? [name] : ['x.test'])) }),
      leaf({ names: webNames }),
      leaf({ names: provided }),
      leaf({ names: webNames, ...past }),
    ]);
  const host = (name: string, ...certificates: readonly Certificate[]): ScriptedHost => ({
    kind: 'scripted',
    name: `${name}.hosts.test`,
    certificates,
  });
  const hosts: readonly LabHost[] = [
    host('m1', chain.leaf, intermediate),
    host('m2', m2, intermediate),
    host('wild', wild, intermediate),
    host('a.wild', wild, intermediate),
    host('other', other, intermediate),
    host('cn', cn, intermediate),
    host('expired', expired, intermediate),
    host('self', self),
    host('wrong', wrong, intermediate),
    host('bogus', bogus, intermediate),
    host('pkix', pkix, intermediate),
    host('pkix-self', self),
    { ...host('clear', self), startTls: false },
    host('aliased', aliased, intermediate),
    host('itself', itself, intermediate),
    { kind: 'absent', name: 'web.hosts.test' },
  ];
  const world: World = {
    hosts,
    domains: [
      { name: 'hosts.test', dnssec: 'signed', records: hostRecords, bogusRrsets: bogusRecords },
      { name: 'cases.test', dnssec: 'signed', records: (of) => recordsOf('cases.test', destinations, of) },
      { name: 'bogus.test', dnssec: 'bogus', records: () => ['sts 1 TXT "v=STSv1; id=9;"'] },
      { name: 'open.test', dnssec: 'unsigned', records: (of) => recordsOf('open.test', destinations, of) },
    ],
  };
  const lab = await startLab(world);
  const policyHost = await startPolicyHost(lab.host('web.hosts.test').address, [web, intermediate]);
  const caFile = path.join(lab.directory, 'sts-ca.pem');
  await writeFile(caFile, root.pem);
  const webCertificates = {
    'self-signed': [await makeCertificate({ names: webNames })],
    'other name': [other, intermediate],
    provider: [provider, intermediate],
    expired: [webExpired, intermediate],
  };

  function serve(name: string, { policy, web: shown }: Destination): void {
    const reply =
      policy === undefined
        ? { status: 404 }
        : typeof policy === 'string'
          ? { body: `version: STSv1\n${policy}\n` }
          : policy;
    policyHost.serve(`mta-sts.${name}`, reply, shown === undefined ? undefined : webCertificates[shown]);
  }
  for (const [name, destination] of destinations) serve(name, destination);

  const network = lab.host('web.hosts.test').address.replace(/\.\d+$/, '.0/24');
  return {
    lab,
    web: policyHost,
    settings: {
      ...labSettings(lab),
      'tls.mta_sts_ca_file': caFile,
      'tls.mta_sts_networks': network,
      'tls.mta_sts_port': String(policyHost.port),
      'tls.mta_sts_timeout': '4s',
    },
    async change(name, part) {
      const changed = { ...destinations.get(name), ...part } as Destination;
      destinations.set(name, changed);
      serve(name, changed);
      if (part.txt === undefined && part.webRecords === undefined) return;
      const zone = name.endsWith('.open.test') ? 'open.test' : 'cases.test';
      await lab.setRecords(zone, (of) => recordsOf(zone, destinations, of));
    },
    relayOf: (name) => `${name}.hosts.test[${lab.host(`${name}.hosts.test`).address}]:${lab.port}`,
    async [Symbol.asyncDispose]() {
      await policyHost.stop();
      await lab.stop();
    },
  };
}

function hostRecords({ address, tlsa, tlsaOwner }: WorldNames): readonly string[] {
  return [
    ...[...hostNames, 'web'].map((name) => `${name} ${address(`${name}.hosts.test`)}`),
    'alias CNAME aliased',
    `provider ${address('web.hosts.test')}`,
    `${tlsaOwner('self')} ${tlsa('self.hosts.test', '3 1 1')}`,
    `${tlsaOwner('wrong')} ${wrongDigit(tlsa('wrong.hosts.test', '3 1 1'))}`,
    `${tlsaOwner('bogus')} ${tlsa('bogus.hosts.test', '3 1 1')}`,
    ...['pkix', 'pkix-self'].map(
      (name) => `${tlsaOwner(name)} ${tlsa(`${name}.hosts.test`, '3 1 1').replace('3 1 1', '1 1 1')}`,
    ),
  ];
}

function bogusRecords({ tlsaOwner }: WorldNames): readonly string[] {
  return [`${tlsaOwner('bogus')} TLSA`];
}

/** TTLs are a second where a test changes something. */
function recordsOf(
  zone: string,
  destinations: ReadonlyMap<string, Destination>,
  { address }: WorldNames,
): readonly string[] {
  return [...destinations]
    .filter(([name]) => name.endsWith(`.${zone}`))
    .flatMap(([name, { mx, txt = ['"v=STSv1; id=1;"'], webRecords, records = [] }]) => {
      const short = name.slice(0, -zone.length - 1);
      const hosts = mx.map((host, place) => `${short} MX ${10 * (place + 1)} ${host}.hosts.test.`);
      return [
        ...(mx.length === 0 ? [`${short} ${address('itself.hosts.test')}`] : hosts),
        ...txt.map((text) =>
          text.startsWith('CNAME ') ? `_mta-sts.${short} 1 ${text}` : `_mta-sts.${short} 1 TXT ${text}`,
        ),
        ...(webRecords ?? ['web']).map(
          (record) => `mta-sts.${short} 1 ${record === 'web' ? address('web.hosts.test') : record}`,
        ),
        ...records,
      ];
    });
}
