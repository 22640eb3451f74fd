import {
  readRefreshFailure,
  readStoredPolicy,
  storedPolicyText,
  type PolicyUse,
  type RefreshFailure,
  type StoredPolicy,
} from '../../core/sts/known-policy.ts';
import type { QueueStore } from '../store/queue-store.ts';

/** The MTA-STS policies that the relays of a queue know. They outlive restarts. Calls reject with QueueError. */
export interface StsPolicyStore {
  /** Undefined if there is none, or none that has not expired. */
  read(domain: string): Promise<StoredPolicy | undefined>;
  /** In place of the one before, until it expires. */
  write(policy: StoredPolicy, refreshAt: number): Promise<void>;
  /** Mail asked for it. `refreshAt` counts where nothing is planned. */
  used(domain: string, at: number, refreshAt: number): Promise<void>;
  /** Some that are due to be fetched anew; each is given to one relay, which plans what comes next. */
  takeDue(now: number, most: number): Promise<readonly PolicyUse[]>;
  /** A refresh failed. */
  failed(domain: string, failure: RefreshFailure, refreshAt: number): Promise<void>;
  /** All, by their domains. */
  list(): Promise<readonly PolicyUse[]>;
  /** False if there was none. */
  drop(domain: string): Promise<boolean>;
  /** Makes it due; false if there is none. */
  refreshNow(domain: string): Promise<boolean>;
}

type Store = Pick<QueueStore, 'sts'>;

export function openStsPolicies({ sts }: Store): StsPolicyStore {
  async function useOf(domain: string): Promise<PolicyUse | undefined> {
    const { text, refreshAt, usedAt, failed } = await sts.all(domain);
    const stored = text === undefined ? undefined : readStoredPolicy(domain, text);
    if (stored === undefined) return undefined;
    const failure = failed === undefined ? undefined : readRefreshFailure(failed);
    return {
      stored,
      ...(refreshAt !== undefined && { refreshAt }),
      ...(usedAt !== undefined && { usedAt }),
      ...(failure !== undefined && { failure }),
    };
  }

  return {
    async read(domain) {
      const text = await sts.text(domain);
      return text === undefined ? undefined : readStoredPolicy(domain, text);
    },
    write: (policy, refreshAt) =>
      sts.put(policy.domain, storedPolicyText(policy), policy.expiresAt, refreshAt),
    used: (domain, at, refreshAt) => sts.used(domain, at, refreshAt),
    async takeDue(now, most) {
      const taken: PolicyUse[] = [];
      for (const { domain, refreshAt } of await sts.due(now, most)) {
        if (!(await sts.claim(domain))) continue;
        const use = await useOf(domain);
        // One that has expired is gone, and what was known of it goes, too.
        if (use === undefined) await sts.forget(domain);
        else taken.push({ ...use, refreshAt });
      }
      return taken;
    },
    failed: (domain, failure, refreshAt) => sts.failed(domain, JSON.stringify(failure), refreshAt),
    async list() {
      const all: PolicyUse[] = [];
      for (const domain of await sts.domains()) {
        const use = await useOf(domain);
        if (use !== undefined) all.push(use);
      }
      return all.toSorted((a, b) => (a.stored.domain < b.stored.domain ? -1 : 1));
    },
    drop: (domain) => sts.forget(domain),
    async refreshNow(domain) {
      if ((await sts.text(domain)) === undefined) return false;
      await sts.plan(domain, 0);
      return true;
    },
  };
}
