import { canAct, logIn, post, Refused } from './api.ts';
import { closer, openDialog } from './dialog.ts';
import { announce, el } from './dom.ts';
import { plural } from './format.ts';

export type Act = 'hold' | 'release' | 'retry' | 'delete';

/** A message, or all mail of a destination that waits. */
export type Target =
  | { readonly id: string; readonly from: string; readonly to: readonly string[]; readonly doubtful: boolean }
  | { readonly destination: string; readonly count: number };

interface Done {
  readonly acted: readonly { readonly queueId: string; readonly result: string; readonly underWay: number }[];
  /** There were more messages than one request acts on. */
  readonly more: boolean;
}

const verbs: Readonly<Record<Act, string>> = {
  hold: 'Hold',
  release: 'Release',
  retry: 'Try now',
  delete: 'Delete',
};

/** Listeners for "the queue is another one now". */
export const afterActs = new Set<() => void>();

/** Asks whether it is meant, naming what will happen, and does it. */
export async function act(what: Act, target: Target): Promise<void> {
  if (!canAct()) return askToken(() => void act(what, target));
  const wrong = el('p', { class: 'wrong', role: 'alert' });
  const go = el(
    'button',
    { type: 'button', class: what === 'delete' ? 'grave' : undefined, onclick: () => void carryOut() },
    verbs[what],
  );
  const dialog = openDialog(
    `${verbs[what]}: ${'id' in target ? target.id : target.destination}?`,
    ...consequences(what, target).map((text) => el('p', {}, text)),
    wrong,
    el('p', { class: 'foot' }, closer('Cancel'), go),
  );

  async function carryOut(): Promise<void> {
    go.disabled = true;
    try {
      const body = 'id' in target ? { ids: [target.id] } : { filter: { destination: target.destination } };
      const done = await post<Done>(`/api/queue/${what}`, body);
      dialog.close();
      announce(doneWords(what, done));
      for (const tell of afterActs) tell();
    } catch (error) {
      wrong.textContent = error instanceof Error ? error.message : String(error);
      go.disabled = false;
      if (error instanceof Refused && error.status === 401) askToken(() => void act(what, target));
    }
  }
}

function doneWords(what: Act, { acted, more }: Done): string {
  const of = { hold: 'on hold', release: 'released', retry: 'tried now', delete: 'deleted' }[what];
  const count = (result: string): number => acted.filter((one) => one.result === result).length;
  if (acted.length > 0 && count('unknown') === acted.length) return 'It is not in the queue any more.';
  if (count('unreadable') > 0) return 'Only a newer relay can read it.';
  if (count('done') === 0)
    return count('changed meanwhile') > 0 ? 'It is being moved: try again.' : 'Nothing had to be done.';
  const underWay = acted.reduce((sum, one) => sum + one.underWay, 0);
  const goesOn =
    underWay === 0 ? '' : ` ${plural(underWay, 'delivery', 'deliveries')} under way may still arrive.`;
  return `${plural(count('done'), 'message')} ${of}.${goesOn}${more ? ' There are more: do it again.' : ''}`;
}

function consequences(what: Act, target: Target): readonly string[] {
  const which =
    'id' in target
      ? `The message from ${target.from || '<>'} to ${target.to.slice(0, 5).join(', ')}${target.to.length > 5 ? ` and ${target.to.length - 5} more` : ''}`
      : `All mail that waits for ${target.destination} (${plural(target.count, 'recipient')})`;
  switch (what) {
    case 'hold':
      return [`${which} stays in the queue and is not tried until you release it.`];
    case 'release':
      return 'id' in target && target.doubtful
        ? [
            `${which} is sent again now.`,
            'Its host may have it already: it was lost from sight after the last dot. Then it arrives a second time.',
          ]
        : [`${which} is no longer on hold, and is tried now.`];
    case 'retry':
      return [
        `${which} is tried now, and not only when it is due. If it fails again, it waits longer than before.`,
      ];
    case 'delete':
      return [
        `${which} is removed from the queue, for all recipients that do not have it yet.`,
        'Nobody is told, neither its sender nor its recipients. This cannot be undone.',
      ];
  }
}

/** Who acts needs the token; once in twelve hours. */
export function askToken(then: () => void): void {
  const input = el('input', {
    id: 'dialog-token',
    type: 'password',
    autocomplete: 'current-password',
    required: true,
  });
  const wrong = el('p', { class: 'wrong', role: 'alert' });
  const form = el(
    'form',
    {
      onsubmit: (event) => {
        event.preventDefault();
        logIn(input.value.trim()).then(
          () => {
            dialog.close();
            then();
          },
          (error: unknown) => (wrong.textContent = error instanceof Error ? error.message : String(error)),
        );
      },
    },
    el('label', { for: 'dialog-token' }, 'Token'),
    input,
    el('button', { type: 'submit' }, 'Log in'),
    closer('Cancel'),
  );
  const dialog = openDialog(
    'Log in to act',
    el(
      'p',
      {},
      'Whoever changes something needs the token: the line in the file of status.token_file, or in status-token in the data directory of the relay.',
    ),
    form,
    wrong,
  );
  input.focus();
}
