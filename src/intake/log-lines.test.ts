import { expect, test } from 'vitest';
import { clientAt } from '../core/intake/client-identity.ts';
import {
  bug,
  connected,
  disconnected,
  lost,
  messageId,
  queued,
  rejected,
  storeTrouble,
  timedOut,
  excess,
  foreign,
  outOfTurn,
  proxyTrouble,
  xclientTaken,
} from './log-lines.ts';

const client = { name: 'client.example', address: '192.0.2.1' };

test.each([
  [connected(client), 'smtpd', 'connect from client.example[192.0.2.1]'],
  [queued('Q1', client), 'smtpd', 'Q1: client=client.example[192.0.2.1]'],
  [messageId('Q1', '<a@b>'), 'cleanup', 'Q1: message-id=<a@b>'],
  [messageId('Q1', ''), 'cleanup', 'Q1: message-id=<>'],
  [
    lost(client, 'DATA (123 bytes)'),
    'smtpd',
    'lost connection after DATA (123 bytes) from client.example[192.0.2.1]',
  ],
  [timedOut(client, 'RCPT'), 'smtpd', 'timeout after RCPT from client.example[192.0.2.1]'],
  [
    disconnected(client, 'quit=1 commands=1'),
    'smtpd',
    'disconnect from client.example[192.0.2.1] quit=1 commands=1',
  ],
  [
    excess(client, { of: 'connections', count: 51 }),
    'smtpd',
    'Connection concurrency limit exceeded: 51 from client.example[192.0.2.1] for service smtpd',
  ],
  [
    outOfTurn(client, 'DATA'),
    'smtpd',
    'improper command pipelining after DATA from client.example[192.0.2.1]',
  ],
  [
    foreign(client, '\x16\x03GET \x1b[2J'),
    'smtpd',
    expect.stringMatching(/^non-SMTP command from client\.example\[192\.0\.2\.1\]: [ -~]+$/),
  ],
  [
    xclientTaken(client, { ...clientAt('192.0.2.2', 'x'), user: 'ann' }),
    'smtpd',
    'XCLIENT from client.example[192.0.2.1]: client=unknown[192.0.2.2], sasl_username=ann',
  ],
  [
    proxyTrouble(client, 'half a header'),
    'smtpd',
    'PROXY protocol: half a header from client.example[192.0.2.1]',
  ],
  [storeTrouble('Q1', new Error('a\nb')), 'smtpd', 'Q1: queue file write error: a | b'],
  [bug(undefined, 'x'), 'smtpd', 'NOQUEUE: x'],
  [
    rejected(client, { queueId: undefined, stage: 'CONNECT', reply: '421 4.7.0 no' }),
    'smtpd',
    'NOQUEUE: reject: CONNECT from client.example[192.0.2.1]: 421 4.7.0 no',
  ],
  [
    rejected(client, {
      queueId: 'Q1',
      stage: 'RCPT',
      reply: '554 5.7.1 no',
      sender: '',
      recipient: 'u@d',
      protocol: 'ESMTP',
      helo: 'h',
    }),
    'smtpd',
    'Q1: reject: RCPT from client.example[192.0.2.1]: 554 5.7.1 no; from=<> to=<u@d> proto=ESMTP helo=<h>',
  ],
])('%#: %s', (event, component, text) => {
  expect(event).toMatchObject({ component, text });
});

test('bug(): stack on one line, and as it is in the fields', () => {
  const error = new Error('why');
  const event = bug('Q1', error);
  expect(event.severity).toBe('error');
  expect(event.text).toMatch(/^Q1: Error: why \| at /);
  expect(event.text).not.toContain('\n');
  expect(event.fields?.['reason']).toBe(error.stack);
});
