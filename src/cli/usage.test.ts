import { expect, test } from 'vitest';
import { helpTopics, usage } from './usage.ts';

const all = [undefined, ...helpTopics] as const;

test.each(all)('usage(): %s fits a terminal and ends its last line', (topic) => {
  expect(
    usage(topic)
      .split('\n')
      .filter((line) => line.length > 100 || line !== line.trimEnd()),
  ).toEqual([]);
  expect(usage(topic)).toMatch(/^Usage: dane-relay .*[^\n]\n$/s);
});

test.each(all)('usage(): %s has its explanations in one column', (topic) => {
  const options = usage(topic).match(/^ {2}-.*$/gm) ?? [];
  expect(options.length).toBeGreaterThanOrEqual(2);
  expect(new Set(options.map((line) => line.search(/(?<= {2})[^ -]/)))).toEqual(new Set([21]));
});

test('usage(): the overview names every command', () => {
  for (const topic of helpTopics) expect(usage()).toMatch(new RegExp(`^  ${topic} `, 'm'));
});
