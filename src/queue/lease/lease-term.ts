import type { QueueStore } from '../store/queue-store.ts';
import type { Renewal } from '../scripts/renew.ts';

/** After this time without a renewal, any other run may take the destination. */
export const LEASE_MS = 6_000;
const RENEW_MS = 2_000;
/** How often it is looked which leases are to be renewed: they go together. */
const LOOK_MS = 250;
/** Leases in one command, so that it does not keep Redis from other work. */
const MOST_AT_ONCE = 200;

/** How long a destination is ours, by a clock that cannot be set. */
export interface LeaseTerm {
  /** No other run can have taken the destination yet. */
  isGood(): boolean;
  /** Renews it at once. Throws QueueError. */
  renew(): Promise<void>;
  /** Notes that a command sent at `asked` (performance.now()) has renewed it. */
  runsFrom(asked: number): void;
  /** Renews it no more, until `resume`: a renewal after its end would keep other runs out. */
  pause(): void;
  resume(): void;
}

/** The terms of all leases of a process. */
export interface LeaseTerms {
  /** @param asked when the command that began it was sent, so that it never runs longer here than in Redis */
  start(owner: Renewal, asked: number): LeaseTerm;
}

interface Kept {
  readonly owner: Renewal;
  endsAt: number;
  /** When it is to be renewed. */
  dueAt: number;
}

export function openLeaseTerms(store: Pick<QueueStore, 'renew'>): LeaseTerms {
  const kept = new Set<Kept>();
  let looking: NodeJS.Timeout | undefined;
  let renewing = false;

  async function renew(leases: readonly Kept[]): Promise<void> {
    const asked = performance.now();
    const renewals = leases.map(({ owner }) => owner);
    const answers = await store.renew({ leaseMs: LEASE_MS, renewals });
    for (const [place, lease] of leases.entries()) if (answers[place]) lease.endsAt = asked + LEASE_MS;
  }

  async function renewDue(): Promise<void> {
    const now = performance.now();
    const due = [...kept].filter(({ dueAt }) => dueAt <= now);
    for (const lease of due) lease.dueAt = now + RENEW_MS;
    const groups: Promise<void>[] = [];
    for (let at = 0; at < due.length; at += MOST_AT_ONCE)
      groups.push(renew(due.slice(at, at + MOST_AT_ONCE)));
    await Promise.allSettled(groups);
  }

  function look(): void {
    // While Redis is away one renewal waits for it, not one every two seconds.
    if (renewing) return;
    renewing = true;
    void renewDue().finally(() => (renewing = false));
  }

  return {
    start(owner, asked) {
      const lease: Kept = { owner, endsAt: asked + LEASE_MS, dueAt: performance.now() + RENEW_MS };
      const resume = (): void => {
        kept.add(lease);
        looking ??= setInterval(look, LOOK_MS);
      };
      resume();
      return {
        resume,
        isGood: () => performance.now() < lease.endsAt,
        renew: () => renew([lease]),
        runsFrom: (from) => void (lease.endsAt = from + LEASE_MS),
        pause() {
          kept.delete(lease);
          if (kept.size > 0) return;
          clearInterval(looking);
          looking = undefined;
        },
      };
    },
  };
}
