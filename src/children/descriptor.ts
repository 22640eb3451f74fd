/** Where a program that `withDescriptor` starts finds its configuration, instead of in a file. */
export const descriptorPath = '/proc/self/fd/3';

/**
 * A here-document is how a shell makes a pipe, and Node makes none: what it calls pipes are sockets, which cannot be
 * opened by name. The text is an argument, so nothing in it is expanded.
 */
const script = 'text=$1; shift; exec "$@" 3<<END\n$text\nEND\n';

/**
 * The command that becomes `command`, with `text` to be read once from `descriptorPath`.
 *
 * AppArmor confines Debian's Unbound and BIND to files below /etc, /var/lib and /usr/share, none of which is ours to
 * write. It asks about names in the file system only, and a pipe has none.
 */
export function withDescriptor(command: readonly string[], text: string): string[] {
  return ['/bin/sh', '-c', script, 'sh', text, ...command];
}
