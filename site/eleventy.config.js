import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import MiniSearch from 'minisearch';
import { layout } from '../build/test/tools/site/layout.js';
import { adaptTokens } from '../build/test/tools/site/markdown-rules.js';
import { readSite } from '../build/test/tools/site/pages.js';
import { searchEntries, searchOptions } from '../build/test/tools/site/search-entries.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Eleventy wants a folder of templates to be there. */
const input = 'assets';
const nameOf = (page) => page.url.replace(/\.html$/, '.md');

/** The pages are given to Eleventy one by one: they are plain Markdown, and nothing in them is a template. */
export default function (eleventy) {
  const site = readSite(root);
  const made = new Map();

  eleventy.setUseGitIgnore(false);
  eleventy.amendLibrary('md', (markdown) => {
    markdown.set({ html: true, linkify: false, typographer: false });
    markdown.core.ruler.push('site', ({ tokens, env }) => {
      const page = site.pages.find(({ url }) => url === env.siteUrl);
      if (page !== undefined) adaptTokens(tokens, page, site);
    });
  });
  for (const page of site.pages)
    eleventy.addTemplate(nameOf(page), page.markdown, { permalink: page.url, siteUrl: page.url });
  eleventy.addTransform('layout', function (content) {
    const page = site.pages.find((page) => this.page.inputPath.endsWith(`/${input}/${nameOf(page)}`));
    if (page === undefined) throw new Error(`${this.page.inputPath} is no page of ours`);
    made.set(page, content);
    return layout(content, page, site);
  });
  // The pages are read when this function is called.
  eleventy.addWatchTarget(join(root, 'docs'), { resetConfig: true });
  for (const [source, url] of site.files) eleventy.addPassthroughCopy({ [join(root, source)]: url });
  eleventy.addPassthroughCopy({ [here('assets')]: 'assets' });
  eleventy.on('eleventy.after', ({ directories }) => {
    const search = new MiniSearch(searchOptions);
    search.addAll([...made].flatMap(([page, html]) => searchEntries(page, html)));
    const assets = join(directories.output, 'assets');
    mkdirSync(assets, { recursive: true });
    writeFileSync(join(assets, 'search-index.js'), `window.searchIndex = ${JSON.stringify(search)};\n`);
    const library = createRequire(import.meta.url).resolve('minisearch');
    copyFileSync(join(dirname(library), '../umd/index.js'), join(assets, 'minisearch.js'));
  });

  return {
    dir: { input, output: '../build/site' },
    markdownTemplateEngine: false,
    htmlTemplateEngine: false,
    templateFormats: ['md'],
  };
}
