import type { Lookup } from '../core/dns/answer.ts';
import { messageOf } from '../core/error-words.ts';
import type { Log } from '../core/log/log-event.ts';
import { createFetchMemory, type Fetched } from '../core/sts/fetch-memory.ts';
import type { PolicyUse, RefreshFailure, StoredPolicy } from '../core/sts/known-policy.ts';
import type { KnownPolicy, StsFinding, StsTrouble } from '../core/sts/sts-finding.ts';
import { stsRecordName } from '../core/sts/sts-record.ts';
import {
  afterFailedFetch,
  nextRefresh,
  stsStep,
  txtLifeMs,
  txtState,
  type StsStep,
} from '../core/sts/sts-step.ts';
import { whenAborted } from '../core/when-aborted.ts';
import { policyFetched, policyTrouble } from './log-lines.ts';

/** Where policies are kept: shared by all relays of a queue, and as durable as the queue. */
export interface StsStore {
  read(domain: string): Promise<StoredPolicy | undefined>;
  /** @param refreshAt epoch ms, as below */
  write(policy: StoredPolicy, refreshAt: number): Promise<void>;
  /** Mail asked for it. */
  used(domain: string, at: number, refreshAt: number): Promise<void>;
  failed(domain: string, failure: RefreshFailure, refreshAt: number): Promise<void>;
}

export interface FinderPorts {
  readonly store: StsStore;
  /** Within the time of `signal`. Never rejects. */
  readonly fetch: (domain: string, signal: AbortSignal) => Promise<Fetched>;
  readonly log: Log;
  /** Is told of every fetch. */
  readonly fetched?: (outcome: Fetched) => void;
  readonly now: () => number;
  readonly dice: () => number;
  /** For which mail waits, if there is no policy yet. */
  readonly timeoutMs: number;
  /** For a fetch that nobody waits for. */
  readonly refreshTimeoutMs: number;
  /** Fetches under way. */
  readonly atOnce: number;
}

export interface StsFinder {
  /** The policy of a domain, as it applies to mail now. Rejects only when aborted. */
  find(domain: string, lookup: Lookup, signal?: AbortSignal): Promise<StsFinding>;
  /** Fetches a policy that is known, whatever its record says (RFC 8461 §3.3). Never rejects because of the domain. */
  refresh(known: PolicyUse): Promise<void>;
  /** Ends what is under way. */
  close(): void;
}

/** After a refresh that failed, as long as the policy has not expired. */
const retryMs = 3_600_000;

/**
 * Finds the MTA-STS policies of domains (RFC 8461): TXT record, policy file, and what is stored of earlier fetches. Policy
 * hosts are strangers: each domain has one fetch under way, all together `atOnce`, and mail of other domains does not
 * wait for them.
 */
export function createStsFinder(ports: FinderPorts): StsFinder {
  const { store, log, now, dice } = ports;
  const memory = createFetchMemory();
  const closing = new AbortController();
  const flights = new Map<string, Promise<Fetched>>();
  const queue: (() => void)[] = [];
  let running = 0;

  /** One fetch of each domain at a time; who comes meanwhile shares its outcome. */
  function fetchOnce(domain: string, timeoutMs: number): Promise<Fetched> {
    const known = flights.get(domain);
    if (known !== undefined) return known;
    const flight = inTurn(async () => {
      const outcome = await ports.fetch(
        domain,
        AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]),
      );
      memory.note(domain, outcome, now());
      ports.fetched?.(outcome);
      return outcome;
    }).finally(() => flights.delete(domain));
    flights.set(domain, flight);
    return flight;
  }

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= ports.atOnce) await new Promise<void>((resolve) => queue.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  }

  async function keep(domain: string, known: KnownPolicy, before: StoredPolicy | undefined): Promise<void> {
    const isNew = before?.id !== known.id || before.policy.mode !== known.policy.mode;
    const hasChanged = isNew || before.policy.lines.join('\n') !== known.policy.lines.join('\n');
    if (hasChanged) log(policyFetched(domain, known));
    // RFC 8461 §3.2: with max_age 0 it holds for this mail alone.
    if (known.expiresAt <= now()) return;
    await store.write({ domain, ...known }, nextRefresh(known, dice()));
  }

  function knownFrom(policy: KnownPolicy['policy'], id: string): KnownPolicy {
    const fetchedAt = now();
    return { policy, id, fetchedAt, expiresAt: fetchedAt + policy.maxAge * 1_000 };
  }

  async function fetchFor(
    domain: string,
    id: string,
    stored: StoredPolicy | undefined,
  ): Promise<Extract<StsStep, { kind: 'applies' }>> {
    const instead = memory.outcomeInstead(domain, now());
    const outcome = instead ?? (await fetchOnce(domain, ports.timeoutMs));
    if (outcome.kind === 'trouble') return afterFailedFetch(stored, outcome.trouble, now());
    const known = knownFrom(outcome.policy, id);
    if (instead === undefined) await keep(domain, known, stored);
    return { kind: 'applies', known };
  }

  function told(domain: string, trouble: StsTrouble | undefined, known: KnownPolicy | undefined): void {
    if (trouble !== undefined && memory.isNews(domain, trouble.code, now()))
      log(policyTrouble(domain, trouble, known));
  }

  /** Once an hour: whether anybody still sends mail there. */
  async function noteUse(domain: string, known: KnownPolicy): Promise<void> {
    if (known.expiresAt <= now() || !memory.isNews(domain, 'used', now())) return;
    await store.used(domain, now(), nextRefresh(known, dice()));
  }

  async function look(domain: string, lookup: Lookup, signal: AbortSignal | undefined): Promise<StsFinding> {
    const asked = lookup(stsRecordName(domain), 'TXT', signal);
    const [answer, stored] = await Promise.all([asked, store.read(domain)]);
    const step = stsStep(stored, txtState(answer), now());
    const applies = step.kind === 'fetch' ? await fetchFor(domain, step.id, stored) : step;
    const { known, trouble } = applies;
    told(domain, trouble, known);
    if (known !== undefined) await noteUse(domain, known);
    return {
      kind: 'found',
      domain,
      ...(known !== undefined && { known }),
      ...(trouble !== undefined && { trouble }),
      until: now() + txtLifeMs(answer),
    };
  }

  return {
    async find(domain, lookup, signal) {
      const looking = look(domain, lookup, signal).catch((error: unknown): StsFinding => {
        signal?.throwIfAborted();
        return { kind: 'failed', domain, detail: messageOf(error) };
      });
      return signal === undefined ? looking : unlessAborted(looking, signal);
    },
    async refresh({ stored, failure }) {
      const { domain, id } = stored;
      const outcome = await fetchOnce(domain, ports.refreshTimeoutMs);
      if (outcome.kind === 'policy') return keep(domain, knownFrom(outcome.policy, id), stored);
      const { trouble } = outcome;
      // A domain that has switched MTA-STS off takes its policy file away in the end.
      if (stored.policy.mode !== 'none') log(policyTrouble(domain, trouble, stored));
      const failed = { times: (failure?.times ?? 0) + 1, at: now(), detail: trouble.detail };
      await store.failed(domain, failed, now() + Math.round(retryMs * (0.75 + 0.5 * dice())));
    },
    close: () => closing.abort(),
  };
}

/** The work goes on for others that share it. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const release = whenAborted(signal, () => reject(signal.reason as Error));
    work.then(resolve, reject).finally(release);
  });
}
