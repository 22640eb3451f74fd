import { describe, expect, it, test } from 'vitest';
import type { Message } from '../mail/message.ts';
import {
  activeLine,
  ambiguousLine,
  heldLine,
  deliveryLine,
  expiredLine,
  messageIdLine,
  removedLine,
} from './log-line.ts';

const message: Message = {
  queueId: '4jX3rr49F4zKSxM',
  envelope: { sender: 'a@example.org', recipients: [{ address: 'b@x.test' }], body: '7BIT', smtpUtf8: false },
  arrivedAt: 0,
  size: 263,
  messageId: '',
};

test('the sender is named as the client did', () => {
  const envelope = { ...message.envelope, sender: 'a@xn--tda.test', senderWritten: 'a@ü.test' };
  expect(activeLine({ ...message, envelope }, 1).text).toContain(' from=<a@ü.test>, ');
  expect(expiredLine({ ...message, envelope }).text).toContain(' from=<a@ü.test>, ');
});

describe('deliveryLine()', () => {
  const delays = { total: 1.5, parts: [0.012, 0, 0.31, 1.2] as const };
  const sent = {
    outcome: 'sent',
    dsn: '2.0.0',
    reason: '250 2.0.0 Ok: queued as ABC123',
    scope: 'recipient',
    relay: 'mx.x.test[192.0.2.1]:25',
  } as const;
  const facts = { queueId: message.queueId, recipient: { address: 'b@x.test' }, delays, connectionUse: 1 };

  it('prints a first use of a session in the order log tools expect', () => {
    expect(deliveryLine({ ...facts, status: sent }).text).toBe(
      '4jX3rr49F4zKSxM: to=<b@x.test>, relay=mx.x.test[192.0.2.1]:25, delay=1.5, delays=0.01/0/0.31/1.2, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ABC123)',
    );
  });

  it('names the recipient as the client did, and what it was made of', () => {
    const text = (recipient: { address: string; written?: string; original?: string }): string =>
      deliveryLine({ ...facts, recipient, status: sent, connectionUse: 2 }).text;
    const ending = ', relay=mx.x.test[192.0.2.1]:25, conn_use=2, ';
    expect(text({ address: 'b@xn--tda.test', written: 'b@ü.test' })).toContain(` to=<b@ü.test>${ending}`);
    expect(text({ address: 'b@o.test', original: 'b' })).toContain(` to=<b@o.test>, orig_to=<b>${ending}`);
    expect(text({ address: 'b@o.test', written: 'b@O.test', original: 'b@O.TEST.' })).toContain(
      ` to=<b@O.test>, orig_to=<b@O.TEST.>${ending}`,
    );
    expect(text({ address: 'b@o.test', original: 'B@o.test' })).toContain(` to=<b@o.test>${ending}`);
    const { fields } = deliveryLine({
      ...facts,
      recipient: { address: 'b@xn--tda.test', written: 'b@ü.test', original: 'b' },
      status: sent,
    });
    expect(fields).toMatchObject({ to: 'b@ü.test', address: 'b@xn--tda.test', origTo: 'b' });
  });

  it('shows conn_use from the second message on', () => {
    expect(deliveryLine({ ...facts, status: sent, connectionUse: 2 }).text).toContain(
      'relay=mx.x.test[192.0.2.1]:25, conn_use=2, delay=1.5,',
    );
  });

  it('is of the error agent where a destination is left alone', () => {
    const reason = 'delivery temporarily suspended: connect to mx.x.test[192.0.2.1]:25: Connection refused';
    const status = { outcome: 'deferred', dsn: '4.4.1', reason, scope: 'destination' } as const;
    expect(deliveryLine({ ...facts, status, component: 'error' })).toMatchObject({
      component: 'error',
      text: `4jX3rr49F4zKSxM: to=<b@x.test>, relay=none, delay=1.5, delays=0.01/0/0.31/1.2, dsn=4.4.1, status=deferred (${reason})`,
    });
  });

  it('says tls= where that is wanted, and in the fields always', () => {
    const shown = deliveryLine({ ...facts, status: sent, tls: 'may:none', tlsShown: true });
    expect(shown.text).toContain('delays=0.01/0/0.31/1.2, tls=may:none, dsn=2.0.0,');
    const hidden = deliveryLine({ ...facts, status: sent, tls: 'may:none' });
    expect(hidden.text).not.toContain('tls=');
    expect(hidden.fields).toMatchObject({ tls: 'may:none' });
  });

  it('says relay=none where no session decided', () => {
    const status = {
      outcome: 'deferred',
      dsn: '4.7.5',
      reason: 'non DNSSEC destination',
      scope: 'host',
    } as const;
    expect(deliveryLine({ ...facts, status }).text).toContain(
      'relay=none, delay=1.5, delays=0.01/0/0.31/1.2, dsn=4.7.5, status=deferred (non DNSSEC destination)',
    );
  });
});

describe('the lines of the queue manager', () => {
  it.each([
    [
      activeLine(message, 2),
      'qmgr',
      '4jX3rr49F4zKSxM: from=<a@example.org>, size=263, nrcpt=2 (queue active)',
    ],
    [messageIdLine(message.queueId, ''), 'cleanup', '4jX3rr49F4zKSxM: message-id=<>'],
    [
      expiredLine(message),
      'qmgr',
      '4jX3rr49F4zKSxM: from=<a@example.org>, status=expired, returned to sender',
    ],
    [removedLine(message.queueId), 'qmgr', '4jX3rr49F4zKSxM: removed'],
    [
      ambiguousLine(message.queueId, 2, 'mx[192.0.2.1]:25', 'resend'),
      'qmgr',
      '4jX3rr49F4zKSxM: relay=mx[192.0.2.1]:25, nrcpt=2, final dot was sent, no reply seen: mail is sent again, perhaps a second time',
    ],
    [
      heldLine(message.queueId, 2),
      'qmgr',
      '4jX3rr49F4zKSxM: nrcpt=2, held until "queue release" or "queue delete"',
    ],
    [
      ambiguousLine(message.queueId, 2, 'mx[192.0.2.1]:25', 'resend'),
      'qmgr',
      '4jX3rr49F4zKSxM: relay=mx[192.0.2.1]:25, nrcpt=2, final dot was sent, no reply seen: mail is sent again, perhaps a second time',
    ],
    [
      heldLine(message.queueId, 2),
      'qmgr',
      '4jX3rr49F4zKSxM: nrcpt=2, held until "queue release" or "queue delete"',
    ],
  ])('%#: have their exact words', (event, component, text) => {
    expect(event).toMatchObject({ component, text });
  });
});
