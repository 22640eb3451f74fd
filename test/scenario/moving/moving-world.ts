import { X509Certificate } from 'node:crypto';
import { makeChain, wrongDigit } from '../../lab/certificates.ts';
import { standardWorld } from '../../lab/standard-world.ts';
import type { World } from '../../lab/world.ts';

/** Four kinds of mail hosts for the zone policy.test, and what an operator may know of them. */
export interface MovingWorld {
  readonly world: World;
  /** PEM of the authority of all four. */
  readonly authority: string;
  /** SHA-256 of the certificate of all four, with colons. */
  readonly fingerprint: string;
}

/** `good`: `3 1 1`; `none`: no TLSA record; `plain`: no STARTTLS; `wrong`: `3 1 1` with one wrong digit. */
export const hostKinds = ['good', 'none', 'plain', 'wrong'] as const;
export type HostKind = (typeof hostKinds)[number];

/** The standard world, and names below policy.test, each with one of these hosts. */
export async function movingWorld(
  names: readonly (readonly [label: string, kind: HostKind])[],
): Promise<MovingWorld> {
  const [{ domains, hosts }, chain] = await Promise.all([
    standardWorld(),
    makeChain(['mx-good.policy.test', '*.policy.test']),
  ]);
  const certificates = [chain.leaf, chain.intermediate, chain.root];
  return {
    world: {
      domains: [
        ...domains,
        {
          name: 'policy.test',
          dnssec: 'signed',
          records: (world) => [
            ...hostKinds.map((kind) => `mx-${kind} ${world.address(`mx-${kind}.policy.test`)}`),
            `${world.tlsaOwner('mx-good')} ${world.tlsa('mx-good.policy.test', '3 1 1')}`,
            `${world.tlsaOwner('mx-wrong')} ${wrongDigit(world.tlsa('mx-wrong.policy.test', '3 1 1'))}`,
            ...names.map(([label, kind]) => `${label} MX 10 mx-${kind}`),
          ],
        },
      ],
      hosts: [
        ...hosts.map((host) =>
          host.name === 'mx.greylist.test' && host.kind === 'scripted' ? { ...host, replies: {} } : host,
        ),
        ...hostKinds.map((kind) => ({
          kind: 'scripted' as const,
          name: `mx-${kind}.policy.test`,
          certificates,
          ...(kind === 'plain' && { startTls: false }),
        })),
      ],
    },
    authority: chain.root.pem,
    fingerprint: new X509Certificate(chain.leaf.pem).fingerprint256,
  };
}
