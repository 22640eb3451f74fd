import { brokenLinks } from './built-links.ts';

/** Ends with 1 if a link of the built site leads nowhere. */
const [directory = 'build/site'] = process.argv.slice(2);
const broken = brokenLinks(directory);
for (const one of broken) console.error(one);
console.log(
  broken.length === 0 ? `every link of ${directory} leads somewhere` : `${broken.length} links do not`,
);
process.exitCode = broken.length === 0 ? 0 : 1;
