import { describe, expect, test } from 'vitest';
import { exitCodeOf, tellerOf, worstOf } from './finding.ts';
import { examinedJson, findingLines, summaryLine } from './report.ts';

const { ok, warn, fail, skip } = tellerOf('redis');
const bad = {
  ...fail('redis-away', 'gone \u001b[31m\u202e', 'start it\u0007', 'or another'),
  effect: 'no mail',
};

describe('findings as lines', () => {
  test('with what to do, what it means and where more is said, and nothing that a terminal obeys', () => {
    expect(findingLines(bad, false)).toEqual([
      'FAIL  gone ?[31m?',
      '      do: start it?',
      '      do: or another',
      '      effect: no mail',
      '      see: docs/doctor.md#redis-away',
    ]);
  });

  test('that are well are one line', () => {
    expect(findingLines(ok('redis-safe', 'safe'), false)).toEqual(['ok    safe']);
  });

  test('in colour', () => {
    expect(findingLines(ok('redis-safe', 'safe'), true)).toEqual(['\u001b[32mok  \u001b[0m  safe']);
  });
});

test.each([
  [[ok('redis-room', ''), warn('redis-filling', '')], 0, 'warn', '1 warns, 1 is well'],
  [[ok('redis-room', ''), bad, bad], 1, 'FAIL', '2 fail, 1 is well'],
  [
    [skip('redis-queue-asleep', ''), skip('redis-queue-asleep', '')],
    2,
    'skip',
    '2 were not judged: nothing could be judged',
  ],
  [[skip('redis-queue-asleep', ''), ok('redis-room', '')], 0, 'ok', '1 was not judged, 1 is well'],
])('the end of %#', (findings, exitCode, state, line) => {
  expect([exitCodeOf(findings), worstOf(findings), summaryLine(findings)]).toEqual([exitCode, state, line]);
});

test('findings as JSON', () => {
  const json = examinedJson({ version: 'dane-relay 1', hostname: 'h', at: 0, findings: [bad] });
  expect(JSON.parse(json)).toEqual({
    schema: 1,
    version: 'dane-relay 1',
    hostname: 'h',
    at: '1970-01-01T00:00:00.000Z',
    state: 'fail',
    exitCode: 1,
    findings: [
      {
        check: 'redis',
        id: 'redis-away',
        state: 'fail',
        text: 'gone ?[31m?',
        todo: ['start it?', 'or another'],
        effect: 'no mail',
        see: 'docs/doctor.md#redis-away',
      },
    ],
  });
});
