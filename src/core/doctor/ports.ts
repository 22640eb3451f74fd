import { tellerOf, type Finding } from './finding.ts';
import { few } from './quantities.ts';

export interface PortFacts {
  /** Name of the setting: `listen`. */
  readonly key: string;
  /** `127.0.0.1:2525` */
  readonly address: string;
  /**
   * `ours`: a running relay has it. `busy`: a running relay should have it, and who has it cannot be seen. `forbidden`:
   * this user may not listen there.
   */
  readonly state: 'free' | 'ours' | 'busy' | 'taken' | 'forbidden' | 'foreign address' | 'closed';
  /** Who has it, as far as that can be seen: `master (pid 812)`. */
  readonly by?: string;
}

export function judgePorts(ports: readonly PortFacts[]): readonly Finding[] {
  const { ok, warn, fail, skip } = tellerOf('ports');
  if (ports.length === 0) return [skip('ports-none', 'the settings name no port')];
  const good = ports.filter(({ state }) => state === 'free' || state === 'ours' || state === 'busy');
  const findings = ports.flatMap(({ key, address, state, by }): Finding[] => {
    switch (state) {
      case 'taken':
        return [
          fail(
            'port-taken',
            `${address} (${key}) is taken by ${by ?? 'another program'}`,
            `stop that program, or name another address in ${key}`,
          ),
        ];
      case 'forbidden':
        return [
          fail(
            'port-forbidden',
            `${address} (${key}): this user may not listen there`,
            'start the relay by systemd with its socket unit, or give it CAP_NET_BIND_SERVICE; or take a port from 1024 on',
          ),
        ];
      case 'foreign address':
        return [
          warn(
            'port-foreign-address',
            `${address} (${key}) is no address of this machine now`,
            `see "ip address"; name one of them in ${key}`,
          ),
        ];
      case 'closed':
        return [
          fail(
            'port-closed',
            `nothing listens at ${address} (${key}), though a relay runs`,
            'the relay runs with other settings: start it again with these',
          ),
        ];
      case 'free':
      case 'ours':
      case 'busy':
        return [];
    }
  });
  if (good.length > 0) {
    const all = good.map(({ address, state }) => `${address} ${state === 'free' ? 'free' : 'ours'}`);
    findings.unshift(ok('ports-well', few(all, 8)));
  }
  return findings;
}
