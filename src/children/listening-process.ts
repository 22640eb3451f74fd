import { readdir, readFile, readlink } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { addressOctets } from '../core/dns/address-octets.ts';
import { commandLine } from './process-table.ts';

/** A process that listens somewhere. */
export interface ListeningProcess {
  readonly pid: number;
  /** As the system shows it, at most 15 characters: `unbound`. */
  readonly name: string;
  readonly command: readonly string[];
}

/** `unseen`: somebody listens there, and who that is only root can see. */
export type Listening = ListeningProcess | 'nobody' | 'unseen';

/** proc(5): states in /proc/net/tcp and /proc/net/udp. */
const listening = { tcp: '0A', udp: '07' } as const;
const everywhere = ['00000000', '0'.repeat(32)];

/** Who has this port on this machine, at the address or at all of them. */
export async function listeningAt(
  protocol: 'tcp' | 'udp',
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Listening> {
  const own = hexOf(host);
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const texts = await Promise.all(
    [protocol, `${protocol}6`].map((name) => readFile(`/proc/net/${name}`, 'latin1').catch(() => '')),
  );
  const sockets = texts.flatMap(socketsIn);
  const there = sockets.filter(({ state, port: at }) => state === listening[protocol] && at === hexPort);
  const exact = there.find(({ address }) => address === own);
  const socket = exact ?? there.find(({ address }) => everywhere.includes(address));
  return socket === undefined ? 'nobody' : ownerOf(socket.inode);
}

/** Who listens on a unix socket. */
export async function listeningOn(path: string): Promise<Listening> {
  const text = await readFile('/proc/net/unix', 'latin1').catch(() => '');
  for (const line of text.split('\n')) {
    const [, , , flags, , , inode, ...name] = line.trim().split(/\s+/);
    // proc(5): 00010000 is a socket that accepts connections.
    if (inode !== undefined && flags === '00010000' && name.join(' ') === path) return ownerOf(inode);
  }
  return 'nobody';
}

interface NetSocket {
  readonly address: string;
  readonly port: string;
  readonly state: string;
  readonly inode: string;
}

/** The lines of /proc/net/tcp and its like. */
export function socketsIn(text: string): readonly NetSocket[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [address = '', port] = (fields[1] ?? '').split(':');
    const [state, inode] = [fields[3], fields[9]];
    return port === undefined || state === undefined || inode === undefined
      ? []
      : [{ address, port, state, inode }];
  });
}

/** As the kernel prints an address: words of 32 bits in the order of this machine. */
export function hexOf(address: string): string {
  const octets = [...(addressOctets(address) ?? [])];
  const width = isIPv4(address) ? 4 : 16;
  const words = Array.from({ length: width / 4 }, (_, word) =>
    octets.slice(word * 4, word * 4 + 4).toReversed(),
  );
  return words.map((word) => Buffer.from(word).toString('hex').toUpperCase()).join('');
}

/** Searches the descriptors of all processes that this user may look at. */
async function ownerOf(inode: string): Promise<Listening> {
  const wanted = `socket:[${inode}]`;
  for (const entry of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(entry)) continue;
    const descriptors = await readdir(`/proc/${entry}/fd`).catch(() => []);
    for (const one of descriptors) {
      const target = await readlink(`/proc/${entry}/fd/${one}`).catch(() => '');
      if (target !== wanted) continue;
      const name = (await readFile(`/proc/${entry}/comm`, 'utf8').catch(() => '')).trim();
      return { pid: Number(entry), name, command: await commandLine(Number(entry)) };
    }
  }
  return 'unseen';
}
