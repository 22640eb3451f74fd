import { expect, test } from 'vitest';
import { configured, internalError, listeningOn, notStopped, ready, stops } from './log-lines.ts';

test.each([
  [configured('/etc/dane-relay/relay.toml'), 'info', 'settings from /etc/dane-relay/relay.toml'],
  [configured(undefined), 'info', 'settings from no file'],
  [
    listeningOn(['127.0.0.1:25', '[::1]:25'], '/d'),
    'info',
    'listening on 127.0.0.1:25, [::1]:25, data in /d',
  ],
  [listeningOn([], '/d'), 'info', 'listening on nothing: deliveries only, data in /d'],
  [ready([]), 'info', 'ready'],
  [stops(false), 'info', 'stopping'],
  [stops(true), 'info', 'stopping at once'],
  [notStopped('queue', new Error('stuck')), 'warning', 'queue did not stop cleanly: stuck'],
  [notStopped('queue', 'stuck'), 'warning', 'queue did not stop cleanly: stuck'],
])('%j', (event, severity, text) => {
  expect(event).toMatchObject({ component: 'master', severity, text });
});

test('internalError(): has the stack, in one line', () => {
  const { text } = internalError('the relay goes on', new Error('slip'));
  expect(text).toMatch(/^internal error, the relay goes on: Error: slip at [^\n]*$/);
});
