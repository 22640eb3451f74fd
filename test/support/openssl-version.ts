/** Whether the OpenSSL that Node.js is linked with is this version or a newer one. */
export function openSslIsAtLeast(major: number, minor: number, version = process.versions.openssl): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
