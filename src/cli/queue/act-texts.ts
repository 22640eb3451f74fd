import type { Acted } from '../../queue/open-queue.ts';

/** What became of an act, for whoever asked for it. */
export function actText({ act, result, underWay, held }: Acted): string {
  if (result === 'unknown') return 'there is no such message';
  if (result === 'unreadable') return 'only a newer relay can read it, nothing was changed';
  if (result === 'changed meanwhile') return 'its recipients are being moved, nothing was changed: try again';
  return (result === 'done' ? done : nothing)[act]({ underWay, held });
}

/** Whether the message is as it was wished to be. */
export function isAsWished({ act, result, underWay, held }: Acted): boolean {
  if (result === 'unknown' || result === 'changed meanwhile' || result === 'unreadable') return false;
  if (act === 'release') return result === 'done' && held === 0;
  return act !== 'retry' || result === 'done' || held === 0 || underWay > 0;
}

type Texts = Readonly<Record<Acted['act'], (counts: Pick<Acted, 'underWay' | 'held'>) => string>>;

const done: Texts = {
  hold: ({ underWay }) =>
    underWay === 0
      ? 'placed on hold'
      : 'placed on hold; a delivery under way goes on, and what it leaves is held',
  release: ({ held }) =>
    held === 0
      ? 'released from hold'
      : 'released from hold, but for recipients whose destination is being delivered to: try again',
  retry: ({ held }) => (held === 0 ? 'due now' : 'due now, but for what is held'),
  requeue: ({ underWay, held }) =>
    `requeued${underWay === 0 ? '' : '; a delivery under way goes on'}${held === 0 ? '' : '; what may have arrived stays held'}`,
  expire: ({ underWay, held }) =>
    `expired: it is returned to its sender at its next attempt${underWay === 0 ? '' : ', unless the delivery under way succeeds'}${held === 0 ? '' : ', once it is released'}`,
  delete: ({ underWay }) => (underWay === 0 ? 'removed' : 'removed; a delivery under way may have arrived'),
};

const nothing: Texts = {
  hold: () => 'on hold already',
  release: ({ held }) =>
    held === 0 ? 'not held, nothing was changed' : 'being delivered, nothing was changed',
  retry: ({ underWay, held }) =>
    underWay > 0
      ? 'being delivered'
      : held > 0
        ? 'held until "queue release" or "queue delete"'
        : 'due already',
  requeue: () => 'nothing was changed',
  expire: ({ held }) => `expired already${held === 0 ? '' : ', and returned once it is released'}`,
  delete: () => 'there is no such message',
};
