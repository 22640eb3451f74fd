/** A heading of the second level of CHANGELOG.md, with what stands below it. */
export interface Release {
  /** `Unreleased`, or a version. */
  readonly version: string;
  /** `2026-12-01` */
  readonly date: string | undefined;
  /** The headings of the third level. */
  readonly sections: readonly string[];
}

const order = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];

export function readChangelog(text: string): Release[] {
  const [, ...parts] = text.split(/^## /m);
  return parts.map((part) => {
    const [heading = ''] = part.split('\n');
    const [version = '', date, ...rest] = heading.split(' - ');
    if (rest.length > 0) throw new Error(`${heading}: more than a version and a date`);
    return { version, date, sections: [...part.matchAll(/^### (.+)$/gm)].map(([, name = '']) => name) };
  });
}

/** What is not in the form of Keep a Changelog, or does not fit the version in package.json. Empty if all is well. */
export function changelogFaults(releases: readonly Release[], version: string): string[] {
  const [first, ...released] = releases;
  return [
    ...(first?.version === 'Unreleased' && first.date === undefined
      ? []
      : ['the first heading is not "Unreleased"']),
    ...released.flatMap(releaseFaults),
    ...releases.flatMap(sectionFaults),
    ...released.slice(1).flatMap((older, index) => orderFaults(released[index], older)),
    ...(released[0] === undefined || released[0].version === version
      ? []
      : [`package.json has ${version}, and the newest release is ${released[0].version}`]),
  ];
}

function releaseFaults({ version, date = '' }: Release): string[] {
  return [
    ...(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version) ? [] : [`${version} is no version`]),
    ...(/^\d{4}-\d\d-\d\d$/.test(date) && !Number.isNaN(Date.parse(date)) ? [] : [`${version} has no date`]),
  ];
}

function sectionFaults({ version, sections }: Release): string[] {
  const places = sections.map((name) => order.indexOf(name));
  return [
    ...sections.filter((name) => !order.includes(name)).map((name) => `${version}: ${name} is no section`),
    ...(places.every((place, index) => index === 0 || place > (places[index - 1] ?? -1))
      ? []
      : [`${version}: the sections are not in the order ${order.join(', ')}, each once`]),
  ];
}

function orderFaults(newer: Release | undefined, older: Release): string[] {
  if (newer === undefined) return [];
  const numbers = ({ version }: Release): number[] => version.split(/[.-]/, 3).map(Number);
  const [a, b] = [numbers(newer), numbers(older)];
  const differs = a.findIndex((number, index) => number !== b[index]);
  const isNewer = differs !== -1 && (a[differs] ?? 0) > (b[differs] ?? 0);
  return [
    ...(isNewer ? [] : [`${newer.version} stands above ${older.version}`]),
    ...((newer.date ?? '') >= (older.date ?? '')
      ? []
      : [`${newer.version} is dated before ${older.version}`]),
  ];
}
