import { events } from './event-row.ts';

/** The lines about what senders are told. */
export const reportEvents = events({
  report: {
    by: ['bounce'],
    line: '4jX6Z215f0zwqHvm: sender non-delivery notification: 4jX6Z23KsmzwqHvn',
    shapes: ['ID: * notification: *'],
    fields: {
      queueId: 'text',
      reportId: 'text',
      kind: ['failure', 'delay', 'success'],
      audience: ['sender', 'postmaster'],
    },
    means:
      'a report about the message was written. It is a message itself, with the id at the end. `delay notification` and `delivery status notification` are the other two kinds; `postmaster` instead of `sender` marks a copy for you',
  },
  'report discarded': {
    by: ['bounce'],
    line: '4jX6Z23KsmzwqHvn: undeliverable postmaster notification discarded',
    shapes: ['ID: undeliverable *'],
    fields: { queueId: 'text', audience: ['sender', 'postmaster'] },
    means: 'a report could not be delivered, and there is nobody else to tell',
    todo: 'check that `queue.notice_recipient` can receive mail',
  },
});
