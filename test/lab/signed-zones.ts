import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { allDone } from './all-done.ts';
import { searchPath } from './privileges.ts';
import { breakSignatures, masterFile, type Zone } from './zones.ts';

const run = promisify(execFile);

/** A zone file that can be served. */
export interface ZoneFile {
  readonly apex: string;
  readonly file: string;
}

export interface SignedZones {
  readonly files: readonly ZoneFile[];
  /** File with the DNSKEY of the root zone. */
  readonly trustAnchor: string;
  /** Writes a zone anew, with the key it has. */
  rewrite(zone: Zone): Promise<void>;
  /** The parent of this zone no longer says that it is signed, once the parent is written anew. */
  dropDs(apex: string): void;
}

interface Key {
  /** As ldns names it, without suffix. */
  readonly base: string;
  readonly dnskey: string;
  readonly ds: string;
}

/** Writes the zones into `directory`, each signed with one ECDSA P-256 key of its own, NSEC, by the ldns tools. */
export async function signZones(zones: readonly Zone[], directory: string): Promise<SignedZones> {
  const keys = new Map<string, Key>();
  await allDone(
    zones
      .filter((zone) => zone.dnssec !== 'unsigned')
      .map(async (zone) => keys.set(zone.apex, await makeKey(zone.apex, await directoryOf(zone, directory)))),
  );
  const dropped = new Set<string>();
  async function write(zone: Zone): Promise<ZoneFile> {
    const children = zones.filter(({ parent }) => parent === zone.apex);
    const signed = children.filter(({ apex }) => !dropped.has(apex));
    const dsLines = signed.map(({ apex }) => keys.get(apex)?.ds).filter((ds) => ds !== undefined);
    const cwd = await directoryOf(zone, directory);
    await writeFile(path.join(cwd, 'zone'), masterFile(zone, dsLines));
    // The signer passes over lines it does not understand.
    await run('nsd-checkzone', [zone.apex, 'zone'], { cwd, env: { ...process.env, PATH: searchPath() } });
    const key = keys.get(zone.apex);
    if (key !== undefined) {
      await run('ldns-signzone', ['-o', zone.apex, '-f', 'signed', 'zone', key.base], { cwd });
      const text = await readFile(path.join(cwd, 'signed'), 'utf8');
      await writeFile(path.join(cwd, 'zone'), breakSignatures(text, zone));
    }
    return { apex: zone.apex, file: path.join(cwd, 'zone') };
  }

  const files = await allDone(zones.map(write));
  const trustAnchor = path.join(directory, 'root.key');
  await writeFile(trustAnchor, keys.get('.')?.dnskey ?? '');
  return {
    files,
    trustAnchor,
    rewrite: async (zone) => void (await write(zone)),
    dropDs: (apex) => void dropped.add(apex),
  };
}

async function directoryOf(zone: Zone, directory: string): Promise<string> {
  const own = path.join(directory, zone.apex === '.' ? 'root' : zone.apex.slice(0, -1));
  await mkdir(own, { recursive: true });
  return own;
}

async function makeKey(apex: string, cwd: string): Promise<Key> {
  const { stdout } = await run('ldns-keygen', ['-k', '-a', 'ECDSAP256SHA256', apex], { cwd });
  const base = stdout.trim();
  const [dnskey, ds] = await Promise.all(
    ['key', 'ds'].map((suffix) => readFile(path.join(cwd, `${base}.${suffix}`), 'utf8')),
  );
  return { base, dnskey: dnskey ?? '', ds: (ds ?? '').trim() };
}
