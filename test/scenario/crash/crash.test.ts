import { describe, expect, it } from 'vitest';
import { isDeep, sample } from '../../support/sample.ts';
import type { CrashPoint } from './crash-row.ts';
import { flows, type Flow } from './flows.ts';
import { judgeCrash } from './judge-crash.ts';
import { operatorScripts } from './operator.ts';
import { scriptsElsewhere } from './script-names.ts';
import { scripts } from '../../../src/queue/scripts/scripts.ts';
import { playRows, pointsOf, type PlayedRow, type Row } from './matrix.ts';

// `npm run crash-matrix` plays all points, too, and writes docs/reliability.md.
const AT_ONCE = 9;

function flowNamed(part: string): Flow {
  const found = flows.find(({ name }) => name === part) ?? flows.find(({ name }) => name.includes(part));
  if (found === undefined) throw new Error(`no flow ${part}`);
  return found;
}

function row(part: string, name: string, when: 'before' | 'after', victim: 'relay' | 'Redis', nth = 1): Row {
  return { flow: flowNamed(part), point: { kind: 'write', at: { name, nth }, when, victim } };
}

function said(part: string, at: Extract<CrashPoint, { kind: 'dialogue' }>['at'], nth = 1): Row {
  return { flow: flowNamed(part), point: { kind: 'dialogue', at, nth, victim: 'relay' } };
}

function label({ flow, point, finding }: PlayedRow): string {
  return `${flow.name}, ${JSON.stringify(point)}: ${finding.text}`;
}

/** Labels of the rows that went wrong, and of those that never came to their point. */
async function wrongOf(rows: readonly Row[], policy: 'resend' | 'hold') {
  const played = await playRows(rows, AT_ONCE, policy);
  return {
    wrong: played.filter(({ finding }) => finding.wrong).map(label),
    missed: played.filter(({ struck }) => !struck).map(label),
  };
}

/** Of `queue drain`: drain-crash.test.ts. */
const drainScripts = ['depart', 'arrive', 'letGo', 'forgetArrivals', 'joinDrain', 'leaseDrain'];

const steps = ['accept', 'bull:addStandardJob', 'begin', 'take', 'recordIntent', 'settle', 'rest'];

/** What every life of mail passes, so that none of them can be missed. */
const landmarks: readonly Row[] = [
  ...steps.map((name) => row('accept and deliver', name, 'before', 'relay')),
  ...steps.map((name) => row('accept and deliver', name, 'after', 'Redis')),
  row('accept and deliver', 'settle', 'after', 'relay'),
  // It travels with its envelope, and is not listed.
  row('100 KB', 'RPUSH', 'after', 'relay'),
  row('100 KB', 'RPUSH', 'after', 'Redis'),
  row('100 KB', 'accept', 'before', 'relay'),
  row('600 KB', 'RPUSH', 'after', 'relay', 2),
  row('600 KB', 'accept', 'after', 'relay'),
  ...['defer', 'bounce', 'expire'].flatMap((part) => [
    row(part, 'settle', 'before', 'relay'),
    row(part, 'settle', 'after', 'Redis'),
  ]),
  said('accept and deliver', 'DATA'),
  said('accept and deliver', '.'),
  ...(
    [
      ['queue hold', 'hold'],
      ['queue hold', 'endHold'],
      ['queue retry', 'retry'],
      ['queue requeue', 'endHold'],
      ['queue expire', 'expire'],
      ['queue delete', 'forget'],
      ['queue flush', 'flush'],
      ['queue flush ID', 'flushOne'],
    ] as const
  ).flatMap(([part, name]) => [row(part, name, 'before', 'relay'), row(part, name, 'after', 'Redis')]),
  // Killed in the third transaction: the first two are on record.
  said('three recipients', '.', 3),
  row('three recipients', 'hear', 'after', 'relay', 2),
  row('three recipients', 'recordIntent', 'after', 'relay', 3),
];

// Most of the time is spent waiting for leases to run out. All points at the same time would be too much for a machine.
const besideOneAnother = isDeep() ? describe : describe.concurrent;

besideOneAnother('a crash', () => {
  it('at a landmark neither loses a message nor delivers it twice without a word', async () => {
    const rows = sample('landmarks of crashes', landmarks, { count: 5 });
    expect(await wrongOf(rows, 'resend')).toEqual({ wrong: [], missed: [] });
  });

  // In the deep tests every life has its part: a slice of a slice would be too little.
  it.each(isDeep() ? flows : sample('lives of mail', flows, { count: 1 }))(
    'at any point of "$name" neither loses a message nor delivers it twice without a word',
    async (flow) => {
      const points = (await pointsOf(flow)).map((point) => ({ flow, point }));
      const rows = sample(`crash points of ${flow.name}`, points, { count: 5 });
      // A point that has come once need not come again: the alarm clock may ring otherwise.
      expect((await wrongOf(rows, 'resend')).wrong).toEqual([]);
    },
  );

  it('between final dot and reply holds the message, if that is the policy', async () => {
    const rows = [
      row('accept and deliver', 'recordIntent', 'after', 'relay'),
      row('accept and deliver', 'settle', 'before', 'relay'),
      said('accept and deliver', '.'),
    ];
    const played = await playRows(rows, AT_ONCE, 'hold');
    expect(played.map(({ finding }) => finding)).toEqual([
      { text: '250, held', wrong: false },
      { text: '250, sent, held', wrong: false },
      { text: '250, sent, held', wrong: false },
    ]);
  });
});

it('of every script of the queue it is said where it is cut off', async () => {
  const met = new Set(['accept', 'begin', 'take', 'recordIntent', 'hear', 'settle', 'rest']);
  for (const name of [...operatorScripts, ...drainScripts]) met.add(name);
  const unsaid = Object.keys(scripts).filter(
    (name) => !met.has(name) && scriptsElsewhere[name] === undefined,
  );
  expect(unsaid).toEqual([]);
  expect(Object.keys(scriptsElsewhere).filter((name) => !(name in scripts))).toEqual([]);
});

describe('judgeCrash()', () => {
  const calm = {
    struck: true,
    accepted: true,
    copies: [1],
    ambiguous: false,
    held: 0,
    leftKeys: [],
    boundaries: [],
  };
  const deliver = flowNamed('accept and deliver');

  it.each([
    [{}, '250, sent', false],
    [{ accepted: false }, 'no 250, sent', false],
    [{ accepted: false, copies: [0], leftKeys: ['{p}:b:4x'] }, 'no 250, nothing', false],
    [{ copies: [0] }, 'LOST', true],
    [{ copies: [1, 0] }, 'LOST', true],
    [{ copies: [2] }, 'sent 2 TIMES', true],
    [{ copies: [2], ambiguous: true }, '250, sent twice, dot', false],
    [{ copies: [3], ambiguous: true }, 'sent 3 TIMES', true],
    [{ leftKeys: ['{p}:m:4x'] }, 'left behind: {p}:m:4x', true],
    [{ copies: [2, 2], ambiguous: true }, 'sent twice to 2', true],
    [{ copies: [0], ambiguous: true, held: 1 }, '250, held', false],
  ])('of %j says %s', (part, text, wrong) => {
    expect(judgeCrash(deliver, { ...calm, ...part }, 'resend')).toEqual({ text, wrong });
  });

  it('allows no second copy under hold', () => {
    expect(judgeCrash(deliver, { ...calm, copies: [2], ambiguous: true }, 'hold').wrong).toBe(true);
  });
});
