import type { SiteRecord } from '../../core/delivery/site-record.ts';
import type { QueueStore } from '../store/queue-store.ts';

export interface SitePorts {
  readonly store: Pick<
    QueueStore,
    'suspension' | 'suspend' | 'unsuspend' | 'wait' | 'stopWaiting' | 'makeDue'
  >;
  readonly now: () => number;
}

export function siteOf(destination: string, token: string, { store, now }: SitePorts): SiteRecord {
  return {
    suspension: () => store.suspension(destination),
    async suspend(suspension) {
      await store.suspend({ destination, token, suspension });
    },
    revive: () => store.unsuspend([destination]),
    await: (queueId, since) => store.wait({ destination, queueId, since }),
    stopWaiting: (queueId) => store.stopWaiting(destination, queueId),
    makeDue: (count, backoffMs) => store.makeDue({ destination, now: now(), count, backoffMs }),
  };
}
