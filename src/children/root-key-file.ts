import { open, readFile, rename } from 'node:fs/promises';
import { anchorLines, rootAnchorKey, rootAnchorLine } from '../core/dns/trust-anchors.ts';
import type { AnchorLine } from '../core/dns/trust-anchors.ts';
import { noRootKeys, trustedKeys, withSystemKeys } from '../core/dns/root-keys.ts';
import type { RootKeys } from '../core/dns/root-keys.ts';
import { parseRootKeys, printRootKeys } from '../core/dns/root-key-text.ts';
import { ChildError } from './child-error.ts';
import { readIfThere } from './claimed-directory.ts';

/** From the Debian package dns-root-data, which follows the root too. */
const systemFile = '/usr/share/dns/root.key';

/**
 * The keys of the root that are kept in `file`, and those of the system that the file does not know. Only the file has
 * what was learned since the package was made; only the package has what happened during a long pause.
 *
 * @throws ChildError if there is no key to trust
 */
export async function loadRootKeys(file: string, nowMs: number): Promise<RootKeys> {
  const kept = parseRootKeys(await readIfThere(file));
  const system = anchorLines(await readIfThere(systemFile)).flatMap((line) => rootAnchorKey(line) ?? []);
  const rootKeys = withSystemKeys(kept.keys.length > 0 ? kept : noRootKeys, system, nowMs);
  if (rootKeys.keys.length === 0)
    throw new ChildError(`unbound: no trust anchor ${systemFile}: install the Debian package dns-root-data`);
  return rootKeys;
}

/** Replaces the file. A crash leaves either the old one or the new one. */
export async function storeRootKeys(file: string, rootKeys: RootKeys): Promise<void> {
  const draft = `${file}.new`;
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile(printRootKeys(rootKeys));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}

export function rootKeyAnchors(rootKeys: RootKeys): readonly AnchorLine[] {
  return trustedKeys(rootKeys).map(rootAnchorLine);
}

/** The trust anchors of a file that the settings name. @throws ChildError if it has none */
export async function readTrustAnchors(file: string): Promise<readonly AnchorLine[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ChildError(`unbound: cannot read the trust anchor ${file} (${error.code ?? error.message})`);
  });
  const lines = anchorLines(text);
  if (lines.length === 0)
    throw new ChildError(`unbound: ${file} has no DNSKEY or DS record to be a trust anchor`);
  return lines;
}
