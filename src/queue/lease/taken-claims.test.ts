import { beforeEach, describe, expect, it } from 'vitest';
import { FakeQueueStore } from '../../../test/support/fake-queue-store.ts';
import type { Message } from '../../core/mail/message.ts';
import type { LogEvent } from '../../core/log/log-event.ts';
import { QueueError } from '../redis/queue-error.ts';
import { encodeProgress, encodeRecord } from '../forms/record.ts';
import type { Taken } from '../scripts/take.ts';
import type { TakenClaim } from './claim.ts';
import { createContentShelf, type ContentShelf } from '../store/content-shelf.ts';
import { createRecordShelf } from './record-shelf.ts';
import { claimsOf } from './taken-claims.ts';

let store: FakeQueueStore;
let lines: LogEvent[];
let shelf: ContentShelf;

beforeEach(() => {
  store = new FakeQueueStore();
  lines = [];
  shelf = createContentShelf(() => 0);
});

function recordOf(queueId: string): string {
  const recipients = [{ address: 'a@x.test' }, { address: 'b@x.test' }, { address: 'c@y.test' }];
  const message: Message = {
    queueId,
    envelope: { sender: 's@y.test', recipients, body: '7BIT', smtpUtf8: false },
    arrivedAt: 1,
    size: 4,
    messageId: '',
  };
  const routing = new Map([
    ['x.test', [0, 1]],
    ['y.test', [2]],
  ]);
  return encodeRecord({ message, routing });
}

function taken(queueId: string, differences: Partial<Taken> = {}): Taken {
  const bare = { progress: '', body: undefined, shelved: false, dot: '', isExpired: false };
  return { queueId, record: recordOf(queueId), ...bare, ...differences };
}

function claims(...all: readonly Taken[]): Promise<readonly TakenClaim[]> {
  return claimsOf(all, 'x.test', {
    store,
    records: createRecordShelf(store),
    contents: shelf,
    log: (event) => lines.push(event),
    intent: () => ({ record: async () => true, holds: () => true }),
    note: () => {},
  });
}

async function contentOf(claim: TakenClaim | undefined): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of claim?.content() ?? []) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe('what was taken becomes claims', () => {
  it('of those recipients that wait at this destination', async () => {
    const [first] = await claims(taken('Q1'));
    expect(first?.waiting.map(({ recipient }) => recipient.address)).toEqual(['a@x.test', 'b@x.test']);
    expect(first).toMatchObject({ attempts: 0, warned: false, inDoubt: [], relayed: [] });
  });

  it('as the attempts before left them', async () => {
    const last = { dsn: '4.4.1', reason: 'no' };
    const held = { left: [0], last };
    const progress = encodeProgress({ left: [1], attempts: 3, nextAt: 9, last, held, warned: true });
    const [claim] = await claims(taken('Q1', { progress, dot: '*' }));
    expect(claim?.waiting.map(({ index }) => index)).toEqual([1]);
    expect(claim).toMatchObject({ attempts: 3, warned: true, held, inDoubt: [1] });
  });

  it('with the content that came along, or else what is stored, each time that it is asked for', async () => {
    store.contents.set('Q2', Buffer.from('stored'));
    const [small, large] = await claims(taken('Q1', { body: Buffer.from('body') }), taken('Q2'));
    expect(await contentOf(small)).toBe('body');
    expect(await contentOf(large)).toBe('stored');
    expect(await contentOf(large)).toBe('stored');
    expect(store.calls).toEqual(['content', 'content']);
  });

  it('with the content that this process has just accepted, also once the shelf has dropped it', async () => {
    shelf.keep('Q1', ['x.test'], 1, [Buffer.from('sh'), Buffer.from('elf')]);
    const [claim] = await claims(taken('Q1', { shelved: true }));
    shelf.done('Q1', 'x.test');
    expect(await contentOf(claim)).toBe('shelf');
    expect(store.calls).toEqual([]);
  });

  it('with what is stored where that was expected on the shelf, which is left alone for a while', async () => {
    store.contents.set('Q1', Buffer.from('stored'));
    shelf.keep('Q2', ['x.test'], 1, [Buffer.from('shelf')]);
    const [claim] = await claims(taken('Q1', { shelved: true }));
    expect(await contentOf(claim)).toBe('stored');
    expect(shelf.oldest('x.test')).toBe(Infinity);
  });

  it('with a long record, which is fetched apart', async () => {
    store.records.set('Q1', recordOf('Q1'));
    const [claim] = await claims(taken('Q1', { record: undefined }));
    expect(claim?.message.queueId).toBe('Q1');
    expect(store.calls).toEqual(['record']);
  });

  it('but for a message that is gone meanwhile', async () => {
    expect(await claims(taken('Q1', { record: undefined }), taken('Q2'))).toHaveLength(1);
    expect(lines).toEqual([]);
  });

  it.each([
    ['record', { record: '{"v":9}' }],
    ['progress', { progress: '{"v":2}' }],
  ])(
    'but for one whose %s only a newer relay can read, of which the operator hears',
    async (_, unreadable) => {
      const all = await claims(taken('Q1', unreadable), taken('Q2'));
      expect(all.map(({ message }) => message.queueId)).toEqual(['Q2']);
      expect(lines).toMatchObject([{ event: 'record unreadable', fields: { queueId: 'Q1' } }]);
    },
  );

  it('or none of them while the store does not answer', async () => {
    store.meanwhile.set('record', () => {
      throw new QueueError('QUEUE_UNAVAILABLE', 'away');
    });
    await expect(claims(taken('Q1'), taken('Q2', { record: undefined }))).rejects.toThrow('away');
    expect(lines).toEqual([]);
  });
});
