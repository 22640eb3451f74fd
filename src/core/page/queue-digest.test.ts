import { describe, expect, it } from 'vitest';
import { tallyQueue, type WaitingMail } from './queue-digest.ts';

const now = Date.UTC(2026, 10, 29, 12);
const minutes = (count: number): number => now - count * 60_000;
const mail = (more: Partial<WaitingMail>): WaitingMail => ({
  destination: 'good.example',
  state: 'deferred',
  recipients: ['user@good.example'],
  arrivedAt: minutes(12),
  ...more,
});
const refused = { dsn: '4.4.1', reason: 'connect to mx.good.example[192.0.2.1]:25: Connection refused' };

describe('the digest of a queue', () => {
  it('is empty for an empty queue', () => {
    expect(tallyQueue(now).digest()).toEqual({
      recipients: 0,
      held: 0,
      overAnHour: 0,
      ageEnds: [5, 10, 20, 40, 80, 160, 320, 640, 1280],
      reasons: [],
      troubled: [],
      troubledCount: 0,
    });
  });

  it('counts recipients by reason and age', () => {
    const tally = tallyQueue(now);
    tally.add(mail({ ...refused, recipients: ['a@good.example', 'b@good.example'], nextAt: now + 5 }));
    tally.add(mail({ state: 'incoming', arrivedAt: minutes(0) }));
    tally.add(mail({ state: 'held', arrivedAt: minutes(9_999) }));
    tally.add(mail({ ...refused, state: 'hold', arrivedAt: minutes(9_999) }));
    const { recipients, held, overAnHour, reasons } = tally.digest();
    expect({ recipients, held, overAnHour }).toEqual({ recipients: 5, held: 2, overAnHour: 2 });
    expect(reasons).toEqual([
      { kind: 'unreachable', ages: [0, 0, 2, 0, 0, 0, 0, 0, 0, 0] },
      { kind: 'first attempt', ages: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
      { kind: 'in doubt', ages: [0, 0, 0, 0, 0, 0, 0, 0, 0, 1] },
      { kind: 'on hold', ages: [0, 0, 0, 0, 0, 0, 0, 0, 0, 1] },
    ]);
  });

  it('names the worst destinations first, with what kept their oldest mail', () => {
    const tally = tallyQueue(now);
    tally.add(mail({ ...refused, nextAt: now + 7 }));
    tally.add(mail({ dsn: '4.7.1', reason: 'greylisted', arrivedAt: minutes(30), nextAt: now + 9 }));
    tally.add(mail({ destination: 'fine.example', state: 'incoming' }));
    for (let nth = 0; nth < 30; nth += 1) tally.add(mail({ ...refused, destination: `d${nth}.example` }));
    const { troubled, troubledCount } = tally.digest();
    expect(troubledCount).toBe(31);
    expect(troubled).toHaveLength(20);
    expect(troubled[0]).toMatchObject({
      destination: 'good.example',
      waiting: 2,
      oldestAt: minutes(30),
      nextAt: now + 7,
      reason: 'greylisted',
      whose: expect.any(String),
    });
  });
});
