import { expect, test } from 'vitest';
import { item, markdownText, slugOf, wrapped } from './markdown.ts';

test.each([
  ['the mail of "queue list"', 'the mail of `queue list`'],
  ['Empty: "".', 'Empty: "".'],
  ['how to read it is in docs/check.md.', 'how to read it is in [check.md](check.md).'],
  ['docs/doctor.md#ptr-missing', '[doctor.md#ptr-missing](doctor.md#ptr-missing)'],
  ['from ~/.config/dane-relay/relay.toml', 'from ~/.config/dane-relay/relay.toml'],
  ['set queue.lifetime to 3d', 'set [`queue.lifetime`](settings.md#queuelifetime) to 3d'],
  ['no.setting and example.org', 'no.setting and example.org'],
  ['with --dry-run, not a--b', 'with `--dry-run`, not a--b'],
  ['those of [[listener]] tables', 'those of `[[listener]]` tables'],
  ['[host] * <a', '\\[host\\] \\* \\<a'],
  ['<= 5', '<= 5'],
])('markdownText(%j)', (text, made) => {
  expect(markdownText(text)).toBe(made);
});

test('slugOf() makes the anchors of GitHub', () => {
  expect(slugOf('`delivery.connection_cache_time_limit`')).toBe('deliveryconnection_cache_time_limit');
  expect(slugOf('1. Several relays, each with its own queue')).toBe(
    '1-several-relays-each-with-its-own-queue',
  );
});

test('wrapped() divides neither code nor links, and loses no word', () => {
  const code = '`a b c`';
  const text = `${'word '.repeat(21)}${code} [a link](to.md) \\[host\\] [x`;
  const lines = wrapped(text).split('\n');
  expect(lines.every((line) => line.length <= 110)).toBe(true);
  expect(lines.join(' ')).toBe(text);
  expect(lines.some((line) => line.includes(code))).toBe(true);
  expect(item('`--all`', 'word '.repeat(30).trim()).split('\n')[1]).toMatch(/^ {2}word/);
});
