import type { Service } from '../postfix/master-cf.ts';
import type { Scope } from './scope.ts';

/** A transport with its next hop, as `transport:nexthop` names them. */
export interface Transport {
  readonly name: string;
  readonly nextHop: string;
}

export function readTransport(text: string): Transport {
  const colon = text.indexOf(':');
  const [name, nextHop] = colon === -1 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  return { name: name.trim(), nextHop: nextHop.trim() };
}

/** What a transport of Postfix does, as far as we can do the same. */
export type Meaning = 'smtp' | 'error' | 'retry' | 'something else';

/** Services that every Postfix has, where master.cf is not there to tell. */
const usual: ReadonlyMap<string, string> = new Map([
  ['smtp', 'smtp'],
  ['relay', 'smtp'],
  ['error', 'error'],
  ['retry', 'error'],
]);

export function serviceOf(name: string, services: readonly Service[]): Service | undefined {
  return services.find((one) => one.name === name && one.type === 'unix');
}

export function meaningOf(name: string, services: readonly Service[]): Meaning {
  const command = serviceOf(name, services)?.command ?? (services.length === 0 ? usual.get(name) : undefined);
  if (command === 'smtp') return 'smtp';
  // error(8) looks at the name of its service.
  if (command === 'error') return name === 'retry' ? 'retry' : 'error';
  return 'something else';
}

/** The service that mail goes out by if no table says otherwise. */
export function deliveringService(main: Scope, services: readonly Service[]): Service | undefined {
  const { name } = readTransport(main.value('default_transport').text);
  return serviceOf(meaningOf(name, services) === 'smtp' ? name : 'smtp', services);
}
