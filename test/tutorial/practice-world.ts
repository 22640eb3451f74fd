import { makeCertificate, tlsaRecord, wrongDigit } from '../lab/certificates.ts';
import type { LabDomain, World, WorldNames } from '../lab/world.ts';

/** The world of the tutorial: a domain that is protected, one whose record is wrong, and one without DNSSEC. */
export async function practiceWorld(): Promise<World> {
  const certificate = await makeCertificate({ names: ['*.test'], commonName: 'practice mail host' });
  const record = tlsaRecord(certificate, '3 1 1');
  const domain = (
    name: string,
    dnssec: LabDomain['dnssec'],
    tlsa: (names: WorldNames) => readonly string[] = () => [],
  ): LabDomain => ({
    name,
    dnssec,
    records: (names) => ['@ MX 10 mx', `mx ${names.address(`mx.${name}`)}`, ...tlsa(names)],
  });
  const domains = [
    domain('good.test', 'signed', (names) => [`${names.tlsaOwner('mx')} ${record}`]),
    domain('wrong-key.test', 'signed', (names) => [`${names.tlsaOwner('mx')} ${wrongDigit(record)}`]),
    domain('unsigned.test', 'unsigned'),
  ];
  return {
    domains,
    hosts: domains.map(({ name }) => ({
      kind: 'scripted',
      name: `mx.${name}`,
      certificates: [certificate],
    })),
  };
}
