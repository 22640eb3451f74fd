import {
  readRefreshFailure,
  readStoredPolicy,
  storedPolicyText,
  unusedForMs,
  type PolicyUse,
  type RefreshFailure,
  type StoredPolicy,
} from '../../core/sts/known-policy.ts';
import type { PolicyFacts } from '../scripts/policies.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { unreadablePolicy } from '../store/sts-commands.ts';

/** The MTA-STS policies that the relays of a queue know. They outlive restarts. Calls reject with QueueError. */
export interface StsPolicyStore {
  /**
   * Undefined if there is none, or none that has not expired. Rejects if there is one that cannot be read: it may be
   * in force.
   */
  read(domain: string): Promise<StoredPolicy | undefined>;
  /** In place of the one before, until it expires. One that a refresh has fetched is not stored where there is none. */
  write(policy: StoredPolicy, refreshAt: number, by: 'mail' | 'refresh'): Promise<void>;
  /** Mail asked for it. `refreshAt` counts where nothing is planned before it expires. */
  used(policy: Pick<StoredPolicy, 'domain' | 'expiresAt'>, at: number, refreshAt: number): Promise<void>;
  /** Some that are due to be fetched anew; each is given to one relay, and to another if that says nothing more. */
  takeDue(now: number, most: number): Promise<readonly PolicyUse[]>;
  /** A refresh failed. */
  failed(domain: string, failure: RefreshFailure, refreshAt: number): Promise<void>;
  /** All, by their domains. */
  list(): Promise<readonly ListedPolicy[]>;
  /** False if there was none. */
  drop(domain: string): Promise<boolean>;
  /** Makes it due; false if there is none. Rejects if it cannot be read. */
  refreshNow(domain: string): Promise<boolean>;
}

export type ListedPolicy = PolicyUse | { readonly unreadable: string };

type Store = Pick<
  QueueStore,
  'sts' | 'putPolicy' | 'usePolicy' | 'takePolicies' | 'failPolicy' | 'planPolicy' | 'dropPolicy'
>;

/**
 * Strangers choose how many domains have policies. One takes 20 KiB at most and mostly half of one; more than so many have
 * been met by no relay that is known.
 */
const mostPolicies = 50_000;
/** Whoever has taken one has fetched it by then, or has died. */
const takenForMs = 600_000;
/** A newer relay may be able to read it. */
const unreadableForMs = 3_600_000;

export function openStsPolicies(store: Store, most = mostPolicies): StsPolicyStore {
  const { sts } = store;

  async function read(domain: string): Promise<StoredPolicy | undefined> {
    const text = await sts.text(domain);
    if (text === undefined) return undefined;
    const stored = readStoredPolicy(domain, text);
    if (stored !== undefined) return stored;
    throw unreadablePolicy(domain);
  }

  return {
    read,
    async write(policy, refreshAt, by) {
      const { domain, expiresAt, fetchedAt } = policy;
      const text = storedPolicyText(policy);
      const isRefresh = by === 'refresh';
      await store.putPolicy({ domain, text, expiresAt, refreshAt, usedAt: fetchedAt, isRefresh, most });
    },
    async used({ domain, expiresAt }, at, refreshAt) {
      await store.usePolicy({ domain, at, expiresAt, refreshAt });
    },
    async takeDue(now, count) {
      const taken: PolicyUse[] = [];
      for (const facts of await store.takePolicies({ now, again: now + takenForMs, most: count })) {
        const { domain } = facts;
        const use = useOf(facts);
        if (use === undefined) await store.planPolicy({ domain, at: now + unreadableForMs });
        // Once it has expired, what is known of it goes.
        else if (!isWanted(use, now))
          await store.planPolicy({ domain, at: Math.max(now, use.stored.expiresAt) + takenForMs });
        else taken.push(use);
      }
      return taken;
    },
    async failed(domain, failure, refreshAt) {
      await store.failPolicy({ domain, text: JSON.stringify(failure), refreshAt });
    },
    async list() {
      const all: ListedPolicy[] = [];
      for (const domain of (await sts.domains()).toSorted()) {
        const facts = await sts.all(domain);
        if (facts !== undefined) all.push(useOf(facts) ?? { unreadable: domain });
      }
      return all;
    },
    drop: (domain) => store.dropPolicy({ domain }),
    async refreshNow(domain) {
      return (await read(domain)) !== undefined && store.planPolicy({ domain, at: 0 });
    },
  };
}

/** Undefined if it cannot be read. */
function useOf({ domain, text, refreshAt, usedAt, failed }: PolicyFacts): PolicyUse | undefined {
  const stored = readStoredPolicy(domain, text);
  if (stored === undefined) return undefined;
  const failure = failed === undefined ? undefined : readRefreshFailure(failed);
  return {
    stored,
    ...(refreshAt !== undefined && { refreshAt }),
    ...(usedAt !== undefined && { usedAt }),
    ...(failure !== undefined && { failure }),
  };
}

/** Whether it is worth a fetch: an operator has asked for one, or mail goes there. */
function isWanted({ stored, refreshAt, usedAt = stored.fetchedAt }: PolicyUse, now: number): boolean {
  return now < stored.expiresAt && (refreshAt === 0 || now - usedAt < unusedForMs);
}
