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
  'TLS report sent': {
    by: ['master'],
    line: 'TLS report for example.org of 2026-11-28: sent to mailto:tls@example.org, 412 sessions well, 3 failed',
    shapes: ['TLS report for * of *: sent to *'],
    fields: {
      domain: 'text',
      day: 'text',
      to: 'text',
      reportId: 'text',
      successes: 'number',
      failures: 'number',
    },
    means:
      'a [report about TLS](tls-reports.md) was put into the queue as mail, or a web server has taken it',
  },
  'TLS report not taken': {
    by: ['master'],
    line: 'TLS report for example.org of 2026-11-28: not taken by https://tls.example.org/v1: answers 503; again at 2026-11-29T01:05:00.000Z',
    shapes: ['TLS report for * of *: not taken by *'],
    fields: { domain: 'text', day: 'text', to: 'text', reason: 'text', 'nextAt?': 'time' },
    means: 'somebody who asks for reports did not take one; without a time it is given up',
  },
  'TLS report dropped': {
    by: ['master'],
    line: 'TLS report for example.org of 2026-11-28: not sent: no record',
    shapes: ['TLS report for * of *: not sent: *'],
    fields: { domain: 'text', day: 'text', reason: 'text' },
    means:
      'nobody gets this report, or not at this address: the domain does not ask for it any more, you have suppressed it, or nothing can sign it',
  },
  'TLS report key missing': {
    by: ['master'],
    line: 'no TLS reports go out by mail: there is no DKIM key of relay.example.org (tlsrpt.contact), make one with "dane-relay dkim create relay.example.org"',
    shapes: ['no TLS reports go out by mail: there is no DKIM key of *'],
    fields: { domain: 'text' },
    means:
      'reports by mail must be signed by the domain of `tlsrpt.contact`; written once, until there is a key',
    todo: 'make a key, and publish its record',
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
