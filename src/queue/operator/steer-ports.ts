import type { Redis } from 'ioredis';
import type { Alarms } from '../alarms/alarms.ts';
import type { QueueStore } from '../store/queue-store.ts';

export interface SteerPorts {
  readonly redis: Redis;
  readonly base: string;
  readonly store: Pick<
    QueueStore,
    'endHold' | 'expire' | 'forget' | 'hold' | 'note' | 'retry' | 'record' | 'unhold'
  >;
  readonly alarms: Pick<Alarms, 'wake'>;
  readonly now: () => number;
}
