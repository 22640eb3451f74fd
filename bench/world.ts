import { makeChain, tlsaRecord, type Certificate } from '../test/lab/certificates.ts';
import type { World, WorldNames } from '../test/lab/world.ts';
import { domainName } from './domain-name.ts';

/** Mail host of that domain. */
export function sinkName(index: number): string {
  return `mx.${domainName(index)}`;
}

export interface BenchWorld {
  readonly world: World;
  /** Of the sink, as sent. */
  readonly certificates: readonly Certificate[];
}

/**
 * So many signed domains, each with a mail host and `3 1 1` of one P-256 certificate, which is sent with what issued it, as
 * mail hosts do. The lab leaves the addresses of the hosts to the sink.
 */
export async function benchWorld(domains: number): Promise<BenchWorld> {
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

/** Zone of one more domain for messages that warm a process up, and no name of the others. */
export const warmZone = 'warm.test';
/** A lab has addresses for so many hosts, and a few more. */
const MOST_ADDRESSES = 100;

/**
 * The same for very many domains: every domain has a mail host with a name, TLSA records and a TLS connection of its own,
 * and shares its address with others, as at a large hoster.
 */
export async function wideWorld(domains: number): Promise<BenchWorld> {
  const { leaf, intermediate, root } = await makeChain(['mx.bench.test']);
  const hostOf = (index: number): string => `mx${index % MOST_ADDRESSES}.hosts.test`;
  const lines =
    (first: number, count: number) =>
    (names: WorldNames): readonly string[] =>
      Array.from({ length: count }, (_, at) => first + at).flatMap((index) => [
        `d${index} MX 10 mx.d${index}`,
        `mx.d${index} ${names.address(hostOf(index))}`,
        `${names.tlsaOwner(`mx.d${index}`)} ${tlsaRecord(leaf, '3 1 1')}`,
      ]);
  const world: World = {
    domains: [
      { name: 'bench.test', dnssec: 'signed', records: lines(0, domains) },
      { name: warmZone, dnssec: 'signed', records: lines(0, 1) },
    ],
    hosts: Array.from({ length: Math.min(domains, MOST_ADDRESSES) }, (_, index) => ({
      kind: 'absent',
      name: hostOf(index),
    })),
  };
  return { world, certificates: [leaf, intermediate, root] };
}
