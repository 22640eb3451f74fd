import type { describe, test } from 'vitest';

/**
 * `describe` or `test` as it is, or, where there is an obstacle, one that skips what it is given and says why in the name:
 * `npm test` counts what was skipped, and takes nothing for skipped that has no reason.
 */
export function unless<Api extends typeof describe | typeof test>(
  obstacle: string | undefined,
  api: Api,
): Api {
  if (obstacle === undefined) return api;
  const named = (name: unknown): string => `${String(name)} [skipped: ${obstacle}]`;
  type Register = (name: string, ...rest: readonly unknown[]) => void;
  const skip = api.skip as unknown as Register & { each: (cases: readonly unknown[]) => Register };
  const renamed =
    (register: Register): Register =>
    (name, ...rest) =>
      register(named(name), ...rest);
  const each = (cases: readonly unknown[]): Register => renamed(skip.each(cases));
  return Object.assign(renamed(skip), { each }) as unknown as Api;
}
