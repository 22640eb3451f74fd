import { readNumber, readTime, sizeText, timeText } from '../postfix/quantities.ts';
import { listItems } from '../postfix/words.ts';
import { ownDomain } from './intake.ts';
import { originOf, type Taking } from './taking.ts';

/** Times of the queue that belong together, what the postmaster is told, and when no mail is taken. */
export function takeNotices(taking: Taking): void {
  const { scope, draft } = taking;
  takeBackoff(taking);
  takeMinfree(taking);
  const classes = scope.value('notify_classes');
  const known = listItems(classes.text.toLowerCase()).filter((word) =>
    ['bounce', '2bounce', 'delay'].includes(word),
  );
  const recipients = [
    'bounce_notice_recipient',
    '2bounce_notice_recipient',
    'delay_notice_recipient',
    'error_notice_recipient',
  ];
  draft.account([...classes.origins, ...recipients.flatMap((name) => scope.value(name).origins)]);
  if (known.length === 0 || classes.origins.length === 0) return;
  const domain = ownDomain(taking);
  const whom = scope.value('bounce_notice_recipient');
  const mailbox = whom.text.includes('@')
    ? whom.text
    : domain === undefined
      ? undefined
      : `${whom.text}@${domain}`;
  if (mailbox === undefined || whom.unknown.length > 0) {
    draft.refuse(originOf(classes), 'bounce_notice_recipient needs a domain', 'effect');
    return;
  }
  draft.set('queue.notify_classes', [...new Set(known)], classes.origins);
  draft.set('queue.notice_recipient', mailbox, whom.origins.length > 0 ? whom.origins : classes.origins);
  for (const name of recipients.slice(1, 3)) {
    const other = scope.value(name);
    if (other.origins.length > 0 && other.text !== whom.text)
      draft.refuse(originOf(other), 'all notices go to one mailbox (queue.notice_recipient)', 'effect');
  }
}

function takeMinfree({ scope, draft }: Taking): void {
  const value = scope.value('queue_minfree');
  const octets = readNumber(value.text);
  draft.account(value.origins);
  // 0 is no limit; ours is what the queue needs in any case.
  if (value.origins.length > 0 && octets !== undefined && octets > 0)
    draft.set('queue.minfree', sizeText(octets), value.origins);
}

/** Postfix raises the longest time where the shortest is longer. */
function takeBackoff({ scope, draft }: Taking): void {
  const [shortest, longest] = ['minimal_backoff_time', 'maximal_backoff_time'].map((name) =>
    scope.value(name),
  );
  const [least, most] = [shortest, longest].map((value) => readTime(value?.text ?? '', 's'));
  if (shortest === undefined || least === undefined || most === undefined || least <= most) return;
  draft.set(
    'queue.maximal_backoff',
    timeText(least),
    shortest.origins,
    'As long as the shortest time, as in Postfix.',
  );
}
