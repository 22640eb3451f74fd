/** Where the clone lies, and the home directory of who runs it. */
export interface Places {
  readonly clone: string;
  readonly home: string;
  /** What the command may leave by its nature: the state of a relay. */
  readonly allowed: readonly string[];
  /** What Debian's packages have systemd make when they are installed. */
  readonly ofPackages: readonly string[];
}

/** The paths that the lines of tmpfiles.d(5) have made. */
export function tmpfilesPaths(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => {
    const [type = '', path = ''] = line.trim().split(/[ \t]+/);
    return /^[a-zA-Z]/.test(type) && path.startsWith('/') ? [path] : [];
  });
}

/** The installation of packages writes there. */
const ofTheSystem = [
  '/etc',
  '/usr',
  '/var/lib',
  '/var/cache',
  '/var/log',
  '/var/spool',
  '/var/mail',
  '/run/adduser',
  '/run/systemd',
  '/mnt',
];

/**
 * Of the paths that are new, those that nobody asked for: outside of what the build makes in the clone, of npm's caches, and
 * of the directories of the system, but there too if the name is ours.
 */
export function leftovers(
  before: readonly string[],
  after: readonly string[],
  { clone, home, allowed, ofPackages }: Places,
): readonly string[] {
  const known = new Set(before);
  const built = ['node_modules', 'dist', 'build'].map((name) => `${clone}/${name}`);
  // The second is what Node keeps for npm itself, from Node 22 on.
  const expected = [...built, `${home}/.npm`, '/tmp/node-compile-cache', ...allowed];
  const isBelow = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);
  return after.filter((path) => {
    if (known.has(path) || expected.some((place) => isBelow(path, place) || isBelow(place, path)))
      return false;
    if (/dane-(?:relay|lab)/.test(path)) return true;
    // What lies in a directory such as /tmp or /root is not theirs.
    const isTheirs = ofPackages.some(
      (place) => place === path || (place.startsWith('/run/') && isBelow(path, place)),
    );
    return !isTheirs && !ofTheSystem.some((place) => isBelow(path, place));
  });
}
