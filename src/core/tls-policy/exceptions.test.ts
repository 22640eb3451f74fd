import { expect, test } from 'vitest';
import { one, start } from '../../../test/support/policy-exception.ts';
import { createExceptions } from './exceptions.ts';

function world() {
  const clock = { now: start };
  return { clock, exceptions: createExceptions(() => clock.now) };
}

test('what is new, and what changes the version', () => {
  const { exceptions } = world();
  const versions = [exceptions.version()];
  expect(exceptions.replace([one()])).toEqual([one()]);
  versions.push(exceptions.version());
  expect(exceptions.replace([one()])).toEqual([]);
  expect(exceptions.version()).toBe(versions.at(-1));
  const encrypt = one({ level: 'encrypt' });
  expect(exceptions.replace([encrypt])).toEqual([encrypt]);
  versions.push(exceptions.version());
  exceptions.replace([]);
  versions.push(exceptions.version());
  expect(new Set(versions).size).toBe(4);
  expect(exceptions.inForce()).toEqual([]);
});

test('it is gone at its date by itself, and whoever asks for the version learns of it', () => {
  const { clock, exceptions } = world();
  exceptions.replace([one()]);
  const before = exceptions.version();
  clock.now += 999;
  expect(exceptions.at('x.test')).toEqual(one());
  expect(exceptions.version()).toBe(before);
  clock.now += 1;
  expect(exceptions.at('x.test')).toBeUndefined();
  expect(exceptions.inForce()).toEqual([]);
  expect(exceptions.version()).toBe(before + 1);
  expect(exceptions.version()).toBe(before + 1);
});

test('a clock that jumps ahead ends it, one that is set back behind its beginning does not prolong it', () => {
  const { clock, exceptions } = world();
  exceptions.replace([one()]);
  const before = exceptions.version();
  clock.now = start - 86_400_000;
  expect(exceptions.at('x.test')).toBeUndefined();
  expect(exceptions.version()).toBe(before + 1);
  clock.now = start + 86_400_000;
  expect(exceptions.at('x.test')).toBeUndefined();
});
