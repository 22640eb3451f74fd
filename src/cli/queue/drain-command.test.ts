import { describe, expect, it } from 'vitest';
import type { DrainResult } from '../../queue/open-queue.ts';
import { drainJson, drainLines, isDrained } from './drain-command.ts';

const calm: DrainResult = { moved: 2, resumed: 0, stayed: {}, waiting: 0, away: 0, elsewhere: 0 };
const told = (result: DrainResult, more = {}) => ({
  to: 'redis://b dane-relay',
  result,
  isClosed: false,
  inMaildrop: 0,
  ...more,
});

describe('what a drain says', () => {
  it.each<[Partial<DrainResult>, boolean, readonly string[]]>([
    [{}, true, ['2 messages moved to redis://b dane-relay', 'nothing waits here any more']],
    [
      { moved: 1, resumed: 1, waiting: 3 },
      true,
      [
        '1 message moved to redis://b dane-relay, 1 of them begun by an earlier drain',
        '3 deliveries wait here',
      ],
    ],
    [
      { stayed: { 'under way': 1, 'no room': 2 }, waiting: 1 },
      false,
      [
        '2 messages moved to redis://b dane-relay',
        'messages that stay: under way 1, no room 2',
        '1 delivery waits here',
      ],
    ],
    [
      { away: 3, elsewhere: 1 },
      false,
      [
        '2 messages moved to redis://b dane-relay',
        'nothing waits here any more',
        '2 messages left and may have arrived: nobody delivers them until this command is repeated',
        '1 message left for another queue: repeat the drain to that one, or use --take-back',
      ],
    ],
  ])('%j', (part, isAll, lines) => {
    const result = { ...calm, ...part };
    expect(isDrained(result)).toBe(isAll);
    expect(drainLines(told(result))).toEqual(lines);
  });

  it('says what it does not know, and what is to be done', () => {
    const { waiting: _, away: __, ...unknown } = calm;
    const result = { ...unknown, trouble: 'gone\u001b[31m' };
    expect(isDrained(result)).toBe(false);
    expect(drainLines(told(result, { isClosed: true, inMaildrop: 2 })).slice(1)).toEqual([
      'what remains is not known: Redis does not answer',
      '2 messages in the maildrop: a relay must run to pick them up',
      'the relays here take no mail until "queue drain --open-intake"',
      expect.not.stringContaining('\u001b'),
    ]);
  });

  it('is one object as JSON', () => {
    expect(JSON.parse(drainJson(told(calm)))).toEqual({
      schema: 1,
      act: 'drain',
      to: 'redis://b dane-relay',
      ...calm,
      intakeStopped: false,
      inMaildrop: 0,
    });
  });
});
