import { between } from './addresses.ts';
import { headingsOf, type Heading } from './headings.ts';
import type { Group, Kind } from './navigation.ts';
import type { Page, Site } from './pages.ts';

/** A page as it is sent. It needs its style sheet and nothing else; the search is the only script. */
export function layout(content: string, page: Page, site: Site): string {
  const to = (url: string): string => between(page.url, url);
  const isFirst = page.url === 'index.html';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(isFirst ? 'dane-relay' : `${page.title} · dane-relay`)}</title>
<link rel="stylesheet" href="${to('assets/site.css')}">
<script defer src="${to('assets/search.js')}"></script>
</head>
<body data-top="${to('index.html').replace(/index\.html$/, '')}">
<a class="skip" href="#content">Skip to the text</a>
<header>
<a class="home" href="${to('index.html')}">dane-relay</a>
<search>
<label for="words">Search</label>
<input id="words" type="search" autocomplete="off" spellcheck="false" aria-describedby="found-count">
<p id="found-count" role="status"></p>
<ol id="found" hidden></ol>
</search>
<a class="to-pages" href="#pages">All pages</a>
</header>
<div class="columns">
<main id="content" tabindex="-1">
${scrollable(content)}
</main>
${onThisPage(headingsOf(content))}<nav id="pages" aria-label="All pages">
${site.kinds.map((kind) => kindList(kind, page, site)).join('\n')}
<p><a href="${to('readme.html')}"${current(page, 'readme.html')}>README</a></p>
<p><a href="${to('changelog.html')}"${current(page, 'changelog.html')}>Changes</a></p>
<p><a href="${to('vulnerabilities.html')}"${current(page, 'vulnerabilities.html')}>Reporting a vulnerability</a></p>
</nav>
</div>
</body>
</html>
`;
}

function kindList({ title, groups }: Kind, page: Page, site: Site): string {
  return `<h2>${escaped(title)}</h2>\n${groups.map((group) => groupList(group, page, site)).join('\n')}`;
}

function groupList({ title, entries }: Group, page: Page, site: Site): string {
  const items = entries.map(({ title, file }) => {
    const source = `docs/${file}`.replace(/\/$/, '/README.md');
    const url = site.pages.find((one) => one.source === source)?.url;
    if (url === undefined) throw new Error(`docs/README.md names ${file}, which is no page`);
    return `<li><a href="${between(page.url, url)}"${current(page, url)}>${escaped(title)}</a></li>`;
  });
  return `${title === '' ? '' : `<h3>${escaped(title)}</h3>\n`}<ul>\n${items.join('\n')}\n</ul>`;
}

function current(page: Page, url: string): string {
  return page.url === url ? ' aria-current="page"' : '';
}

/** Where a page has few headings, they are seen at a glance. */
function onThisPage(headings: readonly Heading[]): string {
  const listed = headings.filter(({ level }) => level === 2 || level === 3);
  if (listed.length < 3) return '';
  const items = listed.map(
    ({ level, id, html }) => `<li class="level-${level}"><a href="#${id}">${html}</a></li>`,
  );
  return `<nav class="on-page" aria-label="On this page">\n<h2>On this page</h2>\n<ul>\n${items.join('\n')}\n</ul>\n</nav>\n`;
}

/** What may be wider than the window can be reached with the keyboard, and scrolled by it. */
function scrollable(html: string): string {
  return html
    .replaceAll('<pre>', '<pre tabindex="0">')
    .replaceAll('<table>', '<div class="wide" role="region" aria-label="Table" tabindex="0"><table>')
    .replaceAll('</table>', '</table></div>');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
