import { describe, expect, it } from 'vitest';
import type { Progress } from '../../core/delivery/outcome.ts';
import type { Message, Recipient } from '../../core/mail/message.ts';
import type { DeliveryStatus } from '../../core/mail/status.ts';
import { HELD } from '../forms/keys.ts';
import { encodeProgress } from '../forms/record.ts';
import { claimOf, progressAfter, withoutMoved, type TakenClaim, type TakenEntry } from './claim.ts';

const sent: DeliveryStatus = { outcome: 'sent', dsn: '2.0.0', reason: '250 ok', scope: 'recipient' };
const refused: DeliveryStatus = { ...sent, outcome: 'bounced', dsn: '5.1.1', reason: '550 no' };
const lost: DeliveryStatus = { ...sent, outcome: 'deferred', reason: 'lost', ambiguous: true };

/** A claim of a message to these recipients, and what it has noted. */
function claimed(recipients: readonly Recipient[], entry: Partial<TakenEntry> = {}) {
  const message: Message = {
    queueId: 'Q1',
    envelope: { sender: 's@y.test', recipients, body: '7BIT', smtpUtf8: false },
    arrivedAt: 1,
    queuedAt: 2,
    size: 1,
    messageId: '',
  };
  const routing = new Map([['x.test', recipients.map((_, index) => index)]]);
  const noted: { progress: Progress; dot: string }[] = [];
  const asked: string[] = [];
  const ports = {
    intent: (_: string, dot: string) => {
      asked.push(dot);
      return { record: async () => true, holds: () => true };
    },
    note: (_: string, progress: Progress, dot: string) => void noted.push({ progress, dot }),
  };
  const taken = {
    destination: 'x.test',
    record: { message, routing },
    progress: '',
    dot: '',
    isExpired: false,
  };
  return { claim: claimOf({ ...taken, ...entry }, () => [], ports), noted, asked, ports };
}

const three: readonly Recipient[] = [
  { address: 'a@x.test' },
  { address: 'b@x.test' },
  { address: 'c@x.test' },
];
const known = (entries: Record<number, DeliveryStatus>): Parameters<TakenClaim['heard']>[0] =>
  new Map(Object.entries(entries).map(([index, status]) => [Number(index), { status }]));

describe('what is heard in the midst of an attempt', () => {
  it('takes those off the list who have the message, and nobody else', () => {
    const { claim, noted } = claimed(three);
    claim.heard(known({ 0: sent, 1: refused }));
    expect(noted).toEqual([{ progress: { left: [1, 2], attempts: 0, nextAt: 2 }, dot: '' }]);
  });

  it('leaves what else is known of the destination as it is', () => {
    const progress = encodeProgress({
      left: [0, 2],
      attempts: 4,
      nextAt: 9,
      last: { dsn: '4.0.0', reason: 'busy' },
      held: { left: [1], last: { dsn: '4.4.2', reason: 'lost' } },
      warned: true,
    });
    const { claim, noted } = claimed(three, { progress });
    claim.heard(known({ 2: sent }));
    expect(noted[0]?.progress).toEqual({ ...(JSON.parse(progress) as Progress), left: [0] });
  });

  it('keeps those in doubt of whom no reply was seen, in this attempt or one before', () => {
    const { claim, noted } = claimed(three, { dot: '0,1' });
    claim.heard(known({ 1: sent, 2: lost }));
    expect(noted[0]).toMatchObject({ progress: { left: [0, 2] }, dot: '0,2' });
  });

  it('does not forget of whom the sender asked to hear', () => {
    const wanting = three.map((recipient): Recipient => ({ ...recipient, notify: ['SUCCESS'] }));
    const remote = { host: 'mx', reply: '250 ok' };
    const without: DeliveryStatus = { ...sent, withoutDsn: true, remote };
    const { claim, noted } = claimed(wanting);
    claim.heard(known({ 0: without, 1: sent }));
    const { progress } = noted[0] ?? {};
    expect(progress).toMatchObject({ left: [2], relayed: [{ index: 0, dsn: '2.0.0', remote }] });

    const next = claimed(wanting, {
      progress: encodeProgress(progress ?? { left: [], attempts: 0, nextAt: 0 }),
    });
    expect(next.claim.relayed).toEqual([
      { index: 0, recipient: wanting[0], status: { ...without, scope: 'recipient' } },
    ]);
    next.claim.heard(known({ 2: without }));
    expect(next.noted[0]?.progress.relayed?.map(({ index }) => index)).toEqual([0, 2]);
  });

  it('is about those who stay when others were moved elsewhere', () => {
    const { claim, noted, asked, ports } = claimed(three);
    const stays = encodeProgress({ left: [1, 2], attempts: 0, nextAt: 2 });
    const left = withoutMoved(claim, new Set([0]), stays, ports);
    left.heard(known({ 1: sent }));
    expect(noted[0]?.progress.left).toEqual([2]);
    left.intent([1, 2]);
    left.intent([2]);
    expect(asked).toEqual(['*', '2']);
  });
});

describe('what is stored once an attempt has come to its end', () => {
  const last = { dsn: '4.4.1', reason: 'no' };
  const retry: Progress = { left: [1], attempts: 3, nextAt: 9, last };
  const before = { left: [0], last };
  const { claim } = claimed(three);

  it.each([
    ['nothing when nobody waits any more', undefined, {}, undefined],
    ['who is tried again', undefined, { retry }, retry],
    ['who is held beside them', undefined, { retry, held: before }, { ...retry, held: before }],
    ['who was held before, whatever became of the others', before, { retry }, { ...retry, held: before }],
    [
      'both who was held before and who is now, for the reason of now',
      before,
      { retry, held: { left: [2], last: { ...last, reason: 'lost' } } },
      { ...retry, held: { left: [0, 2], last: { ...last, reason: 'lost' } } },
    ],
    [
      'nobody to be tried when all who wait are held',
      before,
      {},
      { left: [], attempts: 1, nextAt: HELD, last, held: before },
    ],
  ])('%s', (_, held, verdict, expected) => {
    expect(progressAfter({ ...claim, ...(held && { held }) }, verdict)).toEqual(expected);
  });
});
