import { expect, test } from 'vitest';
import { usualRules } from '../../test/support/route-rules.ts';
import type { Lookup } from '../core/dns/answer.ts';
import type { LogEvent } from '../core/log/log-event.ts';
import type { PolicyException } from '../core/tls-policy/exception.ts';
import { findRoute } from './find-route.ts';

const exception: PolicyException = {
  name: 'x.test',
  level: 'may',
  until: Date.UTC(2026, 11, 1),
  reason: 'renewal',
  setAt: 0,
  by: 'uid 0',
};

/** The domain is a host of its own. */
const lookup = (async (name: string, type: string) => {
  const common = { secure: false, name, aliases: [], ttl: 30 };
  return type === 'A'
    ? { kind: 'found', records: ['192.0.2.1'], ...common }
    : { kind: 'absent', denial: 'NODATA', ...common };
}) as unknown as Lookup;

async function routeAt(part: { readonly exception?: PolicyException }) {
  const logged: LogEvent[] = [];
  const route = await findRoute(
    'x.test',
    { ...usualRules, policy: () => ({ kind: 'level', level: 'may', ...part }) },
    {
      lookup,
      isValidating: () => Promise.resolve(true),
      log: (event) => logged.push(event),
      now: () => 1_000_000,
      dice: () => 0.5,
    },
    new AbortController().signal,
  );
  const policy = route.kind === 'route' ? await route.candidates[0]?.policy() : undefined;
  if (policy?.kind !== 'use') throw new Error('no policy');
  return { policy, logged };
}

test('a session that is made under an exception serves no mail without it, though the level is the same', async () => {
  const usual = await routeAt({});
  const excepted = await routeAt({ exception });
  expect(usual.policy).toMatchObject({ level: 'may' });
  expect(excepted.policy).toMatchObject({ level: 'may', exception: 'x.test' });
  expect(excepted.policy.key).not.toBe(usual.policy.key);
});

test('each route that is found under one says so', async () => {
  const { logged } = await routeAt({ exception });
  expect(logged.map(({ event, text }) => `${event}: ${text}`)).toEqual([
    'exception used: mail for x.test goes at level may by exception until 2026-12-01T00:00:00Z, set by uid 0: renewal',
  ]);
  expect((await routeAt({})).logged).toEqual([]);
});
