import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../../lab/until.ts';
import { startBrowser, visitPage } from '../../support/browser.ts';
import { startPageLab } from '../../support/page-lab.ts';
import { sendMail } from '../../support/send-mail.ts';

/** Takes the pictures of docs/status-page.md: the page in each of its states. `npm run docs:screenshots` */

const directory = process.argv[2] ?? 'docs/images';
await mkdir(directory, { recursive: true });
const browser = await startBrowser();
try {
  const world = await startPageLab(true);
  try {
    const { lab, relay, redis, url } = world;
    const send = (...domains: readonly string[]): Promise<readonly string[]> =>
      Promise.all(
        domains.map((domain) => sendMail(relay.port, { to: `user@${domain}`, from: 'app@app.example' })),
      );
    const shoot = async (
      name: string,
      ready: string,
      options: Parameters<typeof visitPage>[2] = {},
      work?: (page: Awaited<ReturnType<typeof visitPage>>['page']) => Promise<void>,
    ): Promise<void> => {
      const { page, context, complaints } = await visitPage(browser, url, { height: 1000, ...options });
      await page.getByText(ready).first().waitFor();
      await page.locator('svg.chart').waitFor();
      await work?.(page);
      const picture = await page.screenshot({ fullPage: true });
      await writeFile(join(directory, `${name}.webp`), await asWebp(picture));
      await context.close();
      if (complaints.length > 0) throw new Error(`${name}: ${complaints.join('; ')}`);
    };

    await send('good.test', 'ta.test', 'ipv6.test', 'no-tlsa.test', 'half.test', 'unsigned.test');
    await until(() => relay.matching(/status=sent/).length >= 6, 'the mail to arrive');
    await shoot('status-healthy', 'validates');
    await shoot('status-healthy-dark', 'validates', { scheme: 'dark' });
    await shoot('status-phone', 'validates', { width: 320 });

    await send('wrong-key.test', 'stripped.test', 'dead.test');
    await until(() => relay.matching(/status=deferred/).length >= 2, 'the mail to wait');
    await shoot('status-trouble', '1 recipient waits', {}, async (page) => {
      await page.getByLabel('Search the queue').fill('wrong-key');
      await page.keyboard.press('Enter');
      await page.locator('#found table').waitFor();
    });

    await lab.resolver.makeNonValidating();
    await until(
      async () => (await relay.health()).body.problems['resolver'] !== undefined,
      'the resolver to be lost',
    );
    await shoot('status-resolver-lost', 'no resolver validates');
    await lab.resolver.makeValidating();
    await until(
      async () => (await relay.health()).body.problems['resolver'] === undefined,
      'the resolver to be back',
    );

    const info = await redis.command('INFO memory');
    const number = (name: string): number => Number(new RegExp(`${name}:(\\d+)`).exec(info)?.[1]);
    const used = number('used_memory') - number('mem_not_counted_for_evict');
    await redis.command(`CONFIG SET maxmemory ${Math.floor(used / 0.92)}`);
    await relay.line(/no mail is taken/);
    await shoot('status-store-full', 'New mail is refused');
  } finally {
    await world[Symbol.asyncDispose]();
  }
} finally {
  await browser.close();
}

/** A third of the size. The browser is the one here that can write it. */
async function asWebp(png: Buffer): Promise<Buffer> {
  const page = await browser.newPage();
  const url = await page.evaluate<string>(`(async () => {
    const image = new Image();
    image.src = 'data:image/png;base64,${png.toString('base64')}';
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    canvas.getContext('2d').drawImage(image, 0, 0);
    return canvas.toDataURL('image/webp', 0.85);
  })()`);
  await page.close();
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}
