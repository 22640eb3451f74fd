const loopback = [
  /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/,
  /^::1$/,
  /^(?:0{1,4}:){7}0{0,3}1$/,
  /^::ffff:127(?:\.\d{1,3}){3}$/i,
];

/**
 * Whether an IP address (not a host name) is one of this machine's own. RFC 7672 §2.1.1 lets the AD bit count only
 * when nobody can stand between us and the resolver, and this is where that is certain.
 */
export function isLoopbackAddress(address: string): boolean {
  return loopback.some((form) => form.test(address));
}
