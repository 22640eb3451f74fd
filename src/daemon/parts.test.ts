import { describe, expect, it } from 'vitest';
import { Parts } from './parts.ts';

describe('Parts', () => {
  it('stops the newest first, and the others though one fails', async () => {
    const order: string[] = [];
    const parts = new Parts();
    parts.add('first', () => void order.push('first'));
    parts.add('second', () => Promise.reject(new Error('stuck')));
    parts.add('third', async () => void order.push('third'));
    const warnings: string[] = [];
    await parts.stop((name, error) => warnings.push(`${name}: ${(error as Error).message}`));
    expect(order).toEqual(['third', 'first']);
    expect(warnings).toEqual(['second: stuck']);
  });

  it('stops nothing twice', async () => {
    let stopped = 0;
    const parts = new Parts();
    parts.add('one', () => void (stopped += 1));
    await parts.stop(() => {});
    await parts.stop(() => {});
    expect(stopped).toBe(1);
  });
});
