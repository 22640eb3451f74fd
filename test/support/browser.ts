import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

const executablePath = '/usr/bin/chromium';

/** Debian's Chromium; undefined where it is not installed. */
export async function startBrowser(): Promise<Browser> {
  if (!existsSync(executablePath)) throw new Error('no chromium: node deploy/prepare.mjs test');
  // Its sandbox needs another user than root. It sees no page but ours, and writes nowhere else than in /tmp.
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--font-render-hinting=none'];
  return chromium.launch({ executablePath, args });
}

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the browser said that it should not have to say: errors of scripts, refusals of the policy. */
  readonly complaints: readonly string[];
}

export interface VisitOptions {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: 'light' | 'dark';
  readonly javaScript?: boolean;
}

/** A page in a profile of its own. */
export async function visitPage(browser: Browser, url: string, options: VisitOptions = {}): Promise<Visit> {
  const { width = 1200, height = 900, scheme = 'light', javaScript = true } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    javaScriptEnabled: javaScript,
    timezoneId: 'UTC',
    locale: 'en-GB',
    reducedMotion: 'reduce',
  });
  const complaints: string[] = [];
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(`script: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(url);
  return { page, context, complaints };
}
