import { hostname as shortName } from 'node:os';
import { systemFqdn } from '../children/system-name.ts';
import { isHostName } from '../config/host-name.ts';

/** A lookup that takes longer is a resolver that is not there yet. */
const LOOKUP_MS = 5_000;

/**
 * The name of this relay: the configured one, else that of the system if it has a domain, else the one that
 * /etc/hosts or the DNS completes it to. Where there is none the domain is "localdomain", as in Postfix.
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

/** Whether servers can take it for a name in the DNS: it has a domain, and not the one that every machine has. */
export function isFullName(name: string): boolean {
  return isHostName(name) && name.includes('.') && !/(?:^|\.)(?:localhost|localdomain)$/i.test(name);
}
