import { choices, duration, mailbox, size, text } from './kinds.ts';
import type { Setting } from './setting.ts';

/** The rows of `settings` about what senders and the postmaster are told. */
export const reportSettings = {
  'queue.bounce_size_limit': {
    kind: size('1B', '100MiB'),
    default: '50KB',
    postfix: 'bounce_size_limit',
    doc: 'Larger messages are not returned whole in a bounce, only their header.',
  },
  'queue.delay_warning_time': {
    kind: duration('0s', '100d'),
    default: '0s',
    postfix: 'delay_warning_time',
    doc: 'Age at which the sender of a message that still waits is told so, once; 0s: never. Many use "4h".',
  },
  'queue.notify_classes': {
    kind: choices(['bounce', '2bounce', 'delay']),
    default: [],
    postfix: 'notify_classes',
    doc: `Of what queue.notice_recipient gets a copy: bounce (mail returned to its sender), 2bounce (a report that could not \
be brought to a sender), delay (warnings of late mail).`,
  },
  'queue.notice_recipient': {
    kind: mailbox,
    default: '',
    postfix: 'bounce_notice_recipient',
    doc: 'Mailbox of the postmaster, which must be one that this relay can deliver to.',
  },
  'queue.double_bounce_sender': {
    kind: text('1 to 64 of the characters A-Z a-z 0-9 . _ + -', /^[\w.+-]{1,64}$/),
    default: 'double-bounce',
    postfix: 'double_bounce_sender',
    doc: 'Local part of the sender of what the postmaster is told. What cannot be brought to him is thrown away.',
  },
} as const satisfies Record<string, Setting>;
