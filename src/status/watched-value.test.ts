import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchValue } from './watched-value.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Reads `count` events, each as `id data`. */
function reader(events: AsyncGenerator<string>) {
  const heard: string[] = [];
  void (async () => {
    for await (const piece of events) {
      const [, id = '', data = ''] = /^id: (.*)\ndata: (.*)$/m.exec(piece) ?? [];
      heard.push(id === '' ? piece.trim() : `${id} ${data}`);
    }
    heard.push('end');
  })();
  return heard;
}

describe('a watched value', () => {
  it('is sent when it is read: at once, soon after a change, and every five seconds', async () => {
    let reads = 0;
    const value = watchValue(async () => String((reads += 1)));
    const leave = new AbortController();
    const heard = reader(value.events(leave.signal));
    await vi.advanceTimersByTimeAsync(0);
    expect(heard).toEqual(['retry: 3000', '1 1']);
    for (let nth = 0; nth < 1_000; nth += 1) value.touch();
    await vi.advanceTimersByTimeAsync(999);
    expect(reads).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(heard.at(-1)).toBe('2 2');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(heard.at(-1)).toBe('3 3');
    leave.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(heard.at(-1)).toBe('end');
  });

  it('is sent although it changes all the time', async () => {
    let reads = 0;
    const value = watchValue(async () => String((reads += 1)));
    const leave = new AbortController();
    reader(value.events(leave.signal));
    for (let nth = 0; nth < 100; nth += 1) {
      value.touch();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(reads).toBe(11);
    leave.abort();
  });

  it('is not read while nobody watches', async () => {
    let reads = 0;
    const value = watchValue(async () => String((reads += 1)));
    value.touch();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(reads).toBe(0);
    const leave = new AbortController();
    reader(value.events(leave.signal));
    await vi.advanceTimersByTimeAsync(0);
    leave.abort();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([reads, value.watchers()]).toEqual([1, 0]);
  });

  it('skips what a slow reader has missed', async () => {
    let reads = 0;
    const value = watchValue(async () => String((reads += 1)));
    const leave = new AbortController();
    const slow = value.events(leave.signal);
    await slow.next();
    reader(value.events(leave.signal));
    const first = slow.next();
    await vi.advanceTimersByTimeAsync(0);
    expect((await first).value).toContain('data: 1\n');
    await vi.advanceTimersByTimeAsync(20_000);
    expect((await slow.next()).value).toContain(`data: ${reads}\n`);
    leave.abort();
  });
});
