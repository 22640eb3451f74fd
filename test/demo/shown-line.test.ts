import { expect, test } from 'vitest';
import { shownLine } from './shown-line.ts';

const stamp = 'Nov  3 22:42:52 vm ';

test.each([
  'dane-relay/smtp[1]: Q1: to=<user@a.test>, relay=none, delay=1, delays=1/0/0/0, dsn=4.7.5, status=deferred (no)',
  'dane-relay/smtp[1]: warning: TLS policy lookup for a.test/mx.a.test: no TLSA records found',
  'dane-relay/master[1]: redis-server: process 11158 is up',
  'dane-relay/master[1]: warning: unbound: process 11163 died: SIGKILL',
])('shownLine(): shows %s', (text) => {
  expect(shownLine(stamp + text)).toBe(text);
});

test.each([
  'dane-relay/master[1]: warning: redis-server: 11158:C 21 Nov 2026 22:42:52.920 # Configuration loaded',
  'dane-relay/master[1]: redis-server: 11158:signal-handler (1795300979) Received SIGTERM scheduling shutdown...',
  'dane-relay/master[1]: unbound: [1795300972] unbound[11163:0] notice: init module 0: validator',
  'dane-relay/smtpd[1]: connect from localhost[127.0.0.1]',
  'dane-relay/cleanup[1]: Q1: message-id=<a@b>',
])('shownLine(): leaves out %s', (text) => {
  expect(shownLine(stamp + text)).toBeUndefined();
});
