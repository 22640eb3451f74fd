import { isIPv4 } from 'node:net';
import { parseIpAddress } from './ip-address.ts';

/** The octets of an IP address, 4 or 16 of them. Undefined for text that is none. */
export function addressOctets(text: string): Uint8Array | undefined {
  const address = parseIpAddress(text);
  if (address === undefined) return undefined;
  if (isIPv4(address)) return Uint8Array.from(address.split('.'), Number);
  const [head = '', tail] = address.split('::');
  const groups = groupsOf(head);
  const last = groupsOf(tail ?? '');
  const all = [...groups, ...Array<number>(8 - groups.length - last.length).fill(0), ...last];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
