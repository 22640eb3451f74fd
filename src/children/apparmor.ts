import { readFileSync } from 'node:fs';

/** Readable by every user, also in containers and sandboxes: Y where the kernel enforces AppArmor. */
const parameter = '/sys/module/apparmor/parameters/enabled';

/**
 * What an operator can do if AppArmor keeps a program from starting. The relay must not switch off a profile that is
 * stricter than Debian's.
 *
 * @returns the empty string if nothing points to AppArmor
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
