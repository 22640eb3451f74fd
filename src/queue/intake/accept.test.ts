import type { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import type { Message } from '../../core/mail/message.ts';
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
