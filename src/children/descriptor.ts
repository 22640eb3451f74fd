/** Path at which a program started by `withDescriptor` reads its configuration, instead of from a file. */
export const descriptorPath = '/proc/self/fd/3';

/**
 * A shell makes a pipe for a here-document. Node makes none: its pipes are sockets, which cannot be opened by name. The
 * text is an argument, so nothing in it is expanded.
 */
const script = 'text=$1; shift; exec "$@" 3<<END\n$text\nEND\n';

/**
 * A command that runs `command`, which can read `text` once from `descriptorPath`.
 *
 * AppArmor confines Debian's Unbound and BIND to files below /etc, /var/lib and /usr/share, which the relay may not
 * write to. AppArmor judges names in the file system only, and a pipe has none.
 */
export function withDescriptor(command: readonly string[], text: string): string[] {
  return ['/bin/sh', '-c', script, 'sh', text, ...command];
}
