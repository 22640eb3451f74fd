import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds wrong with a page by the rules of WCAG 2.2 AA, a line each: rule, how bad, where. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  // Through the debugger, as the policy of the page lets no script in.
  await page.evaluate(source);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const options: RunOptions = { runOnly: { type: 'tag', values: tags } };
  const { violations } = await page.evaluate<AxeResults, RunOptions>(
    (wanted) =>
      (globalThis as unknown as { axe: { run(options: unknown): Promise<AxeResults> } }).axe.run(wanted),
    options,
  );
  return violations.map(
    ({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map(({ target }) => target.join(' ')).join('; ')}`,
  );
}

/** Controls that are smaller than 24 by 24 (WCAG 2.2 §2.5.8), and whether the page is wider than its window. */
export async function layoutFaults(page: Page): Promise<readonly string[]> {
  return page.evaluate<readonly string[]>(`(() => {
    const small = [...document.querySelectorAll('button, input, summary')].flatMap((control) => {
      const { width, height } = control.getBoundingClientRect();
      return width > 0 && (width < 24 || height < 24)
        ? [(control.textContent || control.id) + ': ' + width + ' x ' + height]
        : [];
    });
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth > clientWidth ? [...small, 'the page is ' + scrollWidth + ' wide, its window ' + clientWidth] : small;
  })()`);
}
