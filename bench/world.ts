import { makeCertificate, tlsaRecord, type Certificate } from '../test/lab/certificates.ts';
import type { World } from '../test/lab/world.ts';

/** Name of the sink. */
export const sinkName = 'mx.bench.test';

/** One signed domain whose mail host has `3 1 1` and a P-256 certificate. The lab leaves its address to the sink. */
export async function benchWorld(): Promise<{ readonly world: World; readonly certificate: Certificate }> {
  const certificate = await makeCertificate({ commonName: sinkName });
  const world: World = {
    domains: [
      {
        name: 'bench.test',
        dnssec: 'signed',
        records: (names) => [
          '@ MX 10 mx',
          `mx ${names.address(sinkName)}`,
          `${names.tlsaOwner('mx')} ${tlsaRecord(certificate, '3 1 1')}`,
        ],
      },
    ],
    hosts: [{ kind: 'absent', name: sinkName }],
  };
  return { world, certificate };
}
