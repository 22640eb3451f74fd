import type { PageException, PageState } from '../../core/page/page-state.ts';
import { afterActs, askToken } from './acts.ts';
import { canAct, post, Refused } from './api.ts';
import { closer, openDialog } from './dialog.ts';
import { announce, button, byId, el, replace } from './dom.ts';
import { moment } from './format.ts';

/** Exceptions from the policy, which end by themselves. */

export function showExceptions({ exceptions, at }: PageState): void {
  const none = 'None. Every destination has the level of the settings.';
  if (exceptions.length === 0) return replace(byId('exceptions-body'), el('p', { class: 'note' }, none));
  replace(
    byId('exceptions-body'),
    el(
      'table',
      { class: 'stacks' },
      el('caption', { class: 'unseen' }, 'Exceptions from the policy'),
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          ...['domain', 'level', 'until', 'reason', ''].map((head) =>
            el('th', { scope: 'col' }, head || el('span', { class: 'unseen' }, 'actions')),
          ),
        ),
      ),
      el('tbody', {}, ...exceptions.map((one) => row(one, at))),
    ),
  );
}

function row({ domain, level, untilMs, reason }: PageException, now: number): HTMLElement {
  return el(
    'tr',
    {},
    el('th', { scope: 'row', class: 'cell-text' }, domain),
    el('td', {}, level),
    el('td', {}, moment(untilMs, now)),
    el('td', { class: 'cell-text full' }, reason),
    el(
      'td',
      {},
      button('end', `end ${domain}`, () => askEnd(domain), 'plain'),
    ),
  );
}

function askEnd(domain: string): void {
  if (!canAct()) return askToken(() => askEnd(domain));
  ask(
    `End the exception for ${domain}?`,
    'End it',
    [
      el(
        'p',
        {},
        `Mail for ${domain} has the level of the settings again, from its next attempt on. It may wait then.`,
      ),
    ],
    async () => {
      await post('/api/except/remove', { domain });
      return `The exception for ${domain} has ended.`;
    },
  );
}

/** Asks for the level, the end and the reason. */
export function askException(domain: string): void {
  if (!canAct()) return askToken(() => askException(domain));
  const date = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const level = el(
    'select',
    { id: 'except-level' },
    el('option', { value: 'encrypt' }, 'encrypt: TLS, with whoever answers'),
    el('option', { value: 'may' }, 'may: in clear as well'),
  );
  const until = el('input', {
    id: 'except-until',
    type: 'date',
    min: date(1),
    value: date(7),
    required: true,
  });
  const reason = el('input', {
    id: 'except-reason',
    required: true,
    maxlength: 200,
    placeholder: 'who asked, and why',
  });
  ask(
    `An exception for ${domain}?`,
    'Make the exception',
    [
      el(
        'p',
        {},
        `Mail for ${domain} is then sent although its host does not show what policy demands: somebody on the way could read it or take it. The exception ends by itself at the end of that day (UTC).`,
      ),
      el('p', {}, el('label', { for: 'except-level' }, 'Level '), level),
      el('p', {}, el('label', { for: 'except-until' }, 'Until '), until),
      el('p', {}, el('label', { for: 'except-reason' }, 'Reason '), reason),
    ],
    async () => {
      if (reason.value.trim() === '') throw new Error('An exception has a reason.');
      const end = `${until.value}T23:59:59Z`;
      await post('/api/except', { domain, level: level.value, until: end, reason: reason.value.trim() });
      return `An exception for ${domain} is in force.`;
    },
  );
}

/** A dialog that does something, or says why it cannot. */
function ask(title: string, verb: string, content: readonly Node[], work: () => Promise<string>): void {
  const wrong = el('p', { class: 'wrong', role: 'alert' });
  const go = el('button', { type: 'button', class: 'grave', onclick: () => void carryOut() }, verb);
  const dialog = openDialog(title, ...content, wrong, el('p', { class: 'foot' }, closer('Cancel'), go));

  async function carryOut(): Promise<void> {
    go.disabled = true;
    try {
      const done = await work();
      dialog.close();
      announce(done);
      for (const tell of afterActs) tell();
    } catch (error) {
      wrong.textContent = error instanceof Error ? error.message : String(error);
      go.disabled = false;
      if (error instanceof Refused && error.status === 401) askToken(() => dialog.close());
    }
  }
}
