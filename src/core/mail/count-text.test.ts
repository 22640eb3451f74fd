import { expect, it } from 'vitest';
import { countText } from './count-text.ts';

it('a number and its noun', () => {
  expect(countText(1, 'attempt')).toBe('1 attempt');
  expect(countText(0, 'attempt')).toBe('0 attempts');
  expect(countText(2, 'delivery', 'deliveries')).toBe('2 deliveries');
});
