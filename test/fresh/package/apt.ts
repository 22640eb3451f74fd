/** Where the packages of this commit are on the machines that try them, and in `previous` those of a version before. */
export const packages = '/var/tmp/packages';

/** A shell line for apt-get, which is to ask nobody anything. */
export function apt(words: string): string {
  return `DEBIAN_FRONTEND=noninteractive apt-get -q -y ${words} </dev/null`;
}

/** Files of packages, or their names; with what they recommend. */
export function install(...packages: readonly string[]): string {
  return apt(`install ${packages.join(' ')}`);
}

/** What stands before a program that another user is to run. */
export function as(user: string): string {
  return `setpriv --reuid=${user} --regid=$(id -g ${user}) --init-groups`;
}
