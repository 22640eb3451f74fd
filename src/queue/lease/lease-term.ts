import type { QueueStore } from '../store/queue-store.ts';

/** After this time without a renewal, any other run may take the destination. */
export const LEASE_MS = 6_000;
const RENEW_MS = 2_000;

/** How long a destination is ours, by a clock that cannot be set. */
export interface LeaseTerm {
  /** No other run can have taken the destination yet. */
  isGood(): boolean;
  /** Renews it at once. Throws QueueError. */
  renew(): Promise<void>;
  /** Notes that a command sent at `asked` (performance.now()) has renewed it. */
  runsFrom(asked: number): void;
  /** Ends the renewal. */
  end(): void;
}

/** @param asked when the command that began it was sent, so that it never runs longer here than in Redis */
export function startLeaseTerm(
  { destination, token }: { readonly destination: string; readonly token: string },
  store: Pick<QueueStore, 'renew'>,
  asked: number,
): LeaseTerm {
  let endsAt = asked + LEASE_MS;
  let renewing = false;

  async function renew(): Promise<void> {
    const asked = performance.now();
    const isOurs = await store.renew({ destination, token, leaseMs: LEASE_MS });
    if (isOurs) endsAt = asked + LEASE_MS;
  }

  const renewal = setInterval(() => {
    // While Redis is away one renewal waits for it, not one every two seconds.
    if (renewing) return;
    renewing = true;
    void renew()
      .catch(() => {})
      .finally(() => (renewing = false));
  }, RENEW_MS);

  return {
    isGood: () => performance.now() < endsAt,
    renew,
    runsFrom: (asked) => void (endsAt = asked + LEASE_MS),
    end: () => clearInterval(renewal),
  };
}
