import type { Lookup } from '../core/dns/answer.ts';
import { messageOf } from '../core/error-words.ts';
import type { Log } from '../core/log/log-event.ts';
import { createFetchMemory, type Fetched } from '../core/sts/fetch-memory.ts';
import type { PolicyUse, RefreshFailure, StoredPolicy } from '../core/sts/known-policy.ts';
import type { KnownPolicy, StsFinding, StsTrouble } from '../core/sts/sts-finding.ts';
import { fetchError } from '../core/sts/policy-reply.ts';
import { stsRecordName } from '../core/sts/sts-record.ts';
import {
  afterFailedFetch,
  nextRefresh,
  nextRetry,
  stsStep,
  txtLifeMs,
  txtState,
  withoutFetch,
  type Applies,
} from '../core/sts/sts-step.ts';
import { abortWith, whenAborted } from '../core/when-aborted.ts';
import { policyFetched, policyTrouble } from './log-lines.ts';
import { createPlaces } from './places.ts';

/** Where policies are kept: shared by all relays of a queue, and as durable as the queue. */
export interface StsStore {
  read(domain: string): Promise<StoredPolicy | undefined>;
  /** @param by what has come of a refresh replaces a policy, and puts none where an operator has dropped it */
  write(policy: StoredPolicy, refreshAt: number, by: 'mail' | 'refresh'): Promise<void>;
  /** Mail asked for it. `refreshAt` (epoch ms) counts where nothing is planned before it expires. */
  used(policy: Pick<StoredPolicy, 'domain' | 'expiresAt'>, at: number, refreshAt: number): Promise<void>;
  failed(domain: string, failure: RefreshFailure, refreshAt: number): Promise<void>;
  drop(domain: string): Promise<unknown>;
}

export interface FinderPorts {
  readonly store: StsStore;
  /** Within the time of `signal`. Never rejects. */
  readonly fetch: (domain: string, signal: AbortSignal) => Promise<Fetched>;
  readonly log: Log;
  /** Told of errors that nobody may hear of otherwise: those of a store that is away are no news, others are bugs. */
  readonly trouble: (error: unknown) => void;
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
  /**
   * Ends what is under way. Whoever waits, and whoever comes later, hears that nobody knows: a fetch that the relay has
   * ended itself says nothing about the domain.
   */
  close(): void;
}

/** On whose behalf a policy is fetched. */
type Wish = 'mail' | 'refresh';

interface Flight {
  readonly id: string;
  readonly landed: Promise<Landing>;
  /** False while it waits for a place. */
  hasBegun: boolean;
  waiters: number;
  /** Ends it before it has begun. */
  readonly abandoned: AbortController;
}

/** A policy that was fetched and stored, or why not. */
type Landing =
  | { readonly kind: 'known'; readonly known: KnownPolicy }
  | Extract<Fetched, { kind: 'trouble' }>;

/** What mail hears: `not asked` where the policy host has not had the time that it should have had. */
type Heard = Landing | { readonly kind: 'not asked' };

const notAsked = 'its policy host could not be asked in time, because of other fetches';

const timedOut: Landing = { kind: 'trouble', trouble: fetchError('timeout', 'no answer in time') };

/**
 * Finds the MTA-STS policies of domains (RFC 8461): TXT record, policy file, and what is stored of earlier fetches. Policy
 * hosts are strangers: each domain has one fetch under way, all together `atOnce`. Mail whose policy host could not be
 * asked because of others is not sent as if there were no policy.
 */
export function createStsFinder(ports: FinderPorts): StsFinder {
  const { store, log, now, dice } = ports;
  const memory = createFetchMemory();
  const closing = new AbortController();
  const flights = new Map<string, Flight>();
  const places = createPlaces(ports.atOnce);

  /** One fetch of each domain at a time; who wants the same id meanwhile shares what comes of it. */
  function take(domain: string, id: string, stored: StoredPolicy | undefined, by: Wish): Flight {
    const abandoned = new AbortController();
    const work = (): Promise<Landing> => {
      flight.hasBegun = true;
      return fetchAndKeep(domain, id, stored, by);
    };
    const flight: Flight = {
      id,
      hasBegun: false,
      waiters: 0,
      abandoned,
      get landed() {
        return landed;
      },
    };
    const landed = places.withPlace(work, abandoned.signal).finally(() => {
      if (flights.get(domain) === flight) flights.delete(domain);
    });
    flights.set(domain, flight);
    // Those who wait hear of it, if they still do.
    landed.catch((error: unknown) => {
      if (!closing.signal.aborted && !abandoned.signal.aborted) ports.trouble(error);
    });
    return flight;
  }

  /** What came of it, or `late`. A fetch that has not begun goes with the last who waits for it; others are for those who come later. */
  async function waitFor<T = never>(domain: string, flight: Flight, late?: Promise<T>): Promise<Landing | T> {
    flight.waiters += 1;
    try {
      return await (late === undefined ? flight.landed : Promise.race([flight.landed, late]));
    } finally {
      flight.waiters -= 1;
      if (flight.waiters === 0 && !flight.hasBegun) {
        flights.delete(domain);
        flight.abandoned.abort(new Error('nobody waits for it'));
      }
    }
  }

  async function fetchAndKeep(domain: string, id: string, before: StoredPolicy | undefined, by: Wish) {
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), timeoutOf(by));
    const release = abortWith(closing.signal, over);
    const outcome = await ports.fetch(domain, over.signal).finally(() => {
      clearTimeout(timer);
      release();
    });
    closing.signal.throwIfAborted();
    memory.note(domain, outcome, now());
    ports.fetched?.(outcome);
    if (outcome.kind === 'trouble') return outcome;
    const known = knownFrom(outcome.policy, id);
    await keep(domain, known, before, by);
    return { kind: 'known', known } as const;
  }

  function timeoutOf(by: Wish): number {
    return by === 'mail' ? ports.timeoutMs : ports.refreshTimeoutMs;
  }

  /** For mail. After a fetch for another id it is asked again whether there may be one. */
  async function landingFor(
    domain: string,
    id: string,
    stored: StoredPolicy | undefined,
    late: Promise<'late'>,
  ): Promise<Heard> {
    for (let isFirst = true; ; isFirst = false) {
      const instead = memory.outcomeInstead(domain, now());
      if (instead?.kind === 'trouble') return instead;
      if (instead !== undefined) return { kind: 'known', known: knownFrom(instead.policy, id) };
      const flight = flights.get(domain) ?? take(domain, id, stored, 'mail');
      const hasWholeTime = isFirst && flight.hasBegun;
      if (flight.id === id) {
        const landing = await waitFor(domain, flight, late);
        if (landing !== 'late') return landing;
        return hasWholeTime ? timedOut : { kind: 'not asked' };
      }
      const other = await waitFor(domain, flight, late).catch(() => undefined);
      closing.signal.throwIfAborted();
      if (other === 'late') return { kind: 'not asked' };
    }
  }

  /** Mail waits so long and no longer, for its turn as well. What is fetched later is stored for others. */
  async function landingInTime(
    domain: string,
    id: string,
    stored: StoredPolicy | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Heard> {
    let timer: NodeJS.Timeout | undefined;
    let release: (() => void) | undefined;
    const late = new Promise<'late'>((resolve, reject) => {
      timer = setTimeout(() => resolve('late'), ports.timeoutMs);
      if (signal !== undefined) release = whenAborted(signal, () => reject(signal.reason as Error));
    });
    late.catch(() => {});
    try {
      return await landingFor(domain, id, stored, late);
    } finally {
      clearTimeout(timer);
      release?.();
    }
  }

  async function keep(
    domain: string,
    known: KnownPolicy,
    before: StoredPolicy | undefined,
    by: Wish,
  ): Promise<void> {
    const isNew = before?.id !== known.id || before.policy.mode !== known.policy.mode;
    const hasChanged = isNew || before.policy.lines.join('\n') !== known.policy.lines.join('\n');
    if (hasChanged) log(policyFetched(domain, known));
    // RFC 8461 §3.2: with max_age 0 it holds for this mail alone; the one before it no longer holds.
    if (known.expiresAt <= now()) {
      if (before !== undefined) await store.drop(domain);
      return;
    }
    await store.write({ domain, ...known }, nextRefresh(known, dice()), by);
  }

  function knownFrom(policy: KnownPolicy['policy'], id: string): KnownPolicy {
    const fetchedAt = now();
    return { policy, id, fetchedAt, expiresAt: fetchedAt + policy.maxAge * 1_000 };
  }

  /** Undefined if it could not be fetched for reasons of this relay, and nothing else is known. */
  async function fetchFor(
    domain: string,
    id: string,
    stored: StoredPolicy | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Applies | undefined> {
    const heard = await landingInTime(domain, id, stored, signal);
    switch (heard.kind) {
      case 'known':
        return { kind: 'applies', known: heard.known };
      case 'trouble':
        return afterFailedFetch(stored, heard.trouble, now());
      case 'not asked':
        return withoutFetch(stored, now());
    }
  }

  function told(domain: string, trouble: StsTrouble | undefined, known: KnownPolicy | undefined): void {
    if (trouble !== undefined && memory.isNews(domain, trouble.code, now()))
      log(policyTrouble(domain, trouble, known));
  }

  /** Once an hour: whether anybody still sends mail there. No mail waits because that cannot be noted. */
  async function noteUse(domain: string, known: KnownPolicy): Promise<void> {
    const { expiresAt } = known;
    if (expiresAt <= now() || !memory.isNews(domain, 'used', now())) return;
    try {
      await store.used({ domain, expiresAt }, now(), nextRefresh(known, dice()));
    } catch (error) {
      memory.isNoNews(domain, 'used');
      ports.trouble(error);
    }
  }

  async function look(domain: string, lookup: Lookup, signal: AbortSignal | undefined): Promise<StsFinding> {
    const asked = lookup(stsRecordName(domain), 'TXT', signal);
    const [answer, stored] = await Promise.all([asked, store.read(domain)]);
    const step = stsStep(stored, txtState(answer), now());
    const applies = step.kind === 'fetch' ? await fetchFor(domain, step.id, stored, signal) : step;
    closing.signal.throwIfAborted();
    if (applies === undefined) return { kind: 'failed', domain, detail: notAsked };
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
      const flight = flights.get(domain) ?? take(domain, id, stored, 'refresh');
      let landing: Landing;
      try {
        landing = await waitFor(domain, flight);
      } catch (error) {
        if (closing.signal.aborted) return;
        throw error;
      }
      if (landing.kind === 'known') return;
      const { trouble } = landing;
      // A domain that has switched MTA-STS off takes its policy file away in the end.
      if (stored.policy.mode !== 'none') log(policyTrouble(domain, trouble, stored));
      const failed = { times: (failure?.times ?? 0) + 1, at: now(), detail: trouble.detail };
      await store.failed(domain, failed, nextRetry(stored, failed, dice()));
    },
    close: () => closing.abort(new Error('the relay is stopping')),
  };
}

/** The work goes on for others that share it. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const release = whenAborted(signal, () => reject(signal.reason as Error));
    work.then(resolve, reject).finally(release);
  });
}
