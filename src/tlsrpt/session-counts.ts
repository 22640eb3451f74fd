import type { Errand } from '../core/delivery/session-event.ts';
import type { SessionResult } from '../core/tlsrpt/session-result.ts';

/** A session that was judged, and when; epoch ms. */
export interface JudgedSession {
  readonly domain: string;
  readonly result: SessionResult;
  readonly at: number;
}

/** The sessions that deliveries under way have opened, until the outcome is stored that they are counted with. */
export interface SessionCounts {
  note(errand: Pick<Errand, 'destination' | 'queueId'>, session: JudgedSession): void;
  /** Those of a delivery that has ended: it is asked once. */
  take(errand: Pick<Errand, 'destination' | 'queueId'>): readonly JudgedSession[];
}

/** Of an attempt that never comes to its end nothing is counted, and nothing stays here. */
const MOST_DELIVERIES = 10_000;
/** An attempt has as many at most as hosts may have addresses. */
const MOST_SESSIONS = 200;

export function createSessionCounts(): SessionCounts {
  const noted = new Map<string, JudgedSession[]>();
  const keyOf = ({ destination, queueId }: Pick<Errand, 'destination' | 'queueId'>): string =>
    `${queueId} ${destination}`;
  return {
    note(errand, session) {
      const key = keyOf(errand);
      const known = noted.get(key);
      if (known !== undefined) {
        if (known.length < MOST_SESSIONS) known.push(session);
        return;
      }
      noted.set(key, [session]);
      const [oldest] = noted.keys();
      if (noted.size > MOST_DELIVERIES && oldest !== undefined) noted.delete(oldest);
    },
    take(errand) {
      const key = keyOf(errand);
      const found = noted.get(key) ?? [];
      noted.delete(key);
      return found;
    },
  };
}
