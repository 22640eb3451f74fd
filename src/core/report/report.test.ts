import { describe, expect, it } from 'vitest';
import type { Tried } from '../mail/tried.ts';
import type { Message, Notify } from '../mail/message.ts';
import { reportsOf, type Findings, type NoticeClass } from './report.ts';

const message: Message = {
  queueId: '4abc',
  envelope: {
    sender: 'a@example.org',
    recipients: [{ address: 'b@x.test' }],
    body: '7BIT',
    smtpUtf8: false,
    envid: 'order-7',
  },
  arrivedAt: 0,
  size: 1,
  messageId: '<1@example.org>',
};
const reporter = {
  hostname: 'relay.example.org',
  date: 'DATE',
  arrivalDate: 'ARRIVAL',
  retryUntil: 'Mon, 23 Nov 2026 10:00:00 +0000',
};

const refused: Tried = {
  index: 0,
  recipient: { address: 'b@x.test', orcpt: 'rfc822;list@x.test' },
  status: {
    outcome: 'bounced',
    scope: 'recipient',
    dsn: '5.1.1',
    reason: 'host mx.x.test[192.0.2.1] said: 550 5.1.1 no such user (in reply to RCPT TO command)',
    remote: { host: 'mx.x.test', reply: '550 5.1.1 no such\r\nuser' },
  },
};
const late: Tried = {
  index: 0,
  recipient: { address: 'b@x.test' },
  status: {
    outcome: 'deferred',
    scope: 'host',
    dsn: '4.7.5',
    reason: 'Server certificate not verified',
    tlsFault: { kind: 'certificate', host: 'mx.x.test', level: 'dane', mismatch: 'no matching record' },
  },
};
const accepted: Tried = {
  index: 0,
  recipient: { address: 'b@x.test', notify: ['SUCCESS'] },
  status: {
    outcome: 'sent',
    scope: 'message',
    dsn: '2.0.0',
    reason: '250 ok',
    remote: { host: 'mx.x.test', reply: '250 ok' },
    withoutDsn: true,
  },
};
const nothing: Findings = { failed: [], delayed: [], sent: [] };
const quiet = { classes: [], recipient: '', doubleBounce: 'double-bounce@relay.example.org' };

function from(sender: string): Message {
  return { ...message, envelope: { ...message.envelope, sender } };
}

function told(findings: Partial<Findings>, classes: readonly NoticeClass[] = [], about = message): string[] {
  const notices = { ...quiet, classes, recipient: 'postmaster@example.org' };
  return reportsOf(about, { ...nothing, ...findings }, notices, () => reporter).reports.map(
    ({ kind, audience, from: sender, to }) => `${kind} ${audience} <${sender}> ${to}`,
  );
}

function only(findings: Partial<Findings>, about = message) {
  const { reports } = reportsOf(about, { ...nothing, ...findings }, quiet, () => reporter);
  const [report] = reports;
  if (report === undefined || reports.length > 1) throw new Error(`${reports.length} reports`);
  return { ...report, flat: report.text.replaceAll(/\s+/g, ' ') };
}

describe('reportsOf(): for programs', () => {
  it('tells the remote reply, RFC 3464 §2.3', () => {
    expect(only({ failed: [refused] }).fields).toEqual([
      [
        'Original-Envelope-Id: order-7',
        'Reporting-MTA: dns; relay.example.org',
        'X-Dane-Relay-Queue-ID: 4abc',
        'X-Dane-Relay-Sender: rfc822; a@example.org',
        'Arrival-Date: ARRIVAL',
      ],
      [
        'Original-Recipient: rfc822;list@x.test',
        'Final-Recipient: rfc822; b@x.test',
        'Action: failed',
        'Status: 5.1.1',
        'Remote-MTA: dns; mx.x.test',
        'Diagnostic-Code: smtp; 550 5.1.1 no such user',
        'Last-Attempt-Date: DATE',
      ],
    ]);
  });

  it('says until when it is tried, for a delay alone', () => {
    const fields = only({ delayed: [late] }).fields[1];
    expect(fields).toContain('Action: delayed');
    expect(fields).toContain('Diagnostic-Code: X-Dane-Relay; Server certificate not verified');
    expect(fields).toContain(`Will-Retry-Until: ${reporter.retryUntil}`);
    expect(only({ failed: [refused] }).fields[1]?.join()).not.toContain('Will-Retry-Until');
  });

  it('is relayed where a host without DSN has it', () => {
    expect(only({ sent: [accepted] }).fields[1]).toEqual(
      expect.arrayContaining(['Action: relayed', 'Status: 2.0.0', 'Diagnostic-Code: smtp; 250 ok']),
    );
  });

  it('keeps to ASCII for a sender in ASCII, RFC 6533 §3', () => {
    const recipient = { address: 'grüße@x.test' };
    const status = {
      ...refused.status,
      remote: { host: 'mx.x.test', reply: '550 Benutzer unbekannt: größer' },
    };
    const { fields, international } = only({ failed: [{ ...refused, recipient, status }] });
    expect(international).toBe(false);
    expect(fields[1]).toContain('Final-Recipient: utf-8; gr\\x{FC}\\x{DF}e@x.test');
    expect(fields[1]).toContain('Diagnostic-Code: smtp; 550 Benutzer unbekannt: gr??er');
    expect(JSON.stringify(fields)).toMatch(/^[\x20-\x7e]*$/);
  });

  it('uses UTF-8 for a sender outside ASCII, RFC 6533 §4', () => {
    const recipient = { address: 'grüße@x.test' };
    const { fields, international } = only({ failed: [{ ...refused, recipient }] }, from('ä@y.test'));
    expect(international).toBe(true);
    expect(fields[0]).toContain('X-Dane-Relay-Sender: utf-8; ä@y.test');
    expect(fields[1]).toContain('Final-Recipient: utf-8; grüße@x.test');
  });

  it('folds and bounds what a host had to say', () => {
    const reply = `550 ${'word '.repeat(4000)}`;
    const fields = only({
      failed: [{ ...refused, status: { ...refused.status, remote: { host: 'h', reply } } }],
    }).fields[1];
    const diagnostic = fields?.find((field) => field.startsWith('Diagnostic-Code')) ?? '';
    expect(diagnostic.length).toBeLessThan(1200);
    for (const line of diagnostic.split('\r\n')) expect(line.length).toBeLessThanOrEqual(76);
    expect(diagnostic).toMatch(/^[^\n]*\r\n /);
  });
});

describe('reportsOf(): for people', () => {
  it('tells who was not reached and why, in short lines', () => {
    const { text, flat } = only({ failed: [refused] });
    expect(flat).toContain('<b@x.test> x.test has no mailbox of this name.');
    expect(flat).toContain(`The log of the relay says: ${refused.status.reason}`);
    expect(flat).toContain('will not try these addresses again');
    for (const line of text.split('\r\n')) expect(line.length).toBeLessThanOrEqual(78);
  });

  it('says who erred, who is innocent and whom to tell, RFC 7672', () => {
    const { flat } = only({ delayed: [late] });
    expect(flat).toContain('does not match the published records');
    expect(flat).toContain('You have done nothing wrong.');
    expect(flat).toContain('tell the postmaster of x.test by telephone or from another mail provider');
    expect(flat).toContain(`keeps trying until ${reporter.retryUntil}`);
    expect(flat).toContain('PLEASE DO NOT SEND IT AGAIN');
  });

  it('says that time was up when it was, and for whom', () => {
    expect(only({ failed: [late] }).flat).toContain(
      'The relay has been trying since ARRIVAL, and the time limit for that has passed.',
    );
    expect(only({ failed: [late, refused] }).flat).toContain('For some of them the relay has been trying');
  });

  it('tells those who share a fate together', () => {
    const others = ['c@x.test', 'd@x.test'].map((address) => ({ ...refused, recipient: { address } }));
    const { text } = only({ failed: [refused, ...others] });
    expect(text).toContain('<b@x.test>\r\n<c@x.test>\r\n<d@x.test>\r\n\r\n    x.test has');
    expect(text.match(/no mailbox of this name/g)).toHaveLength(1);
  });

  it('lets no remote text out of its line', () => {
    const reason = 'host said: 550 \u001B[31mred\r\n\r\nSubject: forged\u202Eevil';
    const { text } = only({ failed: [{ ...refused, status: { ...refused.status, reason } }] });
    expect(text).toContain('550 ?[31mred Subject: forged?evil');
  });
});

describe('reportsOf(): who is told', () => {
  const asking = (tried: Tried, notify: readonly Notify[] | undefined): Tried => {
    const { address } = tried.recipient;
    return { ...tried, recipient: notify === undefined ? { address } : { address, notify } };
  };

  it.each([
    [undefined, true, true, false],
    [['FAILURE'], true, false, false],
    [['DELAY'], false, true, false],
    [['SUCCESS'], false, false, true],
    [['SUCCESS', 'FAILURE', 'DELAY'], true, true, true],
    [['NEVER'], false, false, false],
  ] as const)(
    'NOTIFY=%j: failure %s, delay %s, success %s, RFC 3461 §4.1',
    (notify, failure, delay, success) => {
      expect(told({ failed: [asking(refused, notify)] })).toHaveLength(failure ? 1 : 0);
      expect(told({ delayed: [asking(late, notify)] })).toHaveLength(delay ? 1 : 0);
      expect(told({ sent: [asking(accepted, notify)] })).toHaveLength(success ? 1 : 0);
    },
  );

  it('makes no report where the request travels on, RFC 3461 §5.2.1', () => {
    const { withoutDsn: _, ...status } = accepted.status;
    expect(told({ sent: [{ ...accepted, status }] })).toEqual([]);
  });

  it('puts all recipients of a kind in one report, from the null sender', () => {
    const { fields } = only({
      failed: [refused, { ...refused, index: 1, recipient: { address: 'c@x.test' } }],
    });
    expect(fields).toHaveLength(3);
    expect(told({ failed: [refused] })).toEqual(['failure sender <> a@example.org']);
  });

  it('tells nobody of a report that failed, RFC 5321 §6.1, unless the postmaster wants to know', () => {
    const findings = { ...nothing, failed: [refused] };
    expect(reportsOf(from(''), findings, quiet, () => reporter)).toEqual({
      reports: [],
      discarded: 'sender',
    });
    const notice = 'failure postmaster <double-bounce@relay.example.org> postmaster@example.org';
    expect(told(findings, ['2bounce'], from(''))).toEqual([notice]);
    expect(told(findings, ['bounce'], from(''))).toEqual([notice]);
    expect(told(findings, ['delay'], from(''))).toEqual([]);
  });

  it('does not speak to the postmaster as to the sender', () => {
    const notices = { ...quiet, classes: ['2bounce'], recipient: 'p@example.org' } as const;
    const { reports } = reportsOf(from(''), { ...nothing, failed: [refused] }, notices, () => reporter);
    expect(reports[0]?.text).toContain('You receive this as its postmaster');
    expect(reports[0]?.text).not.toContain('Your message');
  });

  it('throws away what cannot be brought to the postmaster either', () => {
    const about = from('Double-Bounce@relay.example.org');
    const notices = { ...quiet, classes: ['bounce', '2bounce'], recipient: 'p@example.org' } as const;
    expect(reportsOf(about, { ...nothing, failed: [refused] }, notices, () => reporter)).toEqual({
      reports: [],
      discarded: 'postmaster',
    });
    expect(reportsOf(about, nothing, notices, () => reporter)).toEqual({ reports: [] });
  });

  it('copies to the postmaster what he asked for, whatever NOTIFY says', () => {
    const never = asking(refused, ['NEVER']);
    expect(told({ failed: [never], delayed: [late] }, ['bounce', 'delay'])).toEqual([
      'failure postmaster <double-bounce@relay.example.org> postmaster@example.org',
      'delay sender <> a@example.org',
      'delay postmaster <double-bounce@relay.example.org> postmaster@example.org',
    ]);
    expect(told({ failed: [refused] }, ['2bounce'])).toEqual(['failure sender <> a@example.org']);
  });

  it.each([
    [{ failed: [refused] }, true],
    [{ delayed: [late] }, false],
    [{ sent: [accepted] }, false],
  ])('%#: may return the whole message for a failure alone, RFC 3461 §4.3', (findings, all) => {
    expect(only(findings).mayReturnAll).toBe(all);
  });
});
