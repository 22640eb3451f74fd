/** What stands below "Unreleased" becomes that of a version, and "Unreleased" is empty again. */
export function releasePage(text, version, date) {
  const heading = /^## Unreleased$/m;
  if (!heading.test(text)) throw new Error('there is no heading "Unreleased"');
  return text.replace(heading, `## Unreleased\n\n## ${version} - ${date}`);
}
