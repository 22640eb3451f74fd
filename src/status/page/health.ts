import type { PageFinding, PageState } from '../../core/page/page-state.ts';
import { get } from './api.ts';
import { closer, openDialog } from './dialog.ts';
import { announce, button, byId, el, replace } from './dom.ts';
import { count, moment, plural } from './format.ts';

/** What checks of the destinations that are mailed have found. */

export function showHealth({ health, at }: PageState): void {
  byId('health').hidden = health === undefined;
  if (health === undefined) return;
  const { standings, worst, more } = health;
  const parts = [
    `${count(standings.protected)} protected`,
    standings.fails > 0 && `${count(standings.fails)} failing`,
    standings.unprotected > 0 && `${count(standings.unprotected)} not protected any more`,
    standings.unknown > 0 && `${count(standings.unknown)} not known`,
  ].filter((part) => part !== false);
  replace(
    byId('health-body'),
    el('p', { class: 'note' }, `As of ${moment(health.at, at)}: ${parts.join(', ')}.`),
    worst.length > 0 && table(worst, at),
    more > 0 && el('p', { class: 'note' }, `And ${plural(more, 'more finding')}: dane-relay destinations`),
  );
}

function table(worst: readonly PageFinding[], now: number): HTMLElement {
  return el(
    'table',
    { class: 'stacks' },
    el('caption', { class: 'unseen' }, 'What checks have found, the worst first'),
    el(
      'thead',
      {},
      el(
        'tr',
        {},
        ...['destination', 'since', 'finding', ''].map((head) =>
          el('th', { scope: 'col' }, head || el('span', { class: 'unseen' }, 'actions')),
        ),
      ),
    ),
    el('tbody', {}, ...worst.map((one) => row(one, now))),
  );
}

function row({ destination, kind, severity, text, since }: PageFinding, now: number): HTMLElement {
  return el(
    'tr',
    {},
    el('th', { scope: 'row', class: 'cell-text' }, destination),
    el('td', {}, moment(since, now)),
    el('td', { class: 'cell-text full' }, `${severity}: ${text}`),
    el(
      'td',
      {},
      button('note', `note ${destination} ${kind} ${text}`, () => void showNote(destination), 'plain'),
    ),
  );
}

interface Told {
  readonly lines: readonly string[];
  readonly note?: readonly string[];
}

/** The text for their postmaster. */
async function showNote(destination: string): Promise<void> {
  const place = el('div', { 'aria-live': 'polite' }, el('p', { class: 'note' }, 'Asking …'));
  openDialog(`A note to the postmaster: ${destination}`, place, el('p', { class: 'foot' }, closer()));
  try {
    const { lines, note } = await get<Told>(`/api/destinations/${encodeURIComponent(destination)}`);
    const text = (note ?? lines).join('\n');
    const copy = (): void =>
      void navigator.clipboard.writeText(text).then(
        () => announce('Copied.'),
        () => announce('The browser does not let this page copy: mark the text.'),
      );
    place.replaceChildren(el('pre', {}, text), el('p', {}, button('copy', 'copy-note', copy)));
  } catch (error) {
    place.replaceChildren(el('p', {}, error instanceof Error ? error.message : String(error)));
  }
}
