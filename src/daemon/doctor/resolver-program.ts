import { readFile } from 'node:fs/promises';
import { listeningAt, type ListeningProcess } from '../../children/listening-process.ts';
import type { ProgramFacts } from '../../core/doctor/resolver.ts';
import type { Server } from '../../resolver/server.ts';

/**
 * Programs that set the AD bit on nothing but what they have validated, whatever is behind them. Unbound without its
 * validator, and named with `dnssec-validation no`, answer without it.
 */
const validators = new Set(['unbound', 'named', 'pdns_recursor', 'kresd']);
/** Programs that pass on answers with the AD bit that they came with. */
const forwarders = new Set([
  'dnsdist',
  'docker-proxy',
  'dockerd',
  'coredns',
  'AdGuardHome',
  'systemd-resolve',
  'stubby',
]);

/** The program that answers at an address of this machine; undefined if that cannot be seen. */
export async function resolverProgram({ address, port }: Server): Promise<ProgramFacts | undefined> {
  const found = await listeningAt('udp', { host: address, port });
  if (typeof found === 'string') return undefined;
  const isDnsmasq = found.name === 'dnsmasq' || found.name === 'pihole-FTL';
  const file = argumentOf(found.command, '-C') ?? '/etc/dnsmasq.conf';
  return judgeProgram(found, isDnsmasq ? await readFile(file, 'utf8').catch(() => '') : '');
}

/** @param settings text of the settings of dnsmasq; empty for others */
export function judgeProgram(
  { name, command }: Pick<ListeningProcess, 'name' | 'command'>,
  settings: string,
): ProgramFacts {
  if (validators.has(name)) return { name, validates: 'yes', why: '' };
  if (forwarders.has(name)) return { name, validates: 'no', why: '' };
  if (name !== 'dnsmasq' && name !== 'pihole-FTL') return { name, validates: 'unknown', why: '' };
  // dnsmasq(8): it checks signatures with --dnssec, and with --proxy-dnssec it passes the AD bit on.
  const isOn = (option: string): boolean =>
    command.includes(`--${option}`) || settings.split('\n').some((line) => line.trim() === option);
  if (isOn('dnssec')) return { name, validates: 'yes', why: '' };
  if (isOn('proxy-dnssec')) return { name, validates: 'no', why: 'with proxy-dnssec' };
  return { name, validates: 'unknown', why: 'no "dnssec" in those of its settings that can be read' };
}

/** The last one counts. */
function argumentOf(command: readonly string[], option: string): string | undefined {
  const at = command.lastIndexOf(option);
  return at === -1 ? undefined : command[at + 1];
}
