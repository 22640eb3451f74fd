import type { Session } from '../core/delivery/session.ts';
import type { FoundRoute } from './route.ts';

export interface PoolRules {
  /** False: every session ends after one message. */
  readonly reuse: boolean;
  /** A session that served nobody for this long is closed. */
  readonly idleMs: number;
  /** A session older than this serves nobody again. */
  readonly ageMs: number;
  /** Messages a session may serve; 0 for any number. */
  readonly count: number;
}

/** The open sessions of one destination that are waiting for work. */
export interface SessionPool {
  /**
   * A session that this route would make in the same way today: same host and address, and a policy that says exactly
   * the same (level, SNI, names, TLSA records). One made under another policy is closed, never used.
   */
  take(route: FoundRoute): Promise<Session | undefined>;
  /** Gives a session back; true if it is kept, else it is closed. `reuse` counts for more than the rules. */
  give(session: Session, reuse?: boolean): boolean;
  /** Closes what was idle for too long; the number of sessions that remain. */
  expire(): number;
  /** Closes what rests longest, until so many remain. */
  shrink(most: number): void;
  /** Where sessions are waiting for work. */
  addresses(): readonly string[];
  closeAll(): void;
}

export function sessionPool(rules: PoolRules, now: () => number): SessionPool {
  // The latest comes back first: under little load the others grow old and go.
  let idle: { readonly session: Session; readonly since: number }[] = [];

  /** Nobody knows how long ago a time is that lies ahead: the clock was set back. */
  function isPast(since: number, ms: number): boolean {
    return now() - since >= ms || now() < since;
  }

  function isWorn({ uses, openedAt }: Session): boolean {
    return (rules.count > 0 && uses >= rules.count) || isPast(openedAt, rules.ageMs);
  }

  return {
    async take(route) {
      for (let entry = idle.pop(); entry !== undefined; entry = idle.pop()) {
        const { session, since } = entry;
        const rested = isPast(since, rules.idleMs);
        if (!rested && !isWorn(session) && session.usable() && (await stillRight(session, route)))
          return session;
        session.close();
      }
      return undefined;
    },
    give(session, reuse = rules.reuse) {
      const isKept = reuse && session.usable() && !isWorn(session);
      if (isKept) idle.push({ session, since: now() });
      else session.close();
      return isKept;
    },
    expire() {
      if (idle.length === 0) return 0;
      const stale = idle.filter(({ session, since }) => isPast(since, rules.idleMs) || !session.usable());
      if (stale.length > 0) idle = idle.filter((entry) => !stale.includes(entry));
      for (const { session } of stale) session.close();
      return idle.length;
    },
    shrink(most) {
      const surplus = idle.splice(0, Math.max(0, idle.length - Math.max(0, most)));
      for (const { session } of surplus) session.close();
    },
    addresses: () => idle.map(({ session }) => session.address),
    closeAll() {
      for (const { session } of idle) session.close();
      idle = [];
    },
  };
}

async function stillRight(session: Session, route: FoundRoute): Promise<boolean> {
  const candidate = route.candidates.find(
    ({ host, address }) => host === session.host && address === session.address,
  );
  if (candidate === undefined) return false;
  const policy = await candidate.policy();
  return policy.kind === 'use' && policy.key === session.policyKey;
}
