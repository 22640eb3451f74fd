/** An advisory that does not matter here. */
export interface Explained {
  /** `GHSA-…`, as the address of the advisory ends. */
  readonly advisory: string;
  readonly package: string;
  /** Why nobody can reach it in this relay, or why it has to be borne. */
  readonly why: string;
  /** `2031-12-31`: until then somebody looks at it again. */
  readonly until: string;
}

/** What `npm audit --json` says, as far as it is needed. */
export interface AuditReport {
  readonly vulnerabilities: Readonly<Record<string, { readonly via: readonly (string | Advisory)[] }>>;
}

interface Advisory {
  readonly name: string;
  readonly title: string;
  readonly url: string;
  readonly severity: string;
}

/** The advisories that nobody has explained, and the explanations that are too old or explain nothing any more. */
export function auditFaults(
  { vulnerabilities }: AuditReport,
  explained: readonly Explained[],
  today: string,
): string[] {
  // What depends on such a package is in the report too, and names that instead of an advisory.
  const advisories = Object.values(vulnerabilities).flatMap(({ via }) =>
    via.filter((one) => typeof one !== 'string'),
  );
  const isExplained = (one: Advisory): boolean =>
    explained.some(({ advisory, package: name }) => one.url.endsWith(`/${advisory}`) && one.name === name);
  const faults = advisories
    .filter((one) => !isExplained(one))
    .map(({ name, severity, title, url }) => `${name}: ${severity}: ${title} (${url})`);
  return [
    ...new Set(faults),
    ...explained
      .filter(({ advisory }) => !advisories.some(({ url }) => url.endsWith(`/${advisory}`)))
      .map(({ advisory }) => `${advisory} is explained, and not reported any more`),
    ...explained
      .filter(({ until }) => until < today)
      .map(({ advisory }) => `${advisory} is to be looked at again`),
  ];
}
