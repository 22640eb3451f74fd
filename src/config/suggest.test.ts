import { expect, test } from 'vitest';
import { closest, suggestSettings } from './suggest.ts';

test.each([
  ['a lost letter', 'tls.levl', ['tls.level']],
  ['a swap', 'redis.ulr', ['redis.url']],
  ['hyphens and capitals', 'Queue.Minimal-Backoff', ['queue.minimal_backoff']],
  ['a quoted dot', '"redis.url"', ['redis.url']],
  ['the wrong section', 'smtp.connect_timeout', ['delivery.connect_timeout']],
  ['no section', 'message_size_limit', ['intake.message_size_limit']],
  ['a name of several sections', 'smtp.timeout', ['intake.timeout', 'dns.timeout']],
  ['the name of Postfix', 'smtp_tls_security_level', ['tls.level']],
  ['the name of Postfix at the top', 'mynetworks', ['networks']],
  ['a variable', 'DANE_RELAY_REDS_URL', ['DANE_RELAY_REDIS_URL']],
  ['a variable for a file', 'DANE_RELAY_REDS_URL_FILE', ['DANE_RELAY_REDIS_URL_FILE']],
  ['nothing near', 'colour', []],
  ['something far too long', 'x'.repeat(10_000), []],
])('suggestSettings(): %s', (_, key, expected) => {
  expect(suggestSettings(key)).toEqual(expected);
});

test.each([
  ['run', ['run', 'health'], ['run']],
  ['rnu', ['run', 'health'], ['run']],
  ['helth', ['run', 'health'], ['health']],
  ['start', ['run', 'health'], []],
  ['', ['run'], []],
  ['run', [], []],
])('closest(): %j among %j', (word, candidates, expected) => {
  expect(closest(word, candidates)).toEqual(expected);
});
