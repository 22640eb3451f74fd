import type { MetricSet } from './metric-set.ts';
import { ageEnds, ageWords, levelWords, queueStates } from './metric-table.ts';
import { Tally } from './tally.ts';

type State = (typeof queueStates)[number];

/** Counts of a walk through the queue. */
export interface QueueCounts {
  /** @param level of the destination, in the words of the log */
  add(state: State, level: string, ageMs: number): void;
  /** The walk has ended: this is how the queue was. */
  end(at: number): void;
}

/** What the last whole walk through the queue has found. */
export interface QueueFindings {
  /** Counts of a new walk. */
  begin(): QueueCounts;
  /** Calls back whenever somebody looks. */
  onLook(listener: () => void): void;
  show(): void;
}

export function createQueueFindings(set: MetricSet): QueueFindings {
  const deliveries = set.gauge('dane_relay_queue_deliveries');
  const ages = set.gauge('dane_relay_queue_age_deliveries');
  const oldest = set.gauge('dane_relay_queue_oldest_seconds');
  const walked = set.gauge('dane_relay_queue_walk_timestamp_seconds');
  let showLast = (): void => {};
  let looked = (): void => {};

  return {
    begin() {
      const byLevel = new Tally(queueStates, levelWords);
      const byAge = new Tally(queueStates, ageWords);
      const eldest = new Map<State, number>();
      return {
        add(state, level, ageMs) {
          const minutes = ageMs / 60_000;
          byLevel.add(state, level);
          byAge.add(state, String(ageEnds.find((end) => minutes <= end) ?? 'more'));
          if (ageMs > (eldest.get(state) ?? 0)) eldest.set(state, ageMs);
        },
        end(at) {
          showLast = () => {
            byLevel.show(deliveries, ['state', 'level'], true);
            byAge.show(ages, ['state', 'age'], true);
            for (const state of queueStates) oldest.set({ state }, (eldest.get(state) ?? 0) / 1000);
            walked.set(at / 1000);
          };
        },
      };
    },
    onLook: (listener) => void (looked = listener),
    show() {
      showLast();
      looked();
    },
  };
}
