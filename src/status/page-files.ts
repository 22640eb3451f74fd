import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillWords } from '../core/page/bars.ts';
import type { PageState } from '../core/page/page-state.ts';
import { escapeMarkup, fillTemplate } from './template.ts';
import type { StatusAccess, WholeAnswer } from './route.ts';

/** The files of the status page, as they are sent. */
export interface PageFiles {
  page(state: PageState, access: StatusAccess): WholeAnswer;
  /** @param wrong what was wrong with the last try; empty at the first */
  loginPage(pageToken: string, wrong: string): WholeAnswer;
  /** A file by the path of its address; undefined if there is none. */
  asset(path: string): WholeAnswer | undefined;
}

const types: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Reads them, once. The address of each contains a hash of them all, so that it may be kept for ever. */
export function readPageFiles(directory: string): PageFiles {
  const files = new Map<string, { readonly type: string; readonly body: Buffer }>();
  const hash = createHash('sha256');
  for (const name of readdirSync(directory).toSorted()) {
    const type = types[name.slice(name.lastIndexOf('.') + 1)];
    if (type === undefined) continue;
    const body = readFileSync(join(directory, name));
    files.set(name, { type, body });
    hash.update(`${name} ${body.length}\n`).update(body);
  }
  const assets = `/assets/${hash.digest('hex').slice(0, 16)}/`;
  const [page, login] = ['page.html', 'login.html'].map((name) =>
    readFileSync(join(directory, name), 'utf8'),
  );
  const html = (template = '', values: Readonly<Record<string, string>>, status = 200): WholeAnswer => ({
    status,
    type: 'text/html; charset=utf-8',
    body: fillTemplate(template, { ...values, assets }),
  });

  return {
    page: (state, { act, pageToken }) =>
      html(page, { ...valuesOf(state), pageToken: escapeMarkup(pageToken), mayAct: act ? 'yes' : 'no' }),
    loginPage: (pageToken, wrong) =>
      html(
        login,
        { pageToken: escapeMarkup(pageToken), wrong: escapeMarkup(wrong) },
        wrong === '' ? 200 : 401,
      ),
    asset(path) {
      const file = path.startsWith(assets) ? files.get(path.slice(assets.length)) : undefined;
      if (file === undefined) return undefined;
      const headers = { 'cache-control': 'public, max-age=31536000, immutable' };
      return { status: 200, ...file, headers };
    },
  };
}

/** The same word as in src/status/page/boxes.ts. */
function wordOf({ bars, queue }: PageState): string {
  if (bars.some(({ severity }) => severity === 'red')) return 'trouble';
  if (bars.length > 0) return 'look';
  return (queue?.troubledCount ?? 0) > 0 ? 'mail waits' : 'OK';
}

/** What the page shows without JavaScript. */
function valuesOf(state: PageState): Readonly<Record<string, string>> {
  const { relay, bars, queue, resolver, store, sentPerMinute, at } = state;
  const known = (value: number | undefined): string => (value === undefined ? 'not known' : String(value));
  const word = wordOf(state);
  return {
    name: escapeMarkup(relay.name),
    about: escapeMarkup(`v${relay.version}`),
    at: `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
    stateWord: word,
    bars: bars
      .map(
        ({ severity, text, means }) =>
          `<section class="bar ${severity}" aria-label="${escapeMarkup(text)}"><p><strong>${escapeMarkup(text)}.</strong></p><p>${escapeMarkup(means)}</p></section>`,
      )
      .join(''),
    summary: list([
      ['state', word],
      ['sent per minute', sentPerMinute.toFixed(1)],
      ['waiting', known(queue?.recipients)],
      ['waiting over 1 h', known(queue?.overAnHour)],
      ['held', known(queue?.held)],
      ['resolver', resolver.state],
      ['store', `${store.state}, ${fillWords(store)}`],
    ]),
    numbers: [
      table(
        'Waiting, by reason',
        ['cell-text', 'number'],
        (queue?.reasons ?? []).map(({ kind, ages }) => [
          kind,
          String(ages.reduce((sum, one) => sum + one, 0)),
        ]),
      ),
      table(
        'Destinations in trouble',
        ['cell-text', 'number', 'cell-text'],
        (queue?.troubled ?? []).map(({ destination, waiting, reason = '' }) => [
          destination,
          String(waiting),
          reason,
        ]),
      ),
      table(
        'Latest attempts',
        ['time', 'wide', 'cell-text', 'time', 'cell-text'],
        state.recent.map(({ at, queueId, to, status, reason }) => [
          new Date(at).toISOString().slice(11, 19),
          queueId,
          to,
          status,
          reason,
        ]),
      ),
    ].join(''),
  };
}

function list(entries: readonly (readonly [string, string])[]): string {
  return entries
    .map(([name, value]) => `<div><dt>${escapeMarkup(name)}</dt><dd>${escapeMarkup(value)}</dd></div>`)
    .join('');
}

/** @param kinds the classes of the columns */
function table(title: string, kinds: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map(
    (row) =>
      `<tr>${row.map((cell, at) => `<td class="${kinds[at] ?? ''}">${escapeMarkup(cell)}</td>`).join('')}</tr>`,
  );
  const body = cells.length === 0 ? '<tr><td>none</td></tr>' : cells.join('');
  return `<section><h2>${escapeMarkup(title)}</h2><table>${body}</table></section>`;
}
