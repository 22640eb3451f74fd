import type { LabDomain, LabHost } from '../lab/world.ts';

/** `mx.slow.test` takes its time for each reply, `mx.mute.test` says nothing to MAIL. */
export const slowHosts: readonly LabHost[] = [
  { kind: 'scripted', name: 'mx.slow.test', startTls: false, delayMs: 400 },
  {
    kind: 'scripted',
    name: 'mx.mute.test',
    startTls: false,
    trouble: { at: 'after MAIL', action: 'hang' },
  },
];

/** An unsigned domain with one host, `mx` in it. */
export function plainDomain(name: string): LabDomain {
  return {
    name,
    dnssec: 'unsigned',
    records: (names) => ['@ MX 10 mx', `mx ${names.address(`mx.${name}`)}`],
  };
}
