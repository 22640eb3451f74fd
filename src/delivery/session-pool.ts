import type { Session } from '../core/delivery/session.ts';
import type { TlsNeed } from '../core/mail/tls-need.ts';
import type { Candidate, FoundRoute } from './route.ts';

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
   * the same (level, SNI, names, TLSA records). One made under another policy is closed, never used. One that is right
   * for other mail, and not for this, stays.
   *
   * @param need what this mail asks of TLS
   */
  take(route: FoundRoute, need?: TlsNeed): Promise<Session | undefined>;
  /** Gives a session back; true if it is kept, else it is closed. `reuse` counts for more than the rules. */
  give(session: Session, reuse?: boolean): boolean;
  /** Closes what was idle for too long; the number of sessions that remain. */
  expire(): number;
  /** Closes what rests longest, until so many remain. */
  shrink(most: number): void;
  /** Where sessions are waiting for work. @param need of mail; absent: any */
  addresses(need?: TlsNeed): readonly string[];
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
    async take(route, need = 'usual') {
      const forOthers: typeof idle = [];
      try {
        for (let entry = idle.pop(); entry !== undefined; entry = idle.pop()) {
          const { session, since } = entry;
          const rested = isPast(since, rules.idleMs);
          const isGood = !rested && !isWorn(session) && session.usable();
          let fit: Fit = 'wrong';
          try {
            if (isGood) fit = await fitOf(session, route, need);
          } finally {
            // Nobody else knows it any more, should there be no policy.
            if (fit === 'wrong') session.close();
          }
          if (fit === 'right') return session;
          if (fit === 'for others') forOthers.push(entry);
        }
        return undefined;
      } finally {
        if (forOthers.length > 0) idle.push(...forOthers.toReversed());
      }
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
    addresses: (need) =>
      idle.flatMap(({ session }) => (need === undefined || mayFit(session, need) ? [session.address] : [])),
    closeAll() {
      for (const { session } of idle) session.close();
      idle = [];
    },
  };
}

/** Whether a session is what a route would make for some mail today, or for other mail only, or for none. */
type Fit = 'right' | 'for others' | 'wrong';

async function fitOf(session: Session, route: FoundRoute, need: TlsNeed): Promise<Fit> {
  const candidate = route.candidates.find(
    ({ host, address }) => host === session.host && address === session.address,
  );
  if (candidate === undefined) return 'wrong';
  const madeFor = needBehind(session);
  if (!(await isMadeBy(candidate, madeFor, session))) return 'wrong';
  if (need === madeFor) return 'right';
  return mayFit(session, need) && (await isMadeBy(candidate, need, session)) ? 'right' : 'for others';
}

async function isMadeBy(candidate: Candidate, need: TlsNeed, { policyKey }: Session): Promise<boolean> {
  const policy = await candidate.policy(need);
  return policy.kind === 'use' && policy.key === policyKey;
}

/** Whether a session could carry such mail. What was made for a wish to do without a proof is for that wish alone. */
function mayFit(session: Session, need: TlsNeed): boolean {
  const madeFor = needBehind(session);
  if (madeFor !== 'usual') return need === madeFor;
  return need !== 'required' || session.requireTls === 'requiretls';
}

/** What the mail asked of TLS for which a session was made. */
function needBehind({ lowered, relaxed }: Session): Exclude<TlsNeed, 'required'> {
  if (lowered) return 'optional';
  return relaxed ? 'relaxed' : 'usual';
}
