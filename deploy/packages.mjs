/**
 * Which packages of Debian and Ubuntu the relay, its demo and its tests need, by purpose.
 *
 * A key names a package, or several that do the same (`redis-server | valkey-server`: the first that there is, unless
 * another one is installed). The value is the program, or file, that shows it is there on systems without dpkg; of several
 * one is enough.
 */
const forRun = {
  'redis-server | valkey-server': 'redis-server | valkey-server',
  unbound: 'unbound',
  'dns-root-data': '/usr/share/dns/root.key',
};
const forDemo = {
  ...forRun,
  nsd: 'nsd',
  ldnsutils: 'ldns-signzone',
  postfix: 'postfix',
  openssl: 'openssl',
  swaks: 'swaks',
  'util-linux': 'unshare',
};
const forTest = {
  ...forDemo,
  bind9: 'named',
  'bind9-dnsutils': 'dig',
  pflogsumm: 'pflogsumm',
  mailgraph: 'mailgraph',
  // TLS for swaks, which only recommends it.
  'libnet-ssleay-perl': 'perl',
  python3: 'python3',
  curl: 'curl',
  // Postfix as a server that asks for logins, and as a client that logs in.
  'sasl2-bin': 'saslpasswd2',
  'libsasl2-modules': 'saslpluginviewer',
  // Verifiers of DKIM signatures, and what one of them needs for Ed25519.
  'libmail-dkim-perl': '/usr/share/perl5/Mail/DKIM/Verifier.pm',
  'python3-dkim': '/usr/lib/python3/dist-packages/dkim/__init__.py',
  'python3-nacl': '/usr/lib/python3/dist-packages/nacl/__init__.py',
  // SPF as others evaluate it.
  'python3-spf': '/usr/lib/python3/dist-packages/spf.py',
  fail2ban: 'fail2ban-regex',
  strace: 'strace',
  // A shell that the program beside an export may meet.
  busybox: 'busybox',
  // What they make of our manual pages.
  'groff-base': 'groff',
  mandoc: 'mandoc',
  // promtool, for the rules and the dashboard.
  prometheus: 'promtool',
  iproute2: 'ip',
  procps: 'ps',
  // The status page is looked at, and its accessibility judged. With what it needs: 23 packages, 350 MB, half a minute.
  chromium: 'chromium',
  // For what systemd makes of our unit; it does not have to run.
  systemd: 'systemd-analyze',
};
/** What makes other machines needs nothing of what runs in them. */
const forFresh = {
  mmdebstrap: 'mmdebstrap',
  slirp4netns: 'slirp4netns',
  git: 'git',
  'util-linux': 'unshare',
  iproute2: 'ip',
};

/** The rest of what makes Debian packages is in every Debian. */
const forPackage = { binutils: 'strip' };

/** What builds an image and runs it, beside a lab. */
const forContainer = { ...forFresh, ...forDemo, buildah: 'buildah', podman: 'podman', runc: 'runc' };

const purposeTables = {
  run: forRun,
  demo: forDemo,
  test: forTest,
  bench: forDemo,
  fresh: forFresh,
  container: forContainer,
  package: forPackage,
};

export const purposes = Object.keys(purposeTables);

/** Packages whose service Debian enables at installation, and the name of that. */
export const services = {
  'redis-server': 'redis-server',
  'valkey-server': 'valkey-server',
  unbound: 'unbound',
  nsd: 'nsd',
  postfix: 'postfix',
  bind9: 'named',
  mailgraph: 'mailgraph',
  fail2ban: 'fail2ban',
  'sasl2-bin': 'saslauthd',
  prometheus: 'prometheus',
};

/** What a system does not have as a package, and why. The tests that need it are skipped there, and say so. */
const absent = {
  ubuntu: { chromium: 'Ubuntu has Chromium as a snap only' },
};

/** `ID` and `VERSION_CODENAME` of os-release(5). */
export function readSystem(osRelease) {
  const value = (name) => new RegExp(`^${name}="?([\\w.-]+)"?$`, 'm').exec(osRelease)?.[1] ?? '';
  return { id: value('ID'), codename: value('VERSION_CODENAME') };
}

/** The packages for a purpose on this system, each as its alternatives, and what is left out there. */
export function packagesFor(purpose, { id }) {
  const reasons = Object.hasOwn(absent, id) ? absent[id] : {};
  const rows = Object.entries(purposeTables[purpose]).map(([names, programs]) => ({
    names: names.split(' | '),
    programs: programs.split(' | '),
  }));
  const isAbsent = ({ names: [name] }) => Object.hasOwn(reasons, name);
  return {
    rows: rows.filter((row) => !isAbsent(row)),
    leftOut: rows.filter(isAbsent).map(({ names: [name] }) => ({ name, reason: reasons[name] })),
  };
}
