import type { Message } from '../../src/core/mail/message.ts';
import type { scripts } from '../../src/queue/scripts/scripts.ts';
import type { QueueStore } from '../../src/queue/store/queue-store.ts';

/** An input for each of the scripts of the queue. */
export const scriptInputs: {
  readonly [Name in keyof typeof scripts]: Parameters<QueueStore[Name]>[0];
} = (() => {
  const destination = 'x.test';
  const token = '1:uuid';
  const queueId = 'Q1';
  const now = 1_000;
  const message: Message = {
    queueId,
    envelope: { sender: 's@y.test', recipients: [{ address: 'a@x.test' }], body: '7BIT', smtpUtf8: false },
    arrivedAt: 1,
    size: 4,
    messageId: '',
  };
  const routing = new Map([[destination, [0]]]);
  const body = Buffer.from('body');
  const progress = { left: [0], attempts: 1, nextAt: 2_000 };
  const note = { queueId, act: 'deleted', at: now } as const;
  const steering = { queueId, moved: '', note, destinations: [destination] };
  return {
    accept: {
      queueId,
      now,
      message,
      routing,
      body,
      pieces: 0,
      lastMoment: Number.MAX_SAFE_INTEGER,
      takenOnce: '',
      reports: [],
    },
    admit: { messages: [{ queueId, at: now, destinations: [destination] }] },
    adopt: {
      queueId: 'Q2',
      temporary: 't',
      dump: 'd',
      pieces: 0,
      body,
      fields: {},
      due: { [destination]: 1 },
    },
    arrive: {
      source: 's',
      drain: 'd',
      queueId: 'Q5',
      departure: 'one',
      temporary: 't',
      pieces: 0,
      body,
      now,
      note: { queueId: 'Q5', act: 'taken over', at: now, peer: 'p' },
      fields: {},
      scores: { [destination]: '1' },
    },
    askArrival: { source: 's', drain: 'd', queueId: 'Q5', departure: 'one' },
    comeBack: { queueId: 'Q5', departure: 'one', drain: 'd', now, held: false },
    depart: {
      queueId,
      moved: '',
      drain: 'd',
      departure: 'one',
      target: 't',
      now,
      destinations: [destination],
    },
    forgetArrivals: { source: 's', drain: 'd', queueIds: ['Q5'] },
    joinDrain: { source: 's', drain: 'd' },
    leaseDrain: { drain: 'd', leaseMs: 1_000 },
    letGo: {
      queueId: 'Q5',
      departure: 'one',
      now,
      note: { queueId: 'Q5', act: 'sent over', at: now, peer: 'p' },
    },
    rememberArrived: {
      source: 'S',
      departure: 'D',
      queueId: 'Q5',
      now,
      keptMs: 1_000,
      recipients: 1,
      keyMs: 0,
      fields: {},
    },
    audit: { destination, now, latest: 2_000, leaseMs: 1_000 },
    begin: { destination, uuid: 'uuid', leaseMs: 1_000, now, job: '1' },
    droppedEvents: { webhook: 'w' },
    settleEvent: { webhook: 'w', id: 'e', retryAt: 5 },
    takeReport: { now, leaseMs: 10, token: 't' },
    settleReport: { name: '2026-11-28 x.test', token: 't' },
    hastenReport: { name: '2026-11-28 x.test', now },
    takeEvents: { webhook: 'w', now, count: 5, leaseMs: 10 },
    discard: { queueId: 'Q3', mayCome: false },
    endHold: { ...steering, now, always: false },
    expire: { ...steering, now },
    except: { name: 'x.test', text: '{}', most: 1, note: '{}' },
    unexcept: { name: 'x.test', text: '{}', note: '' },
    findKept: { count: 10, needle: 'x', anyCase: false },
    forgetKept: { now, limits: { keptMs: 1_000, octets: 1_000 } },
    fence: { queueId: 'Q4', now },
    flush: { destination, now },
    flushOne: { destination, now, queueId },
    forget: steering,
    hold: { ...steering, now, again: false },
    hear: { destination, token, queueId, progress, dot: '' },
    keep: { queueIds: [queueId], score: now },
    recordIntent: { leaseMs: 1_000, requests: [{ destination, token, queueId, recipients: '*' }] },
    makeDue: { destination, now, count: 1, backoffMs: 1 },
    mend: { queueId, now },
    move: { destination, token, queueId, now, progress: '', targets: [] },
    note: { queueId, act: 'deleted', at: now },
    page: { destination, after: { queueId, score: '1' }, count: 1 },
    retry: { ...steering, now },
    regain: { destination, token, now, queueIds: [] },
    release: { destination, token, now, queueIds: [queueId] },
    renew: { leaseMs: 1_000, renewals: [{ destination, token }] },
    rest: { destination, token, now, unsettled: [], unsettledAt: now },
    rewake: { destination, at: 0 },
    settle: { destination, token, queueId, now, progress, reports: [] },
    slept: { destination, token, job: '1', until: now },
    suspend: {
      destination,
      token,
      suspension: { since: 1, until: 2, cause: { dsn: '4.4.1', reason: 'no' } },
    },
    take: {
      destination,
      token,
      now,
      count: 1,
      inlineBytes: 0,
      shelvedSince: Infinity,
      longestRecordBytes: 0,
    },
    unfinished: undefined,
    unhold: { destination, queueId, now, before: '', after: '' },
    wait: { destination, queueId, since: now },
    warn: { queueId, mark: now },
    withdraw: { queueId, now, destinations: [destination] },
  };
})();
