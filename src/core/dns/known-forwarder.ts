const dnsPort = 53;

/**
 * Whose resolver answers at a loopback address and port, where it is one that hands on what others say. Docker's takes its
 * AD bit from wherever it forwards to; that of systemd-resolved does so at one address, and at the other can be talked out
 * of validating by anybody on the way, unless it is told to insist.
 */
export function knownForwarder(address: string, port: number): 'Docker' | 'systemd-resolved' | undefined {
  if (port !== dnsPort) return undefined;
  if (address === '127.0.0.11') return 'Docker';
  return address === '127.0.0.53' || address === '127.0.0.54' ? 'systemd-resolved' : undefined;
}
