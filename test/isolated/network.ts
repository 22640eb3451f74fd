import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Set by whoever made the namespaces: nothing here may happen to the network of the machine itself. */
export const isIsolated = process.env['ISOLATED_NETWORK'] === 'yes';

/** The network of a machine whose only interface is the loopback one: what is out of reach is not to be had at all. */
export interface Network {
  /** IPv4 addresses of the root's name servers, as the system knows them. */
  readonly roots: readonly string[];
  /** Puts addresses in place; packets to others go nowhere. */
  add(addresses: readonly string[]): void;
  remove(addresses: readonly string[]): void;
  /** What /etc/resolv.conf says from now on. */
  setResolvConf(text: string): void;
  /** What the system trusts from now on: its root.key. */
  setRootKey(text: string): void;
  /** Takes away what was made for it outside of the namespaces. */
  close(): void;
}

export function openNetwork(): Network {
  if (!isIsolated) throw new Error('the network of this machine is not ours');
  const directory = mkdtempSync(path.join(tmpdir(), 'isolated-'));
  const places = ['/etc/resolv.conf', '/usr/share/dns/root.key'];
  const [resolvConf = '', rootKey = ''] = places.map((place) => {
    const file = path.join(directory, path.basename(place));
    copyFileSync(place, file);
    execFileSync('mount', ['--bind', file, place]);
    return file;
  });
  const change = (verb: 'add' | 'del', addresses: readonly string[]): void => {
    for (const address of addresses) execFileSync('ip', ['address', verb, `${address}/32`, 'dev', 'lo']);
  };
  const hints = readFileSync('/usr/share/dns/root.hints', 'utf8');
  return {
    roots: [...hints.matchAll(/\sA\s+([\d.]+)\s*$/gm)].map(([, address = '']) => address),
    add: (addresses) => change('add', addresses),
    remove: (addresses) => change('del', addresses),
    setResolvConf: (text) => writeFileSync(resolvConf, text),
    setRootKey: (text) => writeFileSync(rootKey, text),
    close: () => {
      for (const place of places) execFileSync('umount', [place]);
      rmSync(directory, { recursive: true });
    },
  };
}
