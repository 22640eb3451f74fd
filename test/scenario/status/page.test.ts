import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import { accessibilityFaults, layoutFaults } from '../../support/accessibility.ts';
import { startBrowser, visitPage, type Visit, type VisitOptions } from '../../support/browser.ts';
import { attack, startPageLab, type PageLab } from '../../support/page-lab.ts';
import { sendMail } from '../../support/send-mail.ts';
import { submit } from '../../support/submit.ts';

/** The status page in a browser, through a bad day of a relay: each part goes on where the one before it ended. */

let world: PageLab;
let browser: Browser;
const visits: Visit[] = [];

beforeAll(async () => {
  [world, browser] = await Promise.all([startPageLab(), startBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await world?.[Symbol.asyncDispose]();
});

/** The page, drawn, with what the relay knows now. */
async function open(options?: VisitOptions): Promise<Page> {
  const visit = await visitPage(browser, world.url, options);
  visits.push(visit);
  if (options?.javaScript !== false) await visit.page.locator('#live', { hasText: 'live' }).waitFor();
  return visit.page;
}

/** In both schemes, on a desk and on the smallest phone. */
async function isForEverybody(page: Page): Promise<void> {
  await page.locator('svg.chart').waitFor();
  for (const [colorScheme, width] of [
    ['light', 1200],
    ['dark', 320],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    const faults = [...(await accessibilityFaults(page)), ...(await layoutFaults(page))];
    expect([colorScheme, width, faults]).toEqual([colorScheme, width, []]);
  }
  await page.context().close();
}

const send = (...domains: readonly string[]): Promise<readonly string[]> =>
  Promise.all(
    domains.map((domain) => sendMail(world.relay.port, { to: `user@${domain}`, from: 'app@app.example' })),
  );
const outcomes = (status: string): number => world.relay.matching(new RegExp(`status=${status}`)).length;
const texts = (page: Page, selector: string): Promise<readonly string[]> =>
  page.locator(selector).allInnerTexts();

describe('a relay that has sent nothing', () => {
  it('says how a test is sent', async () => {
    const page = await open();
    await page.getByText('Nothing was sent yet').waitFor();
    expect(await page.locator('#trouble-body code').innerText()).toContain(`127.0.0.1:${world.relay.port}`);
    await isForEverybody(page);
  });
});

describe('a relay that sends', () => {
  it('shows each connection by what was proved', async () => {
    await send(
      'good.test',
      'ta.test',
      'unsigned.test',
      'anonymous.test',
      'plain.test',
      'wrong-key.test',
      'stripped.test',
    );
    await until(
      () => outcomes('sent') === 5 && outcomes('deferred') === 2,
      'five to be sent and two to wait',
    );
    const logged = (word: string): number =>
      world.relay.matching(new RegExp(`: ${word} TLS connection established`)).length;
    const wanted = {
      verified: logged('Verified'),
      trusted: logged('Trusted'),
      untrusted: logged('Untrusted'),
      anonymous: logged('Anonymous'),
      clear: 1,
    };
    // wrong-key.test is one of those that are untrusted: a connection was made, and no mail was sent over it.
    expect(wanted).toEqual({ verified: 2, trusted: 0, untrusted: 2, anonymous: 1, clear: 1 });

    const page = await open();
    const legend = page.locator('#legend li');
    await expect.poll(() => legend.count()).toBe(5);
    const shown = await legend.evaluateAll((items) =>
      items.map((item) => [item.getAttribute('data-word'), Number(item.getAttribute('data-total'))]),
    );
    expect(Object.fromEntries(shown)).toEqual(wanted);
    expect(await page.locator('svg.chart').getAttribute('aria-label')).toContain(
      'Verified 2, Trusted 0, Untrusted 2, Anonymous 1, in clear 1',
    );
    expect(
      await page
        .locator('svg.chart path.curve')
        .evaluateAll((paths) => paths.map((path) => path.classList[1])),
    ).toEqual(['clear', 'anonymous', 'untrusted', 'verified']);

    await page.getByText('as a table').click();
    const [total] = await texts(page, '#series-table tbody tr');
    expect(total?.split(/\s+/)).toEqual(['total', '2', '0', '2', '1', '1']);
    for (const span of ['hour', 'week', 'year']) {
      await page.getByRole('button', { name: span }).click();
      await page.getByText(`Per minute, the last ${span}: 5 sent, 2 deferred, 0 returned`).waitFor();
      await expect
        .poll(async () => (await texts(page, '#series-table tbody tr'))[0]?.split(/\s+/))
        .toEqual(['total', '2', '0', '2', '1', '1']);
    }
  });

  it('shows what waits, why, and what was tried', async () => {
    const page = await open();
    await page.getByText('mail waits').waitFor();
    const rows = await texts(page, '#waiting-body tbody tr');
    expect(
      rows.map((row) => row.split('\t')).map(([kind, youngest, ...more]) => [kind, youngest, more.at(-1)]),
    ).toEqual(
      expect.arrayContaining([
        ['TLSA mismatch', '1', '1'],
        ['STARTTLS missing', '1', '1'],
      ]),
    );
    expect(await texts(page, '#trouble-body .what')).toEqual(
      expect.arrayContaining(['wrong-key.test', 'stripped.test']),
    );
    expect((await texts(page, '#trouble-body')).join()).toContain(
      'shows a key that none of its signed TLSA records names',
    );
    expect(await texts(page, '#recent tr[data-status="sent"]')).toHaveLength(5);
    expect(await texts(page, '#recent tr[data-status="deferred"]')).toHaveLength(2);
    await isForEverybody(page);
  });

  it('explains a message in words, with a letter to those who can mend it', async () => {
    const page = await open();
    await page
      .locator('#trouble-body')
      .getByRole('group', { name: 'wrong-key.test' })
      .getByText('explain')
      .click();
    await page.locator('dialog pre').first().waitFor();
    const text = await page.locator('dialog').innerText();
    expect(text).toContain('wrong-key.test');
    expect(text).toContain('mx.wrong-key.test');
    await page.getByText('A letter to their postmaster').click();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.locator('#recent tr[data-status="sent"]').first().getByText('explain').click();
    await page.locator('dialog pre').first().waitFor();
    expect(await page.locator('dialog').innerText()).toContain('delivered');
    await page.context().close();
  });

  it('shows numbers without JavaScript', async () => {
    const page = await open({ javaScript: false });
    const text = await page.locator('body').innerText();
    for (const part of ['wrong-key.test', 'TLSA mismatch', 'user@good.test', 'validates', 'mail waits'])
      expect(text).toContain(part);
    // A short word stays on one line.
    const lines = await page.evaluate<readonly number[]>(`[...document.querySelectorAll('td')]
      .filter((cell) => cell.textContent === 'deferred')
      .map((cell) => {
        const range = document.createRange();
        range.selectNodeContents(cell);
        return range.getClientRects().length;
      })`);
    expect(new Set(lines)).toEqual(new Set([1]));
    await page.context().close();
  });
});

describe('a remote that sends markup', () => {
  it('is shown as text, wherever its words come', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Watch' }).click();
    await page.getByText('Watching').waitFor();
    await submit(world.relay.port, {
      from: "<'onload='pwned=1'@app.example>",
      to: ['<user@evil.test>', "<'onload='pwned=1'@rejects.test>"],
      content: `Subject: ${attack}\r\n\r\n${attack}\r\n`,
    });
    await until(
      () => world.relay.matching(/to=<user@evil\.test>.*status=deferred/).length > 0,
      'the evil host',
    );
    await page.locator('#recent', { hasText: 'evil.test' }).waitFor();
    await page.locator('#recent', { hasText: "'onload='pwned=1'@rejects.test" }).waitFor();
    await page.locator('#trace-lines', { hasText: '<script>window.pwned=1</script>' }).waitFor();
    await page.locator('#trouble-body', { hasText: 'evil.test' }).waitFor();

    await page.getByLabel('Search the queue').fill('<img');
    await page.keyboard.press('Enter');
    await page.locator('#found tbody tr').first().waitFor();
    for (const name of ['explain', 'delete']) {
      await page.locator('#found').getByRole('button', { name }).first().click();
      await page.locator('dialog[open]').waitFor();
      await page.keyboard.press('Escape');
    }
    expect(await page.evaluate('"pwned" in globalThis')).toBe(false);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(1);
    await page.context().close();

    const plain = await open({ javaScript: false });
    expect(await plain.locator('body').innerText()).toContain('<img src=x onerror=');
    await plain.context().close();
  });
});

describe('somebody without a mouse', () => {
  it('finds a message, logs in, holds it and releases it', async () => {
    const page = await open();
    const { keyboard } = page;
    const focused = (): Promise<string> => page.evaluate('document.activeElement?.textContent ?? ""');
    /** Tab until that has the focus, as far as a person would. */
    const tabTo = async (name: string): Promise<void> => {
      for (let nth = 0; nth < 30 && (await focused()) !== name; nth += 1) await keyboard.press('Tab');
      expect(await focused()).toBe(name);
    };
    await keyboard.press('/');
    await keyboard.type('wrong-key');
    await keyboard.press('Enter');
    await page.locator('#found tbody tr').waitFor();
    await tabTo('hold');
    await keyboard.press('Enter');
    await page.getByText('Log in to act').waitFor();
    await keyboard.type(world.token);
    await keyboard.press('Enter');
    await page.getByText('stays in the queue and is not tried until you release it').waitFor();
    expect(await page.locator('dialog').innerText()).toContain('from app@app.example to user@wrong-key.test');
    await tabTo('Hold');
    await keyboard.press('Enter');
    await page.locator('#announce', { hasText: '1 entry' }).waitFor({ state: 'attached' });
    await page.locator('#found td', { hasText: /^hold$/ }).waitFor();

    // Esc changes nothing, and gives the focus back.
    await keyboard.press('/');
    await tabTo('delete');
    await keyboard.press('Enter');
    await page.getByText('This cannot be undone').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'hidden' });
    expect(await focused()).toBe('delete');

    await keyboard.press('/');
    await tabTo('release');
    await keyboard.press('Enter');
    await tabTo('Release');
    await keyboard.press('Enter');
    await page.locator('#found td', { hasText: /^(deferred|active)$/ }).waitFor();
    await page.context().close();
  });

  it('deletes a message, and it is gone', async () => {
    const [id = ''] = await send('dead.test');
    const page = await open();
    await page.getByRole('button', { name: 'log in' }).click();
    await page.getByLabel('Token').fill(world.token);
    await page.keyboard.press('Enter');
    await page.locator('dialog').waitFor({ state: 'hidden' });
    await page.getByLabel('Search the queue').fill(id);
    await page.keyboard.press('Enter');
    await page.locator('#found').getByRole('button', { name: 'delete' }).click();
    await page.locator('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Nothing in the queue has this').first().waitFor();
    await world.relay.line(new RegExp(`${id}: removed|${id}:.*deleted`));
    await page.context().close();
  });
});

describe('an exception', () => {
  it('is made on the page, lets the mail through, and is ended there', async () => {
    const page = await open();
    const before = outcomes('sent');
    await page.getByRole('button', { name: 'log in' }).click();
    await page.getByLabel('Token').fill(world.token);
    await page.keyboard.press('Enter');
    await page.locator('dialog').waitFor({ state: 'hidden' });
    const destination = page.locator('#trouble-body').getByRole('group', { name: 'stripped.test' });
    await destination.getByText('except…').click();
    await page.getByLabel('Level').selectOption('may');
    await page.getByRole('button', { name: 'Make the exception' }).click();
    await page.getByText('An exception has a reason.').waitFor();
    await page.getByLabel('Reason').fill(attack);
    await page.getByRole('button', { name: 'Make the exception' }).click();
    await page.locator('#exceptions-body', { hasText: '<script>' }).waitFor();
    await until(() => outcomes('sent') > before, 'the mail to go out');
    await page.locator('#exceptions-body').getByRole('button', { name: 'end' }).click();
    await page.getByRole('button', { name: 'End it' }).click();
    await page.locator('#exceptions-body', { hasText: 'None.' }).waitFor();
    await page.context().close();
  });
});

describe('a relay in trouble', () => {
  it('says what waits when no resolver validates', async () => {
    await world.lab.resolver.makeNonValidating();
    const page = await open();
    await page
      .getByText('Mail at the levels dane and dane-only waits: no resolver validates DNSSEC, since')
      .waitFor();
    await page.getByText('Nothing is returned to its sender because of this').waitFor();
    expect(await texts(page, '#summary dd')).toEqual(
      expect.arrayContaining(['trouble', 'does not validate']),
    );
    await isForEverybody(page);
    await world.lab.resolver.makeValidating();
    await until(async () => (await world.relay.health()).status === 200, 'the resolver to be back');
  });

  it('says that new mail is refused when Redis is full', async () => {
    const info = await world.redis.command('INFO memory');
    const number = (name: string): number => Number(new RegExp(`${name}:(\\d+)`).exec(info)?.[1]);
    const used = number('used_memory') - number('mem_not_counted_for_evict');
    await world.redis.command(`CONFIG SET maxmemory ${Math.floor(used / 0.9)}`);
    const page = await open();
    await page.getByText('New mail is refused (452), since').waitFor();
    await page.getByText('Delivery goes on; mail is taken again below 70 %').waitFor();
    await isForEverybody(page);
    await world.redis.command('CONFIG SET maxmemory 0');
    await until(async () => (await world.relay.health()).status === 200, 'mail to be taken');
  });

  it('goes on telling while Redis is gone', async () => {
    const page = await open();
    await page.locator('#summary', { hasText: 'validates' }).waitFor();
    await world.redis.kill();
    await page.getByText('No mail is taken (451) and none is delivered, since').waitFor();
    expect(await texts(page, '#summary dd')).toEqual(expect.arrayContaining(['trouble', 'not known']));
    await page.getByLabel('Search the queue').fill('wrong-key');
    await page.keyboard.press('Enter');
    await page.getByText('the queue cannot be read now').waitFor();
    await world.redis.restart();
    await page.locator('#bars .bar').waitFor({ state: 'detached' });
    await page.locator('#trouble-body', { hasText: 'wrong-key.test' }).waitFor();
    await page.context().close();
  });

  it('says that it has no news once the relay is gone', async () => {
    const visit = await visitPage(browser, 'about:blank');
    visits.push(visit);
    await visit.page.clock.install();
    await visit.page.goto(world.url);
    await visit.page.locator('#live', { hasText: 'live' }).waitFor();
    await world.relay.stop();
    await visit.page.clock.fastForward(20_000);
    await visit.page.locator('#live', { hasText: 'no news, trying again' }).waitFor();
    expect(await visit.page.locator('#announce').textContent()).toBe(
      'No news from the relay for 15 seconds. What is shown is old.',
    );
    expect(await visit.page.evaluate('document.body.classList.contains("stale")')).toBe(true);
    await visit.context.close();
  });
});

it('no browser had anything to complain of: no script failed, and the policy had to refuse nothing', () => {
  const expected =
    /net::ERR_(?:CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE|CONNECTION_RESET)|status of (?:404|503)/;
  expect(visits.length).toBeGreaterThan(8);
  expect(visits.flatMap(({ complaints }) => complaints).filter((text) => !expected.test(text))).toEqual([]);
});
