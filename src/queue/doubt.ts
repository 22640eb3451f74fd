import type { Redis } from 'ioredis';
import type { Log } from '../core/outcome/log-event.ts';
import { insist } from './insist.ts';
import { noAnswer } from './queue-error.ts';
import { runScript } from './redis.ts';

export interface DoubtPorts {
  /** A patient connection. */
  readonly redis: Redis;
  readonly base: string;
  readonly now: () => number;
  readonly log: Log;
}

export interface DoubtfulAccept {
  readonly queueId: string;
  readonly destinations: readonly string[];
  /** How long the client may wait for the verdict. */
  readonly patienceMs: number;
}

/**
 * The reply to an `accept` did not come: Redis may have carried it out, or may do so yet. True when the message is in
 * place. False when it will never be, or when nobody can tell in time: then it is taken back as soon as Redis can be
 * spoken to, since the client is told to send it again.
 */
export async function resolveDoubt(doubt: DoubtfulAccept, ports: DoubtPorts): Promise<boolean> {
  const { redis, base, now } = ports;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, doubt.patienceMs, 'late');
  });
  const fence = runScript(redis, 'fence', [base, doubt.queueId, now()]).catch(() => 'late' as const);
  const verdict = await Promise.race([fence, late]);
  clearTimeout(timer);
  if (verdict === 1 || verdict === 0) return verdict === 1;
  // Sent now, behind the fence: when Redis comes to itself no delivery gets in between.
  void takeBack(doubt, ports);
  return false;
}

async function takeBack({ queueId, destinations }: DoubtfulAccept, ports: DoubtPorts): Promise<void> {
  const { redis, base, now, log } = ports;
  const withdraw = async (): Promise<number> => {
    const answer = await runScript(redis, 'withdraw', [base, queueId, now(), ...destinations]);
    if (typeof answer !== 'number') throw noAnswer();
    return answer;
  };
  const gone = await insist(withdraw, redis).catch(() => undefined);
  if (gone === undefined) return; // The relay ends.
  if (gone === 1) {
    const text = `${queueId}: given up, the client was told to send it again`;
    log({ component: 'qmgr', severity: 'info', event: 'message withdrawn', text, fields: { queueId } });
  } else {
    const text = `${queueId}: stored although the client was told to send it again: it may arrive twice`;
    log({ component: 'qmgr', severity: 'warning', event: 'message twice', text, fields: { queueId } });
  }
}
