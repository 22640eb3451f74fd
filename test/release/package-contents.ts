/** A file of the package, by its name below the top. */
export interface PackedFile {
  readonly name: string;
  readonly mode: number;
  readonly content: Buffer;
}

/** Every kind of file that may be in the package. What fits none of them is not for those who install it. */
const kinds: readonly RegExp[] = [
  /^(?:README|CHANGELOG|SECURITY)\.md$/,
  /^(?:LICENSE|package\.json|npm-shrinkwrap\.json)$/,
  /^dist\/(?:[\w-]+\/)*[\w-]+\.js$/,
  /^dist\/core\/(?:[\w-]+\/)*[\w-]+\.d\.ts$/,
  /^dist\/status\/page\/[\w-]+\.(?:html|css|svg)$/,
  /^config\/[\w.-]+\.toml$/,
  /^systemd\/[\w-]+\.(?:service|socket|pl)$/,
  /^docs\/(?:[\w-]+\/)*[\w-]+\.md$/,
  /^docs\/man\/[\w.-]+\.[158]$/,
  /^docs\/images\/[\w-]+\.webp$/,
  /^docs\/schemas\/[\w.-]+\.json$/,
  /^deploy\/(?:logrotate\/dane-relay|fail2ban\/(?:filter|jail)\.d\/[\w-]+\.conf|prometheus\/\w+\.yml|grafana\/[\w-]+\.json)$/,
];

/** Without these the package does not work, or may not be passed on. */
const indispensable = [
  'LICENSE',
  'README.md',
  'CHANGELOG.md',
  'package.json',
  'npm-shrinkwrap.json',
  'config/relay.example.toml',
  'dist/main.js',
  'dist/core/dane/index.js',
  'dist/core/dane/index.d.ts',
  'dist/status/page/page.html',
];

const executable = 'dist/main.js';

/** Passwords of the examples in docs. */
const examples = String.raw`(?:secret|correct-horse|PASSWORD|\*+)@`;

/** Shapes of secrets, and what they are. */
const secrets: readonly (readonly [string, RegExp])[] = [
  ['a private key', /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}/],
  ['a token for a registry', /_auth(?:Token)?\s*=\s*\S/],
  ['a token of npm', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['a password in an address', new RegExp(String.raw`\b[a-z]+:\/\/[\w.-]+:(?!${examples})[\w.!+-]+@\w`)],
];

/** What is wrong with a package, empty if nothing is. `foreign`: names of this machine that nobody else shall read. */
export function contentFaults(
  files: readonly PackedFile[],
  limits: { readonly unpackedBytes: number; readonly foreign: readonly string[] },
): string[] {
  const names = new Set(files.map(({ name }) => name));
  const unpacked = files.reduce((sum, { content }) => sum + content.length, 0);
  return [
    ...indispensable.filter((name) => !names.has(name)).map((name) => `${name} is missing`),
    ...files.flatMap((file) =>
      faultsOf(file, names, limits.foreign).map((fault) => `${file.name}: ${fault}`),
    ),
    ...(unpacked > limits.unpackedBytes ? [`${unpacked} octets are more than ${limits.unpackedBytes}`] : []),
  ];
}

function faultsOf(
  { name, mode, content }: PackedFile,
  names: ReadonlySet<string>,
  foreign: readonly string[],
): string[] {
  const wanted = name === executable ? 0o755 : 0o644;
  const text = content.toString('latin1');
  return [
    ...(kinds.some((kind) => kind.test(name)) ? [] : ['is of no kind that belongs into the package']),
    ...(mode === wanted ? [] : [`has mode ${mode.toString(8)} and not ${wanted.toString(8)}`]),
    ...secrets.filter(([, shape]) => shape.test(text)).map(([what]) => `has ${what}`),
    ...foreign.filter((word) => text.includes(word)).map((word) => `names ${word}`),
    ...importsOf(name, text)
      .filter((target) => !names.has(target))
      .map((target) => `imports ${target}, which is not in the package`),
  ];
}

/** The files that a module or its types import by a relative name. */
function importsOf(name: string, text: string): string[] {
  if (!name.startsWith('dist/') || !/\.(?:js|d\.ts)$/.test(name)) return [];
  const targets = [...text.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*['"](\.{1,2}\/[\w./-]+)['"]/g)].map(
    ([, target = '']) => new URL(target, `file:///${name}`).pathname.slice(1),
  );
  return name.endsWith('.d.ts')
    ? targets.map((target) => target.replace(/(?:\.js|\.ts)$/, '.d.ts'))
    : targets;
}
