import type { Lease } from '../core/delivery/lease.ts';
import type { Claim } from '../core/delivery/claim.ts';
import type { ConcurrencyRules, Suspension } from '../core/site/concurrency.ts';
import { tlsNeedOf, type TlsNeed } from '../core/mail/tls-need.ts';
import { isOfAbort } from '../core/when-aborted.ts';
import type { UnderWay } from '../core/delivery/top-row.ts';
import type { Turns } from '../core/turns.ts';
import { Stage } from './stage.ts';
import type { Route } from './route.ts';
import type { Following } from './ports.ts';
import { outcomeStoreOf, startOf, telling } from './attempt-frame.ts';
import { sortInDoubt } from './in-doubt.ts';
import { bestAddresses, openFor, type Opening, type OpeningPorts } from './openings.ts';
import { deferAll, expireAll } from './defer-all.ts';
import { attemptSafely, concludeSafely, type SafePorts } from './safely.ts';
import { sessionPool, type PoolRules } from './session-pool.ts';
import { createEndings, createJobs } from './jobs.ts';
import { createPlaces } from './places.ts';
import type { Pulse } from './pulse.ts';
import { watchSite, type SiteWatch } from './site-watch.ts';
import type { RolloverWatch } from './rollover-watch.ts';
import { createClaimPrefetch, type ClaimPrefetch } from './claim-prefetch.ts';

/** A destination that is served at this moment. */
export interface ServedDestination extends Pick<SiteWatch, 'window'> {
  underWay(): readonly UnderWay[];
}

export interface ServePorts extends SafePorts {
  readonly openings: OpeningPorts;
  findRoute(destination: string, signal: AbortSignal): Promise<Route>;
  /** Another number than before: the operator changed the policy, and routes must be found anew. */
  policyVersion(): number;
  readonly pool: PoolRules;
  readonly pulse: Pulse;
  /** Deliveries to one destination at the same time. */
  readonly concurrency: ConcurrencyRules;
  /** Follows TLSA records that no certificate matches; absent: nobody does. */
  readonly rollover?: Pick<RolloverWatch, 'failed' | 'atWork'>;
  /** Pause after each delivery to a destination; not 0 means that there is one at a time. */
  readonly rateDelayMs: number;
  /** The destinations that are served at this moment, for those who watch. */
  readonly activeDestinations: Map<string, ServedDestination>;
  /** Resolves after `ms`, or at once when `signal` is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Of the event loop, which all destinations share: thousands may go on at once when a backlog is flushed. */
  readonly turns: Turns;
}

/** How soon a run that only waits notices that its place is needed. */
export const LINGER_STEP_MS = 100;
/** How soon it notices mail that has fallen due. */
const LOOK_MS = 1_000;
/** A destination whose hosts have no connection to spare looks again after this. */
const SHUT_OUT_MS = 1_000;
/** So many are deferred at a time where a destination is left alone: enough to be quick, few enough to let others in. */
const DEFERRED_AT_ONCE = 100;

/**
 * Serves a destination until it has nothing due: several deliveries side by side, sessions handed from one to the next,
 * and a little patience at the end for mail that follows. Nothing new is begun once `stopping` is aborted; deliveries
 * under way are brought to their end unless `giveUp` is aborted too.
 */
export async function serveDestination(
  lease: Omit<Lease, 'move'>,
  ports: ServePorts,
  stopping: AbortSignal,
  giveUp: AbortSignal,
): Promise<{ readonly postponeUntil: number; readonly reason?: string } | undefined> {
  const { now, concurrency } = ports;
  const pool = sessionPool(ports.pool, now);
  const site = await watchSite(lease.destination, lease.site, {
    rules: concurrency,
    minimalBackoffMs: ports.conclude.rules.minimalBackoffMs,
    mayBlame: ports.conclude.mayExpire,
    log: ports.log,
    now,
  });
  const prefetch = createClaimPrefetch({
    async take(count, bare) {
      if (bare) await site.lookAgain(busy());
      for (;;) {
        const before = ports.policyVersion();
        const taken = await lease.take(count, bare);
        if (taken === 'lost') return taken;
        if (before === ports.policyVersion()) return taken.filter((mail) => !isReturned(mail));
        // Sorted by settings that were read anew meanwhile: it may belong elsewhere now.
        await lease.release(taken);
      }
    },
    newMail: (ms) => lease.newMail(ms),
  });
  const endings = createEndings();
  const places = createPlaces(endings, () => site.window());
  const busy = (): number => places.taken + places.beside;
  const stages = new Set<Stage>();
  // What was delivered is written down while the session takes the next mail; it is not let run far ahead.
  const conclusions = createEndings();
  const concluding = createJobs(conclusions);
  let route: Route | undefined;
  let foundAt = 0;
  let version = ports.policyVersion();
  let pauseUntil = 0;
  /** There is mail that might be under way, but for want of a connection or of memory. */
  let isHeldUp = false;

  async function work(mail: Claim, current: Route, opening: Opening, following: Following): Promise<void> {
    try {
      await attempted(mail, current, opening.dial, following);
    } finally {
      opening.close();
    }
  }

  async function attempted(
    mail: Claim,
    current: Route,
    dial: Opening['dial'],
    following: Following,
  ): Promise<void> {
    const told = new Set<number>();
    const start = { ...startOf(mail, ports), told };
    const { toTry, attempts: over } = sortInDoubt(mail, ports.deliver);
    const tellingMail = telling(toTry, start, told, ports);
    const tried = toTry.waiting.length === 0 ? [] : await attempt(tellingMail, current, dial, following);
    pauseUntil = now() + ports.rateDelayMs;
    const { kind } = site.learn(tried, busy());
    if (kind === 'trouble') ports.rollover?.failed(lease.destination, tried);
    // A domain that does not exist is no news of its hosts: what waits for them is not given up before its time.
    else if (kind === 'at work' && tried.some(({ answered }) => answered === true))
      ports.rollover?.atWork(lease.destination);
    const store = outcomeStoreOf(mail, kind === 'trouble' ? now() : undefined, lease, site);
    concluding.add(concludeSafely(mail, [...over, ...tried], start, store, ports));
  }

  /** Returns it to its sender if the operator wants that: no host is asked. */
  function isReturned(mail: Claim): boolean {
    if (mail.forceExpired === undefined) return false;
    // The lines of the last attempt were written then.
    const told = new Set(mail.forceExpired.last && mail.waiting.map(({ index }) => index));
    const start = { ...startOf(mail, ports), told };
    const { toTry, attempts: over } = sortInDoubt(mail, ports.deliver);
    const store = outcomeStoreOf(mail, undefined, lease, site);
    concluding.add(concludeSafely(mail, [...over, ...expireAll(toTry, now())], start, store, ports));
    return true;
  }

  /** An attempt that is shown to those who watch. */
  async function attempt(
    mail: Claim,
    current: Route,
    dial: Opening['dial'],
    following: Following,
  ): ReturnType<typeof attemptSafely> {
    const stage = new Stage(mail.message.queueId, now);
    stages.add(stage);
    try {
      const dialInRoom: Opening['dial'] = (...call) => {
        // A session that rests is a connection, too.
        pool.shrink(site.window() - places.taken);
        return dial(...call);
      };
      const means = { pool, ports: { ...ports.deliver, dial: dialInRoom }, signal: giveUp, stage, following };
      return await attemptSafely(mail, current, means, ports);
    } finally {
      stages.delete(stage);
    }
  }

  /** Leaves the destination alone: nobody asks it about this mail. */
  function deferSuspended(mail: Claim, suspension: Suspension): void {
    const start = startOf(mail, ports);
    const { toTry, attempts: over } = sortInDoubt(mail, ports.deliver);
    const store = outcomeStoreOf(mail, suspension.since, lease, site);
    const attempts = [...over, ...deferAll(toTry, suspension, now())];
    concluding.add(concludeSafely(mail, attempts, start, store, ports));
  }

  /** Begins what may begin; false when more would, and cannot now. */
  function begin(window: number, current: Route): boolean {
    const { addresses } = ports.openings;
    for (let mail = prefetch.peek(); mail !== undefined && places.taken < window; mail = prefetch.peek()) {
      const wish = {
        destination: lease.destination,
        hasSession: pool.addresses(tlsNeedOf(mail.message)).length > 0,
        isOnly: places.taken === 0,
      };
      // Others have no connection to that host at all: who has one makes do with what he has.
      if (!wish.hasSession && !wish.isOnly && addresses.areWanted(bestAddresses(current))) return false;
      const opening = openFor(mail, current, wish, { ...ports.deliver, ...ports.openings });
      if (opening === undefined) return false;
      prefetch.draw(1);
      const place = places.enter();
      const need = tlsNeedOf(mail.message);
      const following = { waits: () => mayFollow(window, need), place };
      work(mail, current, opening, following).then(place.end, place.fail);
    }
    return true;
  }

  /** Undefined if the relay gives up during the lookup. */
  async function routeUnlessGivenUp(): Promise<Route | undefined> {
    try {
      return await ports.findRoute(lease.destination, giveUp);
    } catch (error) {
      if (isOfAbort(error, giveUp)) return undefined;
      throw error;
    }
  }

  /** Mail is at hand that would begin now if there were a session more, and could use one of such mail. */
  function mayFollow(window: number, need: TlsNeed): boolean {
    const next = prefetch.peek();
    return (
      !stopping.aborted &&
      ports.rateDelayMs === 0 &&
      next !== undefined &&
      tlsNeedOf(next.message) === need &&
      places.taken >= window &&
      !places.areWanted &&
      // Each that waits for its reply has left its session to one that has a place.
      places.beside < window &&
      version === ports.policyVersion()
    );
  }

  /** Nothing is under way, and all connections that the hosts may have are those of other destinations. */
  function isShutOut(current: Route): boolean {
    if (busy() > 0 || pool.addresses().length > 0) return false;
    const wanted = bestAddresses(current);
    return wanted.length > 0 && ports.openings.addresses.shutOut(wanted);
  }

  /** Sessions that rest are closed where others have none, as long as one is at work. */
  function makeRoom(): boolean {
    if (!ports.openings.addresses.areWanted(pool.addresses())) return false;
    if (places.taken > 0) pool.closeAll();
    return true;
  }

  ports.activeDestinations.set(lease.destination, {
    window: () => site.window(),
    underWay: () => [...stages],
  });
  try {
    while (!stopping.aborted && !prefetch.isLost()) {
      await inTurn(ports.turns);
      isHeldUp = false;
      pool.expire();
      makeRoom();
      if (version !== ports.policyVersion()) {
        version = ports.policyVersion();
        route = undefined;
        // What is at hand was sorted by the settings of before.
        await lease.release(prefetch.draw(Infinity));
        prefetch.refresh();
      }
      const suspension = site.suspension(busy());
      const pauseMs = Math.min(pauseUntil - now(), ports.rateDelayMs);
      if (suspension !== undefined) {
        for (const mail of prefetch.draw(DEFERRED_AT_ONCE - concluding.size)) {
          await inTurn(ports.turns);
          deferSuspended(mail, suspension);
        }
        prefetch.fetch(DEFERRED_AT_ONCE, true);
      } else if (pauseMs > 0 && busy() === 0) {
        await ports.sleep(Math.min(pauseMs, LOOK_MS), stopping);
        continue;
      } else {
        // Nor is one good that was found at a time which the clock has not come to: it was set back.
        if (route === undefined || isStale(route, now()) || now() < foundAt) {
          foundAt = now();
          route = await routeUnlessGivenUp();
          if (route === undefined) return { postponeUntil: now() };
          if (route.kind === 'wait') return { postponeUntil: route.untilMs, reason: route.reason };
          // Nothing begins on a route of settings that were read anew while it was looked up.
          if (version !== ports.policyVersion()) continue;
        }
        // It takes no place while it waits: many may do so, for an address that says nothing.
        if (!prefetch.isEmpty() && isShutOut(route)) return { postponeUntil: now() + SHUT_OUT_MS };
        const window = site.window();
        isHeldUp = !begin(window, route);
        // A destination that has not been seen at work may keep us waiting for minutes: nothing is put by for it.
        prefetch.fetch(site.isProven() ? window : window - places.taken);
        if (prefetch.isEmpty() && places.taken < window && (await site.makeDue(window))) {
          prefetch.refresh();
          continue;
        }
      }
      if (prefetch.isEmpty() && busy() === 0) {
        const others = (): boolean => lease.crowded() || makeRoom();
        if (!(await linger(prefetch, others, ports, site.window()))) break;
        continue;
      }
      const behind = concluding.size >= (suspension === undefined ? concurrency.limit : DEFERRED_AT_ONCE);
      const room = isHeldUp ? ports.sleep(LOOK_MS, stopping) : undefined;
      const ending = behind ? conclusions.next() : endings.next();
      await Promise.race([ending, prefetch.news(), room].filter((event) => event !== undefined));
    }
  } finally {
    for (const jobs of [places, concluding]) await jobs.allEnded();
    pool.closeAll();
    ports.activeDestinations.delete(lease.destination);
    await lease.release(await prefetch.close());
  }
  // A relay that stops leaves the rest for its next start.
  return stopping.aborted ? { postponeUntil: now() } : undefined;
}

/**
 * A moment's patience for mail that follows, as long as nobody else needs the place or the connections; true when there
 * may be some. What was deferred before may fall due meanwhile.
 */
async function linger(
  prefetch: ClaimPrefetch,
  othersWait: () => boolean,
  { pool: { reuse, idleMs }, pulse }: Pick<ServePorts, 'pool' | 'pulse'>,
  count: number,
): Promise<boolean> {
  const patience = reuse ? idleMs : 0;
  for (let left = patience; left > 0 && !othersWait(); left -= LOOK_MS) {
    if (left < patience && (await prefetch.look(count))) return true;
    const others = pulse.until(othersWait);
    try {
      if (await prefetch.linger(Math.min(LOOK_MS, left), others.met)) return true;
    } finally {
      others.end();
    }
  }
  return false;
}

/** Other work that is ready goes on meanwhile, even while there is time: so the time it takes is seen. */
async function inTurn(turns: Turns): Promise<void> {
  const turn = turns.next();
  if (turn !== undefined) await turn;
}

function isStale(route: Route, now: number): boolean {
  return route.kind === 'wait' || route.expiresAt <= now;
}
