import { execFile } from 'node:child_process';
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  mkdtempSync,
  writeFileSync,
  mkdirSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFaults, layoutFaults } from '../../support/accessibility.ts';
import { startBrowser, visitPage } from '../../support/browser.ts';
import { unless } from '../../support/unless.ts';
import { brokenLinks, foreignParts } from './built-links.ts';

/** `npm run docs:site`: every link leads somewhere, everybody can read the pages, and the search needs no network. */

const root = path.join(import.meta.dirname, '../../..');
const generator = path.join(root, 'site/node_modules/@11ty/eleventy');
const isDeep = (process.env['TEST_DEEP'] ?? '') !== '';
/** The deep tests install it. */
const obstacle =
  existsSync(generator) || isDeep ? undefined : 'its generator is not installed, npm run docs:site does that';
let site: string;

unless(obstacle, describe)('the site', () => {
  let browser: Browser;
  const address = (page: string): string => pathToFileURL(path.join(site, page)).href;

  beforeAll(async () => {
    site = mkdtempSync(path.join(tmpdir(), 'dane-relay-site-'));
    await promisify(execFile)('npm', ['run', '--silent', 'build:tools'], { cwd: root });
    await promisify(execFile)(process.execPath, ['site/build.mjs', `--output=${site}`], { cwd: root });
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(site, { recursive: true, force: true });
  });

  test('has all pages of docs, and every link and anchor is there', () => {
    const pages = readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.md') && name !== 'README.md',
    );
    const missing = pages.filter((name) => !existsSync(path.join(site, name.replace(/\.md$/, '.html'))));
    expect(missing).toEqual([]);
    expect(brokenLinks(site)).toEqual([]);
  });

  test('fetches nothing from elsewhere', () => {
    const pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.html'),
    );
    for (const name of pages)
      expect(foreignParts(readFileSync(path.join(site, name), 'utf8')), name).toEqual([]);
    expect(readFileSync(path.join(site, 'assets/site.css'), 'utf8')).not.toMatch(/url\(|@import/);
  });

  const shown = ['index.html', 'tutorial.html', 'json.html', 'decisions/index.html', 'readme.html'];
  const looks = [
    ...shown.map((page) => [page, 'light', 1200] as const),
    ['tutorial.html', 'dark', 1200] as const,
    ['tutorial.html', 'light', 360] as const,
    ['json.html', 'dark', 360] as const,
  ];
  test.each(looks)('%s can be read by everybody, %s, %s wide', async (page, scheme, width) => {
    const { page: tab, context, complaints } = await visitPage(browser, address(page), { scheme, width });
    expect(await accessibilityFaults(tab)).toEqual([]);
    expect(await layoutFaults(tab)).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('finds words from a folder, without a network', async () => {
    const { page: tab, context, complaints } = await visitPage(browser, address('decisions/index.html'));
    await tab.keyboard.press('/');
    await tab.keyboard.type('connection_cache_time_limit');
    const first = tab.locator('#found a').first();
    await first.waitFor();
    expect(await first.textContent()).toContain('delivery.connection_cache_time_limit');
    expect(await accessibilityFaults(tab)).toEqual([]);
    await tab.keyboard.press('Enter');
    await tab.waitForURL(/settings\.html#deliveryconnection_cache_time_limit$/);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('can be read without scripts', async () => {
    const { page: tab, context } = await visitPage(browser, address('index.html'), { javaScript: false });
    await tab.getByRole('navigation', { name: 'All pages' }).getByRole('link', { name: 'Operating' }).click();
    await tab.waitForURL(/operating\.html$/);
    await context.close();
  });
});

test('brokenLinks() finds pages, files and anchors that are not there, and names that are there twice', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'dane-relay-links-'));
  try {
    mkdirSync(path.join(folder, 'a'));
    writeFileSync(
      path.join(folder, 'index.html'),
      '<p id="x"><p id="x"><a href="a/b.html#c">1</a><a href="#no">2</a>',
    );
    writeFileSync(
      path.join(folder, 'a/b.html'),
      '<h2 id="c">C</h2><a href="../index.html#x">3</a><img src="no.webp"><a href="../../out.html">4</a><a href="https://example.org/">5</a>',
    );
    expect(brokenLinks(folder).toSorted()).toEqual([
      'a/b.html: ../../out.html leads out of the site',
      'a/b.html: no.webp is not there',
      'index.html: #no has no such heading',
      'index.html: two things are called x',
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('foreignParts() finds what is fetched from elsewhere', () => {
  expect(foreignParts('<script src="https://example.org/a.js">')).toHaveLength(1);
  expect(foreignParts('<link rel="stylesheet" href="//example.org/a.css">')).toHaveLength(1);
  expect(foreignParts('<a href="https://example.org/">1</a><script src="assets/a.js">')).toEqual([]);
});
