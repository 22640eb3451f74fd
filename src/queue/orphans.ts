import { ringsOf } from './alarms.ts';
import { list, runScript } from './redis.ts';
import type { SweepPorts } from './sweeper.ts';

/** So many keys, about, are looked at a time: a large queue is gone through in hours, and nobody notices. */
const KEYS_AT_A_TIME = 2_000;
const KEYS_A_PAGE = 200;

/**
 * Goes through the messages and contents there are, a part of them with each call, and mends what no crash should leave:
 * a message that waits for nobody is due again, as better twice than never; content without a message is removed.
 */
export function createOrphanSearch(ports: SweepPorts): () => Promise<void> {
  const { redis, base, alarms, now, log } = ports;
  let cursor = '0';

  async function mend(queueId: string): Promise<void> {
    const [verdict, rings] = list(await runScript(redis, 'mend', [base, queueId, now()]));
    if (verdict === 0) return;
    const what =
      verdict === 1 ? 'content without a message removed' : 'message that waited for nobody, due again';
    const event = verdict === 1 ? 'content removed' : 'message found';
    const severity = verdict === 1 ? 'info' : 'warning';
    log({ component: 'qmgr', severity, event, text: `${queueId}: ${what}`, fields: { queueId } });
    await alarms.ring(ringsOf(rings));
  }

  return async () => {
    for (let looked = 0; looked < KEYS_AT_A_TIME; looked += KEYS_A_PAGE) {
      const [next, keys] = await redis.scan(cursor, 'MATCH', `${base}[mb]:*`, 'COUNT', KEYS_A_PAGE);
      const ids = new Set(keys.map((key) => key.slice(base.length + 2)));
      await Promise.all([...ids].map(mend));
      cursor = next;
      if (cursor === '0') return;
    }
  };
}
