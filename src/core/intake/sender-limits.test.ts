import { expect, test } from 'vitest';
import { SenderLimits, type SenderRules } from './sender-limits.ts';

const rules: SenderRules = {
  userMessageRateLimit: 2,
  userRecipientRateLimit: 3,
  senderDomainMessageRateLimit: 4,
  senderDomainRecipientRateLimit: 0,
  anvilRateTimeUnitMs: 60_000,
};

function limits(changed: Partial<SenderRules> = {}): { limits: SenderLimits; pass: (ms: number) => void } {
  let now = 0;
  const pass = (ms: number): void => void (now += ms);
  return { limits: new SenderLimits({ ...rules, ...changed }, () => now), pass };
}

test('a user may send so many messages in a unit of time, from any client', () => {
  const { limits: of, pass } = limits();
  const names = { user: 'anna', domain: 'example.org' };
  expect([of.message(names), of.message(names)]).toEqual([undefined, undefined]);
  expect(of.message(names)).toEqual({ of: 'user', what: 'messages', name: 'anna', count: 3 });
  pass(60_000);
  expect(of.message(names)).toBeUndefined();
});

test('a sender domain has a limit of its own, for all users and for those without a name', () => {
  const { limits: of } = limits();
  const from = (user?: string): unknown => of.message({ user, domain: 'example.org' });
  expect([from('a'), from('b'), from(), from('c')].every((excess) => excess === undefined)).toBe(true);
  expect(from('d')).toEqual({ of: 'sender domain', what: 'messages', name: 'example.org', count: 5 });
});

test('recipients are counted apart, and 0 is no limit', () => {
  const { limits: of } = limits();
  const names = { user: 'anna', domain: 'example.org' };
  for (let count = 1; count <= 3; count += 1) expect(of.recipient(names)).toBeUndefined();
  expect(of.recipient(names)).toMatchObject({ of: 'user', what: 'recipients', count: 4 });
  for (let count = 0; count < 100; count += 1)
    expect(of.recipient({ domain: 'example.org' })).toBeUndefined();
});

test('the null sender has no domain', () => {
  const { limits: of } = limits({ senderDomainMessageRateLimit: 1 });
  for (let count = 0; count < 5; count += 1) expect(of.message({ domain: '' })).toBeUndefined();
});

test('any number of names takes a bounded memory, and is no way round a limit', () => {
  const { limits: of, pass } = limits();
  for (let index = 0; index < 10_000; index += 1) of.message({ domain: `d${index}.example` });
  const others = Array.from({ length: 5 }, (_, index) => of.message({ domain: `other${index}.example` }));
  expect(others.at(-1)).toMatchObject({ of: 'sender domain', count: 5 });
  expect(of.size).toBeLessThanOrEqual(10_001);
  pass(60_000);
  of.purge();
  expect(of.size).toBe(0);
});
