import { expect, test } from 'vitest';
import { countedSession, withoutRepeats } from './counted-session.ts';
import type { SessionFault, SessionResult } from './session-result.ts';

const when = { at: Date.UTC(2026, 10, 28, 23, 59, 59), dice: 0 };
const result = (strings: readonly string[], faults: readonly SessionFault[] = []): SessionResult => ({
  policy: { type: 'tlsa', domain: 'mx.x.test', strings, mxHosts: [] },
  faults,
});

test('countedSession() has one text for each policy and each fault', () => {
  const fault = { type: 'validation-failure', mxHost: 'mx.x.test', reason: 'tls-handshake-failure' } as const;
  const counted = countedSession('x.test', result(['3 1 1 AA'], [fault]), when);
  expect(counted).toMatchObject({
    day: '2026-11-28',
    domain: 'x.test',
    dueAt: Date.UTC(2026, 10, 29, 0, 30),
  });
  expect(JSON.parse(counted.policy.text)).toEqual({
    'policy-type': 'tlsa',
    'policy-string': ['3 1 1 AA'],
    'policy-domain': 'mx.x.test',
    'mx-host': [],
  });
  expect(counted.faults).toEqual([
    '{"result-type":"validation-failure","receiving-mx-hostname":"mx.x.test","failure-reason-code":"tls-handshake-failure"}',
  ]);
  const again = countedSession('x.test', result(['3 1 1 AA']), when);
  expect(again.policy).toEqual(counted.policy);
  expect(countedSession('x.test', result(['3 1 1 AB']), when).policy.id).not.toBe(counted.policy.id);
});

test('countedSession() leaves out whole records of a policy that is too large', () => {
  const [long, short] = [`3 0 0 ${'A'.repeat(1_300)}`, '3 1 1 AA'];
  const many = Array.from({ length: 100 }, (_, at) => `2 0 1 ${String(at).padStart(64, '0')}`);
  const { text } = countedSession('x.test', result([long, short, ...many]), when).policy;
  const strings = (JSON.parse(text) as { 'policy-string': readonly string[] })['policy-string'];
  expect(strings[0]).toBe(short);
  expect(text.length).toBeLessThan(4_500);
  expect(strings.every((one) => one === short || many.includes(one))).toBe(true);
});

test('withoutRepeats() leaves one of each', () => {
  const one = countedSession('x.test', result([], [{ type: 'dnssec-invalid' }]), when);
  const other = countedSession('x.test', result([], [{ type: 'dane-required' }]), when);
  expect(withoutRepeats([one, one, other, one])).toEqual([one, other]);
});
