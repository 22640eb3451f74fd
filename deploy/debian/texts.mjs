/** What the package says of itself, and what it has of the files in systemd/ and config/: functions of text. */

export const program = '/usr/lib/dane-relay';
export const documents = '/usr/share/doc/dane-relay';
/** The Node.js of the package dane-relay-node, if that is there. */
export const ownNode = `${program}/bin/node`;

/** Lines of a shell script that find the Node.js to run, and how the shell names it then. */
export const findNode = `# The Node.js of the package dane-relay-node, or that of the system.
node=${ownNode}
[ -x "$node" ] || node=/usr/bin/node
`;
export const foundNode = '"$node"';

/** `1.2.3-rc.1` of npm is before `1.2.3`, and has to be so for dpkg. */
export function debianVersion(version) {
  return `${version.replace('-', '~').replaceAll('-', '.')}-1`;
}

/** A unit of systemd/ for a program in /usr and a user that the package makes. */
export function packagedUnit(text, name) {
  const unit = text
    .replace(/^(?:#.*\n)+/, `# ${name} of the Debian package. Changes of your own: systemctl edit ${name}\n`)
    .replaceAll('file:/usr/local/lib/dane-relay/docs', `file:${documents}/docs`)
    .replaceAll('/usr/local/bin/', '/usr/bin/')
    .replace(
      /(?:^#.*\n)*^DynamicUser=yes$/m,
      `# The user of the package, with directories that stay: /var/lib/dane-relay, and /var/log/dane-relay for a log.file. Nothing
# else can be written; what else shall be takes a line ReadWritePaths=.
User=dane-relay
Group=dane-relay`,
    );
  if (/^[^#]*(?:\/usr\/local|DynamicUser)/m.test(unit))
    throw new Error(`${name} has something that the package has elsewhere`);
  return unit;
}

/** config/relay.toml, which says where the example with all settings is. */
export function packagedSettings(text) {
  const place = /relay\.example\.toml beside the program \([^)]*\)/;
  if (!place.test(text)) throw new Error('config/relay.toml does not say where the example is');
  return text.replace(place, `\n# ${documents}/config/relay.example.toml`).replace(/ +\n/g, '\n');
}

/** A file `control`: fields in the order given, without those that are empty. */
export function controlText(fields) {
  return Object.entries(fields)
    .filter(([, value]) => value !== '' && value !== undefined)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
}

/** Summary, and paragraphs of lines of at most 78 characters. */
export function description(summary, ...paragraphs) {
  return [
    summary,
    ...paragraphs.flatMap((text, at) => [...(at > 0 ? ['.'] : []), ...wrapped(text, 78)]),
  ].join('\n ');
}

function wrapped(text, width) {
  const lines = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** changelog.Debian, with one entry: what has changed in the program is in its own changelog. */
export function debianChangelog({ name, version, maintainer, seconds }) {
  const date = new Date(seconds * 1000).toUTCString().replace('GMT', '+0000');
  return `${name} (${version}) unstable; urgency=medium

  * Made from the sources of this version. What has changed in it is in
    ${documents}/changelog.gz.

 -- ${maintainer}  ${date}
`;
}

/**
 * A manual page from what `help` prints, as it is printed.
 *
 * @param page its name and section, and the line that whatis(1) shows
 */
export function manualPage({ name, section, summary }, help, { version, seconds }) {
  const date = new Date(seconds * 1000).toISOString().slice(0, 10);
  // A backslash is the beginning of a request in the text, and a dot or an apostrophe at the beginning of a line.
  const literal = (text) =>
    text
      .replaceAll('\\', '\\e')
      .replaceAll('-', '\\-')
      .replace(/^([.'])/gm, '\\&$1');
  return `.TH ${name.toUpperCase()} ${section} ${date} "dane-relay ${version}"
.SH NAME
${name} \\- ${literal(summary)}
.SH DESCRIPTION
.nf
${literal(help.trimEnd())}
.fi
.SH SEE ALSO
The documentation is in
.IR ${documents} .
`;
}
