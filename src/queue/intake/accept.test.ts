import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import type { Message } from '../../core/mail/message.ts';
import { QueueError } from '../redis/queue-error.ts';
import { accept, INLINE_BYTES, type AcceptPorts } from './accept.ts';

/** What is asked of the store for a message with this content, in its order. */
async function asked(sizes: readonly number[]): Promise<readonly string[]> {
  const calls: string[] = [];
  const note = async (call: string): Promise<void> => void calls.push(call);
  const redis: Pick<Redis, 'sendCommand'> = {
    sendCommand: ({ args }) => note(`push ${args.length - 1}`),
  };
  const ports: AcceptPorts = {
    redis: redis as Redis,
    base: '{test}:',
    store: {
      accept: async ({ pieces, body }) => {
        await note(`accept ${pieces}, ${body.length} octets`);
        return [];
      },
      listIncoming: () => note('list'),
    },
    alarms: { wake: async () => {} },
    unfinished: {
      list: (store, id) => store.listIncoming(id, 1.5),
      leave: () => {},
      discard: async () => {},
    },
    now: () => 1,
    lastMoment: () => 2,
    ambiguousMs: 1,
    ambiguous: {
      store: { fence: async () => false, withdraw: async () => false, isClosed: () => true },
      now: () => 1,
      log: () => {},
    },
  };
  async function* content(): AsyncGenerator<Buffer> {
    for (const size of sizes) yield Buffer.alloc(size);
  }
  const message: Message = {
    queueId: '4a',
    envelope: { sender: '', recipients: [], body: '7BIT', smtpUtf8: false },
    arrivedAt: 1,
    size: sizes.reduce((sum, size) => sum + size, 0),
    messageId: '',
  };
  await accept({ queueId: '4a', content: content(), finish: () => ({ message, routing: new Map() }) }, ports);
  return calls;
}

const piece = 64 * 1024;

test.each([
  ['small content is in the command', [INLINE_BYTES], [`accept 0, ${INLINE_BYTES} octets`]],
  ['larger content goes before it, in one command', [piece, piece], ['push 2', 'accept 2, 0 octets']],
  [
    'what is written ahead while more is received is listed first',
    [piece, piece, piece, piece, 1],
    ['list', 'push 4', 'push 1', 'accept 5, 0 octets'],
  ],
])('accept(): %s', async (_, sizes, calls) => {
  expect(await asked(sizes)).toEqual(calls);
});

/** Which of its ways to ask replicas an accept has gone, and how it ended; its store answers so. */
async function askedReplicas(
  stored: 'answered' | 'lost, and in place' | 'lost, and not in place' | 'taken before',
  have: 'enough' | 'too few' = 'enough',
): Promise<readonly string[]> {
  const done: string[] = [];
  const ask = (way: string) => async (): Promise<void> => {
    done.push(way);
    if (have === 'too few') throw new QueueError('QUEUE_UNAVAILABLE', 'too few');
  };
  const ports: AcceptPorts = {
    redis: {} as Redis,
    base: '{test}:',
    store: {
      async accept() {
        if (stored === 'answered') return [];
        const code = stored === 'taken before' ? 'QUEUE_TAKEN' : 'QUEUE_UNAVAILABLE';
        throw new QueueError(code, stored, stored === 'taken before' ? { cause: replyError } : {});
      },
      listIncoming: async () => {},
    },
    alarms: { wake: async () => {} },
    unfinished: { list: async () => {}, leave: () => {}, discard: async () => {} },
    replicas: { dueAt: (at) => at, pass: ask('intake'), passAll: ask('all'), passStored: ask('store') },
    now: () => 1,
    lastMoment: () => 2,
    ambiguousMs: 1_000,
    ambiguous: {
      store: {
        fence: async () => stored === 'lost, and in place',
        async withdraw() {
          done.push('taken back');
          return true;
        },
        isClosed: () => false,
      },
      now: () => 1,
      log: () => {},
    },
  };
  const message: Message = {
    queueId: '4a',
    envelope: { sender: '', recipients: [], body: '7BIT', smtpUtf8: false },
    arrivedAt: 1,
    size: 0,
    messageId: '',
  };
  async function* content(): AsyncGenerator<Buffer> {}
  await accept(
    { queueId: '4a', content: content(), finish: () => ({ message, routing: new Map() }) },
    ports,
  ).then(
    () => done.push('250'),
    ({ message: text }: Error) => done.push(text),
  );
  return done;
}

const replyError = Object.assign(new Error('TAKEN before'), { name: 'ReplyError' });

test.each([
  ['the connection that stored it', 'answered', 'enough', ['intake', '250']],
  [
    'the one that saw it in place, where the answer was lost',
    'lost, and in place',
    'enough',
    ['store', '250'],
  ],
  ['any, where it was accepted before', 'taken before', 'enough', ['all', 'taken before']],
  ['none, where it is not in place', 'lost, and not in place', 'enough', ['lost, and not in place']],
  ['too few: it is taken back', 'answered', 'too few', ['intake', 'taken back', 'too few']],
  [
    'too few after a lost answer: the same',
    'lost, and in place',
    'too few',
    ['store', 'taken back', 'too few'],
  ],
] as const)('accept() asks for replicas over %s', async (_, stored, have, done) => {
  expect(await askedReplicas(stored, have)).toEqual(done);
});
