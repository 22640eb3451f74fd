import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { documented } from '../../bench/budget/records.ts';
import { replaced } from '../../bench/budget/cost-document.ts';

test.each(documented())(
  '%s: %s is what was recorded ("npm run bench -- capacity --record" writes it)',
  (file, place, lines) => {
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    expect(replaced(text, place, lines)).toBe(text);
  },
);

test('replaced(): what has no place is no document of ours', () => {
  expect(() => replaced('no place', 'cost', [])).toThrow('no place for cost');
  expect(replaced('<!-- x: begin (y) -->\nold\n<!-- x: end -->\n', 'x', ['new'])).toBe(
    '<!-- x: begin (y) -->\n\nnew\n\n<!-- x: end -->\n',
  );
});
