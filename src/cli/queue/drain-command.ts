import { countText } from '../../core/mail/count-text.ts';
import { printable } from '../../core/mail/printable.ts';
import type { DrainResult, Stay } from '../../queue/open-queue.ts';

/** What is said of a message that stays. */
export const stayTexts: Readonly<Record<Stay, string>> = {
  'under way': 'stays: a delivery is under way',
  'changed meanwhile': 'stays: its recipients are being moved',
  'no room': 'stays: the other queue has no room for it',
  taken: 'stays: the other queue has another message with this id',
  unreadable: 'stays: only a newer relay can read it',
  away: 'stays: a message with this id is on its way to another queue',
};

/** How the command ended. */
export interface DrainTold {
  readonly to: string;
  readonly result: DrainResult;
  readonly isClosed: boolean;
  /** Messages of local programs that no relay has picked up. */
  readonly inMaildrop: number;
}

/** Whether all that was meant has moved. */
export function isDrained({ stayed, away = 1, trouble }: DrainResult): boolean {
  return trouble === undefined && away === 0 && Object.keys(stayed).length === 0;
}

/** As `--json` prints it. */
export function drainJson({ to, result, isClosed, inMaildrop }: DrainTold): string {
  return JSON.stringify({ schema: 1, act: 'drain', to, ...result, intakeStopped: isClosed, inMaildrop });
}

export function drainLines({ to, result, isClosed, inMaildrop }: DrainTold): readonly string[] {
  const { moved, resumed, stayed, waiting, away, elsewhere, trouble } = result;
  const stays = Object.entries(stayed).map(([why, count]) => `${why} ${count}`);
  return [
    `${countText(moved, 'message')} moved to ${to}${resumed === 0 ? '' : `, ${resumed} of them begun by an earlier drain`}`,
    ...(stays.length === 0 ? [] : [`messages that stay: ${stays.join(', ')}`]),
    ...(waiting === undefined
      ? ['what remains is not known: Redis does not answer']
      : waiting === 0
        ? ['nothing waits here any more']
        : [`${countText(waiting, 'delivery', 'deliveries')} ${waiting === 1 ? 'waits' : 'wait'} here`]),
    ...(away === undefined || away === elsewhere
      ? []
      : [
          `${countText(away - elsewhere, 'message')} left and may have arrived: nobody delivers them until this command is repeated`,
        ]),
    ...(elsewhere === 0
      ? []
      : [
          `${countText(elsewhere, 'message')} left for another queue: repeat the drain to that one, or use --take-back`,
        ]),
    ...(inMaildrop === 0
      ? []
      : [`${countText(inMaildrop, 'message')} in the maildrop: a relay must run to pick them up`]),
    ...(isClosed ? ['the relays here take no mail until "queue drain --open-intake"'] : []),
    ...(trouble === undefined ? [] : [`it ended early: ${trouble}`]),
  ].map(printable);
}
