import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageLines, type Client, type Door, type Recipe } from './client.ts';

/** What follows it in docs/clients.md is written by a program. */
export const mark = '<!-- recipes: written by npm run docs:clients -->\n\n';

const doors: readonly Door[] = ['plain', 'starttls', 'login'];

/** The matrix and the recipes of docs/clients.md; files are read from `folder`, test/clients as it is. */
export function renderClients(
  machine: readonly Client[],
  packaged: readonly Client[],
  folder: string = import.meta.dirname,
): string {
  const clients = [...machine, ...packaged];
  const head = ['| client | plain | STARTTLS | login | what is special |', '| --- | --- | --- | --- | --- |'];
  return [
    ...head,
    ...clients.map(row),
    '',
    'Programs that take a whole message are given this one as `message.eml`:',
    '',
    ...block('', messageLines.join('\n')),
    ...clients.flatMap((client) => section(client, folder)),
  ].join('\n');
}

function row({ name, special, packages, recipes }: Client): string {
  const cells = doors.map((door) => {
    const those = recipes.filter((recipe) => recipe.door === door && recipe.fails === undefined);
    if (those.length === 0) return '—';
    return packages === undefined || those.some(({ here }) => here === true) ? 'daily' : 'deep';
  });
  const link = `[${name}](#${name
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')})`;
  return `| ${[link, ...cells, special].join(' | ')} |`;
}

function section({ name, folder, packages, recipes }: Client, root: string): string[] {
  const from = packages === undefined ? [] : [`Debian: \`${packages.join(' ')}\`.`, ''];
  return [`## ${name}`, '', ...from, ...recipes.flatMap((recipe) => recipeText(recipe, join(root, folder)))];
}

function recipeText({ title, text, files }: Recipe, folder: string): string[] {
  return [
    `### ${title}`,
    '',
    ...(text === undefined ? [] : [text, '']),
    ...files.flatMap(({ file, place, language }) => [
      ...(place === undefined ? [] : [`In \`${place}\`:`, '']),
      ...block(language, readFileSync(join(folder, file), 'utf8').trimEnd()),
    ]),
  ];
}

function block(language: string, text: string): string[] {
  return [`\`\`\`${language}`, text, '```', ''];
}
