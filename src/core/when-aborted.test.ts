import { expect, test, vi } from 'vitest';
import { abortWith, isOfAbort, whenAborted } from './when-aborted.ts';

test('whenAborted(): all who wait are called, those who took it back are not', () => {
  const controller = new AbortController();
  const [first, second, third] = [vi.fn(), vi.fn(), vi.fn()];
  whenAborted(controller.signal, first);
  whenAborted(controller.signal, second)();
  whenAborted(controller.signal, third);
  controller.abort();
  expect([first, second, third].map(({ mock }) => mock.calls.length)).toEqual([1, 0, 1]);
});

test('whenAborted(): an aborted signal calls at once', () => {
  const callback = vi.fn();
  whenAborted(AbortSignal.abort(), callback)();
  expect(callback).toHaveBeenCalledOnce();
});

test('whenAborted(): a signal has one listener for many who wait, and none when nobody does', () => {
  const { signal } = new AbortController();
  const add = vi.spyOn(signal, 'addEventListener');
  const remove = vi.spyOn(signal, 'removeEventListener');
  const undo = Array.from({ length: 50 }, () => whenAborted(signal, () => undefined));
  expect(add).toHaveBeenCalledOnce();
  for (const takeBack of undo) takeBack();
  expect(remove).toHaveBeenCalledOnce();
});

test('whenAborted(): waiting again after nobody waited works', () => {
  const controller = new AbortController();
  whenAborted(controller.signal, () => undefined)();
  const callback = vi.fn();
  whenAborted(controller.signal, callback);
  controller.abort();
  expect(callback).toHaveBeenCalledOnce();
});

test('abortWith(): ends a controller for the same reason, and leaves nothing on the signal', () => {
  const [relay, work, done] = [new AbortController(), new AbortController(), new AbortController()];
  const remove = vi.spyOn(relay.signal, 'removeEventListener');
  abortWith(relay.signal, done)();
  expect(remove).toHaveBeenCalledOnce();
  abortWith(relay.signal, work);
  const reason = new Error('the relay is stopping');
  relay.abort(reason);
  expect(isOfAbort(reason, work.signal)).toBe(true);
  expect(done.signal.aborted).toBe(false);
});
