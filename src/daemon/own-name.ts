import { hostname as shortName } from 'node:os';
import { systemFqdn } from '../children/system-name.ts';
import { isHostName } from '../config/host-name.ts';

/** If a lookup takes longer, the resolver is not there yet. */
const LOOKUP_MS = 5_000;

/**
 * The name of this relay: the configured one; otherwise that of the system if it has a domain; otherwise as completed
 * by /etc/hosts or the DNS. Without a domain it gets "localdomain", as in Postfix.
 */
export async function ownName(
  configured: string,
  system: string = shortName(),
  fqdn: () => Promise<string | undefined> = () => systemFqdn(LOOKUP_MS),
): Promise<string> {
  if (configured !== '') return configured;
  if (isFullName(system)) return system;
  const found = await fqdn();
  if (found !== undefined && isFullName(found)) return found;
  const [label = ''] = system.split('.');
  return `${isHostName(label) ? label : 'localhost'}.localdomain`;
}

/** Whether it can be a name in the DNS: it has a domain, and not the one that every machine has. */
export function isFullName(name: string): boolean {
  return isHostName(name) && name.includes('.') && !/(?:^|\.)(?:localhost|localdomain)$/i.test(name);
}
