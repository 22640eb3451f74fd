import { execFileSync } from 'node:child_process';

/** `3.10.13`; Postfix must be installed. */
export function postfixVersion(): string {
  return execFileSync('postconf', ['-dh', 'mail_version'], { encoding: 'utf8' }).trim();
}

/** Whether a Postfix is this version or a newer one; by default the one that is installed. */
export function postfixIsAtLeast(major: number, minor: number, version = postfixVersion()): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
