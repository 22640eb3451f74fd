import { nameOf, type Lock } from './lock.ts';

export interface Dependency {
  readonly name: string;
  readonly version: string;
  /** An SPDX identifier or expression; `undefined` where nobody says it. */
  readonly licence: string | undefined;
}

/**
 * Licences under which a package may be used, changed and passed on with ours, as long as its notice stays with it. What is
 * not in this list is read by a person first.
 */
export const allowedLicences: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
];

/** What is installed with the relay, without what only builds and tests it; by name. */
export function productionDependencies({ packages }: Lock): Dependency[] {
  return Object.entries(packages)
    .filter(([place, { dev }]) => place !== '' && dev !== true)
    .map(([place, { version = '', license }]) => {
      const name = nameOf(place);
      return { name, version, licence: license ?? licenceOfWhole(packages, name) };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The part of a package that is made for one system has the licence of the package, also where the registry lacks it. */
function licenceOfWhole(packages: Lock['packages'], part: string): string | undefined {
  return Object.values(packages).find(({ optionalDependencies = {} }) => part in optionalDependencies)
    ?.license;
}

export function licenceFaults(dependencies: readonly Dependency[]): string[] {
  return dependencies
    .filter(({ licence = '' }) => !allowedLicences.includes(licence))
    .map(({ name, licence }) => `${name}: ${licence ?? 'no licence'} is not in the list`);
}

/** The table of docs/licences.md. */
export function renderLicences(dependencies: readonly Dependency[]): string {
  const licences = [...new Set(dependencies.map(({ licence = '?' }) => licence))].toSorted();
  const rows = licences.map((licence) => {
    const names = dependencies
      .filter((one) => (one.licence ?? '?') === licence)
      .map(({ name }) => `\`${name}\``);
    return `| ${licence} | ${[...new Set(names)].join(', ')} |\n`;
  });
  return `| licence | packages |\n| --- | --- |\n${rows.join('')}`;
}
