import type { Lease } from '../../../src/core/delivery/lease.ts';
import type { Message } from '../../../src/core/mail/message.ts';
import type { TakenClaim } from '../../../src/queue/lease/claim.ts';
import { openQueue, type Queue, type QueueOptions, type QueuePorts } from '../../../src/queue/open-queue.ts';
import type { belongings } from '../../support/belongings.ts';
import { storeOptions } from '../../support/store-options.ts';

/** A queue on the Redis at that address; it is closed when `keep` closes what the test has opened. */
export async function queueFor(
  keep: ReturnType<typeof belongings>,
  address: string,
  { now = Date.now, log = () => {}, ...traits }: Partial<QueueOptions & QueuePorts> = {},
): Promise<Queue> {
  const usual = { prefix: 'test', allowUnsafe: false, soleUser: false, ...storeOptions };
  const queue = await openQueue({ ...usual, ...traits, address }, { now, log });
  keep({
    async [Symbol.asyncDispose]() {
      await queue.stopServing();
      await queue.close();
    },
  });
  return queue;
}

let serial = 0;
export function incoming(
  addresses: readonly string[],
  content: Buffer[] = [Buffer.from('Subject: x\r\n\r\nhello\r\n')],
) {
  serial += 1;
  const queueId = `4test${process.pid}x${serial}`;
  const message: Message = {
    queueId,
    envelope: {
      sender: 'sender@example.org',
      recipients: addresses.map((address) => ({ address })),
      body: '7BIT',
      smtpUtf8: false,
    },
    arrivedAt: Date.now(),
    size: Buffer.concat(content).length,
    messageId: '<x@example.org>',
  };
  const routing = new Map<string, number[]>();
  addresses.forEach((address, index) => {
    const domain = address.slice(address.indexOf('@') + 1);
    routing.set(domain, [...(routing.get(domain) ?? []), index]);
  });
  async function* chunks(): AsyncGenerator<Buffer> {
    yield* content;
  }
  return { queueId, content: chunks(), finish: () => ({ message, routing }) };
}

/** A run that hands every claim to `work` and lingers a little, as the delivery does. */
export function runOf(work: (claim: TakenClaim, lease: Lease<TakenClaim>) => Promise<void>) {
  return async (lease: Lease<TakenClaim>): Promise<undefined> => {
    for (;;) {
      const claims = await lease.take(10);
      if (claims === 'lost') return undefined;
      if (claims.length === 0 && !(await lease.newMail(50))) return undefined;
      await Promise.all(claims.map((claim) => work(claim, lease)));
    }
  };
}

export async function listed(queue: Queue) {
  const all = [];
  for await (const delivery of queue.list()) all.push(delivery);
  return all;
}

export async function read(claim: TakenClaim): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of claim.content()) parts.push(part);
  return Buffer.concat(parts);
}
