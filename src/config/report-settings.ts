import { choices, duration, mailbox, size, text } from './kinds.ts';
import type { Setting } from './setting.ts';

/** The rows of `settings` about what senders and the postmaster are told. */
export const reportSettings = {
  'queue.bounce_size_limit': {
    kind: size('1B', '100MiB'),
    default: '50KB',
    postfix: 'bounce_size_limit',
    doc: 'Size above which a bounce returns only the header of a message instead of all of it.',
  },
  'queue.delay_warning_time': {
    kind: duration('0s', '100d'),
    default: '0s',
    postfix: 'delay_warning_time',
    doc: 'Age at which the sender of a message that still waits gets one warning. 0s: never. Many use "4h".',
  },
  'queue.notify_classes': {
    kind: choices(['bounce', '2bounce', 'delay']),
    default: [],
    postfix: 'notify_classes',
    doc: `Reports of which queue.notice_recipient gets a copy: bounce (mail returned to its sender), 2bounce (a \
report that could not be delivered to a sender), delay (warnings of late mail).`,
  },
  'queue.notice_recipient': {
    kind: mailbox,
    default: '',
    postfix: 'bounce_notice_recipient',
    doc: 'Mailbox of the postmaster. This relay must be able to deliver to it.',
  },
  'queue.double_bounce_sender': {
    kind: text('1 to 64 of the characters A-Z a-z 0-9 . _ + -', /^[\w.+-]{1,64}$/),
    default: 'double-bounce',
    postfix: 'double_bounce_sender',
    doc: `Local part of the sender address of reports to the postmaster. A report that cannot be delivered to the \
postmaster is discarded.`,
  },
} as const satisfies Record<string, Setting>;
