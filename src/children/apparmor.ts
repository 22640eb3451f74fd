import { readFileSync } from 'node:fs';

/** Readable by everybody, in containers and sandboxes too: Y where the kernel enforces AppArmor. */
const parameter = '/sys/module/apparmor/parameters/enabled';

/**
 * What an operator can do if AppArmor keeps a program from starting. A profile that confines it more than Debian's does is
 * not ours to switch off.
 *
 * @returns empty where nothing points to AppArmor
 */
export function apparmorHint(
  executable: string,
  lastLines: readonly string[],
  isEnabled: () => boolean = isEnforcing,
): string {
  const isRefused = lastLines.length === 0 || lastLines.some((line) => /permission denied/i.test(line));
  if (!isRefused || !isEnabled()) return '';
  const local = `/etc/apparmor.d/local/${executable.replace(/^\//, '').replaceAll('/', '.')}`;
  return (
    `if the kernel log has lines with apparmor="DENIED" and ${executable}, allow in ${local} what they name ` +
    `and run apparmor_parser -r, or name a validating resolver of this host in dns.servers`
  );
}

function isEnforcing(): boolean {
  try {
    return readFileSync(parameter, 'latin1').startsWith('Y');
  } catch {
    return false;
  }
}
