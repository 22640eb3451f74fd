import { act, afterActs, type Act } from './acts.ts';
import { get } from './api.ts';
import { announce, button, byId, el, replace } from './dom.ts';
import { explain } from './explain.ts';
import { length, moment, plural } from './format.ts';

/** One destination of one message, as `GET /api/search` has it. */
interface Found {
  readonly queueId: string;
  readonly destination: string;
  readonly state: string;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly arrivedAt: number;
  readonly nextAt?: number;
  readonly dsn?: string;
  readonly reason?: string;
}

interface Page {
  readonly at: number;
  readonly deliveries: readonly Found[];
  /** There are more, or not all were looked at. */
  readonly more: boolean;
}

let asked = '';
let underWay: AbortController | undefined;

export function startSearch(): void {
  const form = byId('search', HTMLFormElement);
  const query = byId('query', HTMLInputElement);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    asked = query.value.trim();
    void search();
  });
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target instanceof HTMLElement && event.target.matches('input, textarea, dialog *');
    if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    query.focus();
  });
  afterActs.add(() => void (asked !== '' && search()));
}

async function search(): Promise<void> {
  underWay?.abort();
  const mine = (underWay = new AbortController());
  const place = byId('found');
  if (asked === '') return replace(place);
  replace(place, el('p', { class: 'note' }, 'Searching …'));
  try {
    const page = await get<Page>(`/api/search?q=${encodeURIComponent(asked)}`, mine.signal);
    show(page);
  } catch (error) {
    if (mine.signal.aborted) return;
    replace(place, el('p', { class: 'wrong' }, error instanceof Error ? error.message : String(error)));
  }
}

function show({ deliveries, more, at }: Page): void {
  const words =
    deliveries.length === 0
      ? 'Nothing in the queue has this. What has left it is explained by its id, address or domain:'
      : `${more ? 'The first ' : ''}${plural(deliveries.length, 'entry', 'entries')}${more ? '; say more to see fewer' : ''}.`;
  announce(words);
  const name = asked;
  replace(
    byId('found'),
    el('p', { class: 'note' }, words),
    deliveries.length === 0 && button(`explain ${name}`, 'explain found', () => void explain(name)),
    deliveries.length > 0 && table(deliveries, at),
  );
}

function table(deliveries: readonly Found[], now: number): HTMLElement {
  return el(
    'table',
    { class: 'stacks' },
    el('caption', { class: 'unseen' }, 'Messages in the queue'),
    el(
      'thead',
      {},
      el(
        'tr',
        {},
        ...['id', 'from and to', 'state', 'age', 'next try', 'reason', ''].map((head) =>
          el('th', { scope: 'col' }, head || el('span', { class: 'unseen' }, 'actions')),
        ),
      ),
    ),
    el('tbody', {}, ...deliveries.map((one) => row(one, now))),
  );
}

function row(one: Found, now: number): HTMLElement {
  const { queueId, state, sender, recipients, arrivedAt, nextAt, dsn = '', reason = '', destination } = one;
  const isHeld = state === 'held' || state === 'hold';
  const target = { id: queueId, from: sender, to: recipients, doubtful: state === 'held' };
  const choice = (what: Act): HTMLElement =>
    button(what, `${what} ${queueId} ${destination}`, () => void act(what, target), 'plain');
  return el(
    'tr',
    { 'data-id': queueId },
    el('td', { class: 'mono' }, queueId),
    el(
      'td',
      { class: 'cell-text full' },
      `${sender || '<>'} → ${recipients.slice(0, 5).join(', ')}${recipients.length > 5 ? ` and ${recipients.length - 5} more` : ''}`,
    ),
    el('td', {}, state),
    el('td', {}, length(now - arrivedAt)),
    el('td', {}, nextAt === undefined ? '' : nextAt <= now ? 'now' : moment(nextAt, now)),
    el('td', { class: 'cell-text full quote' }, `${dsn} ${reason}`.trim()),
    el(
      'td',
      { class: 'full' },
      el(
        'span',
        { class: 'row-acts', role: 'group', 'aria-label': queueId },
        button('explain', `explain ${queueId} ${destination}`, () => void explain(queueId), 'plain'),
        !isHeld && choice('retry'),
        isHeld ? choice('release') : choice('hold'),
        choice('delete'),
      ),
    ),
  );
}
