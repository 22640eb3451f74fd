import type {
  PageState,
  QueueDigest,
  RecentDelivery,
  TroubledDestination,
} from '../../core/page/page-state.ts';
import { act } from './acts.ts';
import { announce, button, byId, el, replace } from './dom.ts';
import { askException, showExceptions } from './exceptions.ts';
import { explain } from './explain.ts';
import { showHealth } from './health.ts';
import { clockWithSeconds, count, day, length, moment, plural, rate } from './format.ts';

/** Every box of the page, from a state. A box whose facts are the same is left alone. */
export function showState(state: PageState): void {
  const now = state.at;
  byId('about').textContent = `v${state.relay.version} · up ${length(now - state.relay.startedAt)}`;
  whenNew('bars', [state.bars], () => showBars(state));
  whenNew(
    'summary',
    [state.sentPerMinute, state.queue, state.resolver.state, state.store, state.bars.length],
    () => showSummary(state),
  );
  whenNew('waiting-body', [state.queue?.reasons], () => showWaiting(state.queue));
  // Ages grow from minute to minute.
  whenNew('trouble-body', [state.queue?.troubled, Math.floor(now / 60_000)], () => showTrouble(state));
  whenNew('recent', [state.recent], () => showRecent(state));
  whenNew('health-body', [state.health], () => showHealth(state));
  whenNew('exceptions-body', [state.exceptions], () => showExceptions(state));
}

const shown = new Map<string, string>();

function whenNew(id: string, facts: readonly unknown[], show: () => void): void {
  const text = JSON.stringify(facts);
  if (shown.get(id) === text) return;
  shown.set(id, text);
  show();
}

let announced = '';

function showBars({ bars, at }: PageState): void {
  replace(
    byId('bars'),
    ...bars.map((bar) =>
      el(
        'section',
        { class: `bar ${bar.severity}`, 'aria-label': bar.text },
        el(
          'p',
          {},
          el(
            'strong',
            {},
            `${bar.text}${bar.sinceMs === undefined ? '' : `, since ${moment(bar.sinceMs, at)}`}.`,
          ),
        ),
        el('p', {}, bar.means),
        el('p', { class: 'note' }, 'What to do: ', ...codes(bar.advice)),
      ),
    ),
  );
  const text = bars.map((bar) => bar.text).join('. ');
  if (text !== announced) announce(text === '' ? 'All is well.' : text);
  announced = text;
}

function codes(commands: readonly string[]): readonly Node[] {
  return commands.flatMap((command, nth) => [
    ...(nth === 0 ? [] : [document.createTextNode(', ')]),
    el('code', {}, command),
  ]);
}

/** The state of it all in one word. */
export function wordOf({ bars, queue }: PageState): readonly [word: string, colour: string] {
  if (bars.some(({ severity }) => severity === 'red')) return ['trouble', 'red'];
  if (bars.length > 0) return ['look', 'amber'];
  if (queue !== undefined && queue.troubledCount > 0) return ['mail waits', 'amber'];
  return ['OK', ''];
}

function showSummary(state: PageState): void {
  const { queue, resolver, store, sentPerMinute } = state;
  const [word, colour] = wordOf(state);
  const entry = (name: string, value: string, kind = ''): HTMLElement =>
    el('div', { class: kind || undefined }, el('dt', {}, name), el('dd', {}, value));
  replace(
    byId('summary'),
    entry('state', word, `word ${colour}`),
    entry('sent per minute', rate(sentPerMinute)),
    entry('waiting', queue === undefined ? 'not known' : count(queue.recipients)),
    entry('waiting over 1 h', queue === undefined ? 'not known' : count(queue.overAnHour)),
    entry('held', queue === undefined ? 'not known' : count(queue.held)),
    entry('resolver', resolver.state),
    entry('store', storeWords(store)),
  );
}

function storeWords({ state, usedBytes, limitBytes }: PageState['store']): string {
  if (usedBytes === undefined || !limitBytes) return state;
  const percent = `${Math.round((100 * usedBytes) / limitBytes)} %`;
  return state === 'takes mail' ? percent : `${state}, ${percent}`;
}

function showWaiting(queue: QueueDigest | undefined): void {
  if (queue === undefined)
    return replace(byId('waiting-body'), el('p', { class: 'note' }, 'The queue cannot be read.'));
  if (queue.recipients === 0)
    return replace(byId('waiting-body'), el('p', { class: 'note' }, 'Nothing waits.'));
  const ends = queue.ageEnds;
  const heads = [...ends.map((end) => (end === ends[0] ? `<${end} m` : String(end))), 'more'];
  replace(
    byId('waiting-body'),
    el(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'What waits, as a table' },
      el(
        'table',
        {},
        el('caption', { class: 'unseen' }, 'Recipients that wait, by reason and by age in minutes'),
        el(
          'thead',
          {},
          el(
            'tr',
            {},
            el('th', { scope: 'col' }, 'why, by age'),
            ...heads.map((head) => el('th', { scope: 'col', class: 'number' }, head)),
            el('th', { scope: 'col', class: 'number' }, 'total'),
          ),
        ),
        el(
          'tbody',
          {},
          ...queue.reasons.map(({ kind, ages }) =>
            el(
              'tr',
              { 'data-kind': kind },
              el('th', { scope: 'row' }, kind),
              ...ages.map((age) => el('td', { class: age === 0 ? 'number zero' : 'number' }, count(age))),
              el('td', { class: 'number' }, count(ages.reduce((sum, one) => sum + one, 0))),
            ),
          ),
        ),
      ),
    ),
  );
}

function showTrouble(state: PageState): void {
  const { queue, lastTroubleAt, at, hasHistory, relay } = state;
  const place = byId('trouble-body');
  if (queue === undefined) return replace(place, el('p', { class: 'note' }, 'The queue cannot be read.'));
  if (queue.troubledCount === 0 && !hasHistory) return replace(place, ...firstSteps(relay.takesMailAt));
  if (queue.troubledCount === 0) {
    const since =
      lastTroubleAt === undefined
        ? ''
        : ` since ${at - lastTroubleAt < 86_400_000 ? moment(lastTroubleAt, at) : day(lastTroubleAt)}`;
    return replace(place, el('p', { class: 'note' }, `None${since}.`));
  }
  const more = queue.troubledCount - queue.troubled.length;
  replace(
    place,
    el('ul', { class: 'trouble-list' }, ...queue.troubled.map((one) => troubleItem(one, at))),
    more > 0 && el('p', { class: 'note' }, `And ${plural(more, 'more destination')}: dane-relay queue why`),
  );
}

function troubleItem(one: TroubledDestination, now: number): HTMLElement {
  const { destination } = one;
  const key = (name: string): string => `${name} ${destination}`;
  return el(
    'li',
    {},
    el('p', { class: 'what' }, destination),
    el('p', { class: 'when' }, waitWords(one, now)),
    one.cause !== undefined && el('p', {}, one.cause),
    one.reason !== undefined && el('p', { class: 'quote' }, `${one.dsn ?? ''} ${one.reason}`),
    el(
      'p',
      { class: 'row-acts', role: 'group', 'aria-label': destination },
      button('explain', key('explain'), () => void explain(destination), 'plain'),
      button('retry', key('retry'), () => void act('retry', { destination, count: one.waiting }), 'plain'),
      button('hold', key('hold'), () => void act('hold', { destination, count: one.waiting }), 'plain'),
      button('except…', key('except'), () => askException(destination), 'plain'),
    ),
  );
}

function waitWords(
  { waiting, held, oldestAt, nextAt, suspendedUntil }: TroubledDestination,
  now: number,
): string {
  const parts = [
    waiting > 0 &&
      `${plural(waiting, 'recipient')} ${waiting === 1 ? 'waits' : 'wait'} ${length(now - oldestAt)}`,
    held > 0 && `${count(held)} held`,
    waiting > 0 && nextAt !== undefined && `next try ${nextAt <= now ? 'now' : moment(nextAt, now)}`,
    suspendedUntil !== undefined && suspendedUntil > now && `left alone until ${moment(suspendedUntil, now)}`,
  ];
  return parts.filter((part) => part !== false).join(', ');
}

function firstSteps(takesMailAt: string | undefined): readonly HTMLElement[] {
  const first = el('p', {}, 'Nothing was sent yet.');
  if (takesMailAt === undefined) return [first];
  const command = `swaks --server ${takesMailAt} --to you@example.org --from test@example.org`;
  return [
    first,
    el('p', {}, 'Send a test: ', el('code', {}, command)),
    el(
      'p',
      {},
      button(
        'copy command',
        'copy-test',
        () => void navigator.clipboard.writeText(command).then(() => announce('Copied.')),
      ),
    ),
  ];
}

function showRecent({ recent, at }: PageState): void {
  if (recent.length === 0)
    return replace(byId('recent'), el('p', { class: 'note' }, 'No attempt since the relay was started.'));
  replace(
    byId('recent'),
    el(
      'table',
      { class: 'stacks' },
      el('caption', { class: 'unseen' }, 'The latest attempts to deliver, newest first'),
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          ...['time', 'id', 'from and to', 'status', 'level', 'host or reason', 'took', ''].map((head) =>
            el('th', { scope: 'col' }, head || el('span', { class: 'unseen' }, 'actions')),
          ),
        ),
      ),
      el('tbody', {}, ...recent.map((one, nth) => recentRow(one, nth, at))),
    ),
  );
}

function recentRow(one: RecentDelivery, nth: number, now: number): HTMLElement {
  const { at, queueId, from, to, status, tls = '', relay, reason, seconds } = one;
  const time = now - at < 86_400_000 ? clockWithSeconds(at) : moment(at, now);
  return el(
    'tr',
    { 'data-status': status, 'data-id': queueId },
    el('td', { class: 'time' }, time),
    el('td', { class: 'mono' }, queueId),
    el('td', { class: 'cell-text full' }, `${from === undefined ? '' : `${from || '<>'} → `}${to}`),
    el('td', { class: status }, status),
    el('td', {}, tls),
    el('td', { class: 'cell-text full quote' }, status === 'sent' ? relay : reason),
    el('td', { class: 'wide' }, `${rate(seconds)} s`),
    el(
      'td',
      {},
      button('explain', `recent ${at} ${nth} ${queueId}`, () => void explain(queueId), 'plain'),
    ),
  );
}
