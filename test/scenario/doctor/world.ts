import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate, tlsaRecord, wrongDigit, type Certificate } from '../../lab/certificates.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import type { LabDomain } from '../../lab/world.ts';
import { newKey, writeKeys } from '../../support/dkim-keys.ts';
import { labSettings } from '../../support/running-relay.ts';
import { freePort } from './doctor-kit.ts';

/** A machine whose mail is in order, `relay.well.test`, and domains that are not. */
export interface DoctorWorld {
  readonly lab: Lab;
  /** Address of relay.well.test, and of the others that stand for this machine. */
  readonly address: (name: string) => string;
  /** Of a relay that is well, with a listener with TLS. */
  readonly settings: Readonly<Record<string, string>>;
  readonly dataDir: string;
  readonly port: number;
  /** Another listener, whose TLSA record has a wrong digit. */
  readonly wrongPort: number;
  /** The authority that programs of this world trust. */
  readonly authorityFile: string;
  /** Settings of a listener that shows this. */
  listener(certificate: Certificate, port?: number): Promise<string>;
  readonly authority: Certificate;
  stop(): Promise<void>;
}

export async function startDoctorWorld(): Promise<DoctorWorld> {
  const dataDir = await mkdtemp(join(tmpdir(), 'doctor-'));
  const [port, wrongPort] = [await freePort(), await freePort()];
  const authority = await makeCertificate({ commonName: 'Doctor CA', authority: true });
  const own = await makeCertificate({ names: ['relay.well.test', 'localhost'] }, authority);
  const keys = await writeKeys(join(dataDir, 'dkim'), 'well.test', { mail: newKey('ed25519') });
  await writeKeys(join(dataDir, 'dkim'), 'ill.test', { mail: newKey('ed25519') });
  const [otherKey = ''] = Object.values(
    await writeKeys(join(dataDir, 'elsewhere'), 'ill.test', { mail: newKey('ed25519') }),
  );
  const lab = await startLab({ domains: domains(), hosts: hosts(own) });

  function domains(): readonly LabDomain[] {
    const addressOf = (names: Parameters<NonNullable<LabDomain['records']>>[0], host: string): string =>
      names.address(host).replace(/^A /, '');
    const reverse = (address: string): string => address.split('.').slice(1).toReversed().join('.');
    return [
      {
        name: 'well.test',
        dnssec: 'signed',
        records: (names) => [
          '@ MX 10 mx',
          `mx ${names.address('mx.well.test')}`,
          `relay ${names.address('relay.well.test')}`,
          `_${port}._tcp.relay ${tlsaRecord(own, '3 1 1')}`,
          `_${wrongPort}._tcp.relay ${wrongDigit(tlsaRecord(own, '3 1 1'))}`,
          `@ TXT "v=spf1 a:relay.well.test -all"`,
          `mail._domainkey TXT "${Object.values(keys)[0]}"`,
          '_dmarc TXT "v=DMARC1; p=reject; rua=mailto:postmaster@well.test"',
        ],
      },
      {
        name: 'ill.test',
        dnssec: 'signed',
        records: (names) => [
          '@ MX 10 down',
          `down ${names.address('down.ill.test')}`,
          `nameless ${names.address('nameless.ill.test')}`,
          '@ TXT "v=spf1 ip4:192.0.2.1 ~all"',
          `mail._domainkey TXT "${otherKey}"`,
          '_dmarc TXT "v=DMARC1; p=reject"',
        ],
      },
      {
        name: 'wrong.test',
        dnssec: 'signed',
        records: (names) => [
          '@ MX 10 mx',
          `mx ${names.address('mx.wrong.test')}`,
          `${names.tlsaOwner('mx')} ${wrongDigit(names.tlsa('mx.wrong.test', '3 1 1'))}`,
        ],
      },
      { name: 'bare.test', dnssec: 'signed', records: () => ['@ TXT "not about mail"'] },
      {
        name: 'broken.test',
        dnssec: 'signed',
        records: () => ['@ TXT "v=spf1 include:bare.test -all"', '_dmarc TXT "v=DMARC1; p=perhaps"'],
      },
      {
        name: 'unsigned.test',
        dnssec: 'unsigned',
        records: (names) => [`@ ${names.address('mx.well.test')}`],
      },
      { name: 'bogus.test', dnssec: 'bogus', records: (names) => [`@ ${names.address('mx.well.test')}`] },
      {
        name: '127.in-addr.arpa',
        dnssec: 'signed',
        records: (names) => [
          `${reverse(addressOf(names, 'relay.well.test'))} PTR relay.well.test.`,
          `${reverse(addressOf(names, 'mx.well.test'))} PTR elsewhere.well.test.`,
          `${reverse(addressOf(names, 'down.ill.test'))} PTR down.ill.test.`,
        ],
      },
    ];
  }

  const authorityFile = join(dataDir, 'ca.pem');
  await writeFile(authorityFile, authority.pem);
  let made = 0;
  const listener = async (certificate: Certificate, at = port): Promise<string> => {
    const file = join(dataDir, `listener-${(made += 1)}.pem`);
    await writeFile(file, `${certificate.pem}${authority.pem}${certificate.privateKeyPem}`, { mode: 0o600 });
    return `{ address = "127.0.0.1:${at}", tls = "starttls", certificate = ["${file}"] }`;
  };
  return {
    lab,
    address: (name) => lab.names.address(name).replace(/^A /, ''),
    settings: {
      ...labSettings(lab),
      data_dir: dataDir,
      hostname: 'relay.well.test',
      listen: '',
      listener: `[${await listener(own)}]`,
      'dns.unsigned_probe': 'a:unsigned.test',
      'dns.bogus_probe': 'a:bogus.test',
    },
    dataDir,
    port,
    wrongPort,
    authorityFile,
    listener,
    authority,
    async stop() {
      await lab.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function hosts(certificate: Certificate) {
  return [
    { kind: 'scripted', name: 'mx.wrong.test', certificates: [certificate] },
    { kind: 'scripted', name: 'mx.well.test' },
    { kind: 'absent', name: 'relay.well.test' },
    { kind: 'absent', name: 'down.ill.test' },
    { kind: 'absent', name: 'nameless.ill.test' },
  ] as const;
}
