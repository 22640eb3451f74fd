import { describe, expect, it } from 'vitest';
import { scriptInputs } from '../../../test/support/script-inputs.ts';
import { StrangeAnswer, type ScriptAnswer } from './answer.ts';
import { textOf } from './script.ts';
import { scripts } from './scripts.ts';

const octets = (text: string): Buffer => Buffer.from(text);
const names = Object.keys(scripts) as (keyof typeof scripts)[];
/** They have nothing to tell. */
const silent = ['forgetKept', 'forgetReceipts', 'keep', 'note', 'release', 'rememberArrived', 'wait'];

describe('an answer', () => {
  const wakeup: ScriptAnswer = [octets('x.test'), octets('add'), octets('7')];
  const woken = [{ destination: 'x.test', action: 'add', job: '7' }];

  it.each<[keyof typeof scripts, ScriptAnswer, unknown]>([
    ['accept', [wakeup], woken],
    ['accept', [[octets('x.test'), octets('promote'), octets('7')]], [{ ...woken[0], action: 'promote' }]],
    ['admit', [wakeup], woken],
    ['adopt', 1, true],
    [
      'audit',
      [octets('7:5'), 1, octets('3.5'), 2],
      { job: '7', wakesAt: 5, isOwned: true, due: 3.5, late: 2 },
    ],
    [
      'audit',
      [octets(''), 0, octets(''), 0],
      { job: '', wakesAt: 0, isOwned: false, due: undefined, late: 0 },
    ],
    ['begin', [octets('3:uuid'), 2], { token: '3:uuid', orphans: 2 }],
    ['begin', -1, undefined],
    ['arrive', [1, [wakeup]], { result: 'arrived', wakeups: woken }],
    ['arrive', [0, []], { result: 'known', wakeups: [] }],
    ['arrive', [-1, []], { result: 'taken', wakeups: [] }],
    ['arrive', [2, []], { result: 'superseded', wakeups: [] }],
    ['askArrival', 1, 'arrived'],
    ['askArrival', 0, 'not arrived'],
    ['askArrival', 2, 'superseded'],
    ['bringForward', [2, 1, [wakeup]], { left: 2, count: 1, wakeups: woken }],
    ['takeWatches', [[octets('x.test'), octets('{}')]], [{ destination: 'x.test', text: '{}' }]],
    ['watchRecords', 1, true],
    ['comeBack', [1, [wakeup]], { result: 'done', wakeups: woken }],
    ['comeBack', [2, []], { result: 'lost', wakeups: [] }],
    ['depart', [0, []], { result: 'under way' }],
    ['depart', [2, []], { result: 'lost' }],
    [
      'depart',
      [
        1,
        [
          'record',
          '{}',
          'body',
          'hello',
          'left',
          '1',
          'at:x.test',
          '5.5',
          'departure',
          'D',
          'target',
          'T',
        ].map(octets),
      ],
      {
        result: 'departed',
        message: {
          departure: 'D',
          target: 'T',
          fields: { record: '{}' },
          body: octets('hello'),
          scores: { 'x.test': '5.5' },
        },
      },
    ],
    ['joinDrain', 1, 'joined'],
    ['joinDrain', -1, 'drained'],
    ['joinDrain', -2, 'closed'],
    ['fence', 0, false],
    ['flush', [2, [wakeup]], { count: 2, wakeups: woken }],
    ['flushOne', [0, []], { isDone: false, wakeups: [] }],
    ['hold', [1, 1, 2, []], { result: 'done', underWay: 1, held: 2, wakeups: [] }],
    ['endHold', [0, 0, 0, [wakeup]], { result: 'nothing', underWay: 0, held: 0, wakeups: woken }],
    ['forget', [-1, 0, 0, []], { result: 'unknown', underWay: 0, held: 0, wakeups: [] }],
    ['retry', [-2, 0, 0, []], { result: 'changed meanwhile', underWay: 0, held: 0, wakeups: [] }],
    ['page', [octets('Q1'), octets('5.5')], [{ queueId: 'Q1', score: '5.5' }]],
    ['recordIntent', [1, 2, 0], ['granted', 'renewed', 'refused']],
    ['makeDue', 3, 3],
    ['mend', [0, []], { done: 'nothing', wakeups: [] }],
    ['mend', [1, []], { done: 'removed', wakeups: [] }],
    ['mend', [2, [wakeup]], { done: 'due again', wakeups: woken }],
    ['move', [1, [wakeup]], { result: 'done', wakeups: woken }],
    ['move', [0, []], { result: 'not ours', wakeups: [] }],
    ['move', [-1, []], { result: 'busy', wakeups: [] }],
    ['move', [-2, []], { result: 'changed meanwhile', wakeups: [] }],
    ['regain', 2, 2],
    ['renew', [1, 0], [true, false]],
    ['rest', octets('more'), 'more'],
    ['rest', octets('empty'), 'empty'],
    ['rest', octets('lost'), 'lost'],
    ['rest', octets('1700000000000.5'), { dueAt: 1_700_000_000_000.5 }],
    ['rewake', octets('8'), '8'],
    ['settle', [1, []], { isOurs: true, isGone: true, wakeups: [] }],
    ['settle', [0, [wakeup]], { isOurs: true, isGone: false, wakeups: woken }],
    ['settle', [-1, [], 1, 0, 1], { isOurs: false, isSame: true, waits: false, isThere: true }],
    ['settle', [-1, [], 0, 1, 0], { isOurs: false, isSame: false, waits: true, isThere: false }],
    ['take', -1, 'lost'],
    [
      'take',
      [
        [octets('Q1'), octets('{}'), octets(''), 1, octets('body'), octets('*'), 0],
        [octets('Q2'), octets(''), octets('{}'), 0, octets(''), octets(''), 1],
        [octets('Q3'), octets('{}'), octets(''), 2, octets(''), octets(''), 0],
      ],
      [
        {
          queueId: 'Q1',
          record: '{}',
          progress: '',
          body: octets('body'),
          shelved: false,
          dot: '*',
          isExpired: false,
        },
        {
          queueId: 'Q2',
          record: undefined,
          progress: '{}',
          body: undefined,
          shelved: false,
          dot: '',
          isExpired: true,
        },
        {
          queueId: 'Q3',
          record: '{}',
          progress: '',
          body: undefined,
          shelved: true,
          dot: '',
          isExpired: false,
        },
      ],
    ],
    ['unfinished', [2, 300], { messages: 2, bytes: 300 }],
    ['unhold', [1, [wakeup]], { isDone: true, wakeups: woken }],
  ])('of %s: %j', (name, answer, expected) => {
    expect(scripts[name].decode(answer)).toEqual(expected);
  });

  it.each(names.filter((name) => !silent.includes(name)))(
    'of %s is not taken for one when it is that of something else',
    (name) => {
      const strange: ScriptAnswer[] = [null, -3, [octets('OK')], [-3, octets('OK')]];
      // A name of a job may be anything, a number of messages any number.
      if (name !== 'rewake') strange.push(octets('OK'));
      for (const answer of strange) {
        if (answer === -3 && (name === 'makeDue' || name === 'regain')) continue;
        expect(() => scripts[name].decode(answer)).toThrow(StrangeAnswer);
      }
    },
  );
});

it('a full Redis refuses new mail, and nothing else', () => {
  const refused = names.filter((name) => scripts[name].flags === 'none');
  expect(refused).toEqual(['accept', 'adopt', 'arrive']);
  for (const name of names)
    expect(textOf(scripts[name])).toMatch(/^#!lua( flags=[\w-]+)?\nlocal base = KEYS\[1\]\n/);
});

describe('what a script is given', () => {
  it.each(names)('it has a name for, and a use: %s', (name) => {
    const { lua, encode } = scripts[name];
    const given = encode(scriptInputs[name] as never);
    const [, list = '', last] = /local ([\w, ]+) = unpack\(ARGV(?:, 1, (\d+))?\)/.exec(lua) ?? [];
    const words = list.split(', ').filter((word) => word !== '');
    for (const word of words) {
      expect(lua.match(new RegExp(`\\b${word}\\b`, 'g'))?.length, word).toBeGreaterThan(1);
    }
    const rest = /for i = (\d+), (?:#ARGV|last)/.exec(lua)?.[1];
    // Those of a list have no names.
    const count = rest === undefined ? given.length : Number(rest) - 1;
    if (words.length > 0) expect(words).toHaveLength(count);
    else for (let place = 1; place <= count; place += 1) expect(lua).toContain(`ARGV[${place}]`);
    if (last !== undefined) expect(Number(last)).toBe(words.length);
    expect(given.length).toBeGreaterThanOrEqual(count);
    // Not the base, which is a key.
    expect(lua).not.toMatch(/\bKEYS\b/);
  });
});
