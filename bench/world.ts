import { makeChain, tlsaRecord, type Certificate } from '../test/lab/certificates.ts';
import type { World } from '../test/lab/world.ts';
import { domainName } from './domain-name.ts';

/** Mail host of that domain. */
export function sinkName(index: number): string {
  return `mx.${domainName(index)}`;
}

/**
 * So many signed domains, each with a mail host and `3 1 1` of one P-256 certificate, which is sent with what issued it, as
 * mail hosts do. The lab leaves the addresses of the hosts to the sink.
 */
export async function benchWorld(
  domains: number,
): Promise<{ readonly world: World; readonly certificates: readonly Certificate[] }> {
  const { leaf, intermediate, root } = await makeChain(['mx.bench.test']);
  const indexes = Array.from({ length: domains }, (_, index) => index);
  const world: World = {
    domains: [
      {
        name: 'bench.test',
        dnssec: 'signed',
        records: (names) =>
          indexes.flatMap((index) => [
            `d${index} MX 10 mx.d${index}`,
            `mx.d${index} ${names.address(sinkName(index))}`,
            `${names.tlsaOwner(`mx.d${index}`)} ${tlsaRecord(leaf, '3 1 1')}`,
          ]),
      },
    ],
    hosts: indexes.map((index) => ({ kind: 'absent', name: sinkName(index) })),
  };
  return { world, certificates: [leaf, intermediate, root] };
}
