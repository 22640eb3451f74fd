import { describe, expect, it } from 'vitest';
import { claimOf } from '../../test/support/delivery-kit.ts';
import { sortInDoubt } from './in-doubt.ts';

const recipients = [{ address: 'a@x.test' }, { address: 'b@x.test' }, { address: 'c@x.test' }];

function sorted(inDoubt: readonly number[], ambiguous: 'resend' | 'hold') {
  const mail = claimOf({ queueId: 'Q1', envelope: { recipients } }, { inDoubt });
  const lines: string[] = [];
  const { toTry, attempts } = sortInDoubt(mail, {
    log: ({ text }) => lines.push(text),
    now: () => 7,
    ambiguous,
  });
  return { lines, toTry: toTry.waiting.map(({ index }) => index), attempts };
}

describe('sortInDoubt()', () => {
  it('says nothing where nothing is in doubt', () => {
    expect(sorted([], 'hold')).toEqual({ lines: [], toTry: [0, 1, 2], attempts: [] });
  });

  it('tries everybody under resend, and says so', () => {
    expect(sorted([1], 'resend')).toEqual({
      lines: ['Q1: nrcpt=1, final dot was sent, no reply seen: mail is sent again, perhaps a second time'],
      toTry: [0, 1, 2],
      attempts: [],
    });
  });

  it('tries the others only under hold', () => {
    const { lines, toTry, attempts } = sorted([0, 2], 'hold');
    expect(lines).toEqual(['Q1: nrcpt=2, final dot was sent, no reply seen: mail is held']);
    expect(toTry).toEqual([1]);
    expect(attempts).toMatchObject([
      { index: 0, status: { outcome: 'deferred', ambiguous: true }, stamps: { doneAt: 7 } },
      { index: 2, status: { outcome: 'deferred', ambiguous: true } },
    ]);
  });
});
