import { expect, test } from 'vitest';
import type { Shortcoming } from './probes.ts';
import { changeText, type WatchedServer } from './validation-words.ts';

const what = "dnssec_probe 'ns:.' received a validated response";
const sound = (name: string): WatchedServer => ({ name, standing: 'sound', shortcoming: undefined, what });
const unknown = (name: string): WatchedServer => ({ ...sound(name), standing: 'unknown' });
function bad(name: string, kind: Shortcoming['kind']): WatchedServer {
  const shortcoming: Shortcoming = { kind, probe: 'dnssec_probe', what: `${kind} at ${name}` };
  return { name, standing: 'unsound', shortcoming, what: shortcoming.what };
}
const recovering = (server: WatchedServer): WatchedServer => ({ ...server, standing: 'recovering' });

test('changeText(): one server is not named', () => {
  expect(changeText([], [sound('A')])).toEqual({
    severity: 'info',
    text: `DNSSEC validation is available: ${what}`,
    validating: true,
  });
});

test.each([
  ['does not validate', 'DNSSEC validation', 'levels dane and dane-only waits', 'trust anchor'],
  ['signs everything', 'DNSSEC validation', 'levels dane and dane-only waits', 'dns.unsigned_probe'],
  ['accepts bogus', 'DNSSEC validation', 'levels dane and dane-only waits', 'dns.bogus_probe'],
  ['does not answer', 'DNS resolver', 'that needs a DNS lookup waits', 'reaches the Internet'],
] as const)('changeText(): %s: what is wrong, what it means, what to do', (kind, head, meaning, remedy) => {
  const change = changeText([sound('A')], [bad('A', kind)]);
  expect(change).toMatchObject({ severity: 'error', validating: false });
  expect(change?.text).toMatch(
    new RegExp(`^${head} is unavailable: ${kind} at A; mail .*${meaning}, nothing is bounced; .*${remedy}`),
  );
});

test.each([
  ['nothing has changed', [sound('A')], [sound('A')]],
  ['it only begins to recover', [bad('A', 'does not answer')], [recovering(bad('A', 'does not answer'))]],
  ['the last of several is good as expected', [sound('A'), unknown('B')], [sound('A'), sound('B')]],
] as const)('changeText(): silent where %s', (_, before, now) => {
  expect(changeText(before, now)).toBeUndefined();
});

test('changeText(): another shortcoming is news', () => {
  const change = changeText([bad('A', 'does not validate')], [bad('A', 'does not answer')]);
  expect(change?.text).toContain('DNS resolver is unavailable');
});

test('changeText(): with another that validates a bad server is a warning', () => {
  const [good, gone] = [sound('A'), bad('B', 'does not answer')];
  expect(changeText([good, sound('B')], [good, gone])).toMatchObject({
    severity: 'warning',
    validating: true,
    text: expect.stringMatching(
      /^DNS resolver B is left out: does not answer at B; mail goes on, 1 of 2 validate; see whether/,
    ) as string,
  });
  expect(changeText([good, gone], [good, sound('B')])?.text).toBe(
    `DNS resolver B is in use again: ${what}; 2 of 2 validate`,
  );
});

test('changeText(): who is left out is said when validation becomes available', () => {
  const before = [bad('A', 'does not answer'), bad('B', 'does not validate')];
  expect(changeText(before, [bad('A', 'does not answer'), sound('B')])?.text).toBe(
    `DNSSEC validation is available: B: ${what}; A is left out: does not answer at A`,
  );
});
