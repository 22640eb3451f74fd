import { stackOf } from '../core/error-words.ts';
import type { Log } from '../core/log/log-event.ts';
import { joinLines } from '../core/mail/printable.ts';
import type { Session } from '../core/delivery/session.ts';
import type { HostPolicy } from '../core/tls-policy/host-policy.ts';
import type { WhatIfCase, WhatIfTally } from '../core/what-if/counted.ts';
import { whatIfVerdict, type WhatIfVerdict } from '../core/what-if/verdict.ts';
import { whatIfBug, wouldNotGo } from './log-lines.ts';
import type { Candidate } from './route.ts';

/** A message that a host has taken. */
export interface TakenMail {
  readonly queueId: string;
  /** The next hop whose hosts were tried. */
  readonly destination: string;
  readonly candidate: Candidate | undefined;
  /** All addresses of the destination that are known. */
  readonly candidates: readonly Candidate[];
  /** There are, or may be, addresses beyond these: hosts that could not be looked up, a destination that comes next. */
  readonly hasMore: boolean;
  readonly session: Session;
}

/** Is told of mail that has gone. Never throws, never waits, and has no say in anything. */
export type TellWhatIf = (mail: TakenMail) => void;

export interface WhatIfPorts {
  readonly judge: Parameters<typeof whatIfVerdict>[2];
  readonly tally: Pick<WhatIfTally, 'looked' | 'unknown' | 'add'>;
  readonly count?: (verdict: WhatIfVerdict['kind']) => void;
  readonly log: Log;
  readonly now: () => number;
  /** Calls back in a turn of the event loop of its own: a judgement may take as long as one may. */
  readonly afterTurn: (callback: () => void) => void;
  /** Nothing is told any more: lookups fail because the relay stops, and say nothing about a policy. */
  readonly stopped: AbortSignal;
}

/** Messages whose verdict is waited for. Of more, nobody can say. */
const mostUnderWay = 1_000;
/** Other addresses of a destination that are asked for when the one that took the mail would not have had it. */
const mostOthers = 5;

/** Tries out on real mail what another policy would have made of it. */
export function createWhatIf({
  judge,
  tally,
  count = () => {},
  log,
  now,
  afterTurn,
  stopped,
}: WhatIfPorts): TellWhatIf {
  const verdicts = new WeakMap<
    Session,
    { readonly policy: HostPolicy; readonly verdict: Promise<WhatIfVerdict> }
  >();
  let underWay = 0;
  let lastTurn = Promise.resolve();

  /** Resolves in a turn that no other verdict has: callbacks that are left together would run together. */
  function ownTurn(): Promise<void> {
    lastTurn = lastTurn.then(() => new Promise((resolve) => afterTurn(resolve)));
    return lastTurn;
  }

  async function tryOut(mail: TakenMail): Promise<void> {
    const { candidate, session, queueId, destination } = mail;
    if (candidate === undefined) return;
    const tried = await candidate.whatIf?.();
    if (tried === undefined) return;
    const { level, policy } = tried;
    const verdict: WhatIfVerdict =
      policy === undefined ? { kind: 'unknown', reason: '' } : await verdictOf(policy, mail);
    if (stopped.aborted) return;
    tally.looked(now());
    count(verdict.kind);
    if (verdict.kind === 'unknown') tally.unknown(now());
    if (verdict.kind === 'unknown' || verdict.kind === 'passes') return;
    const { kind, reason } = verdict;
    const one: WhatIfCase = { destination, host: candidate.host, level, verdict: kind, reason };
    log(wouldNotGo(queueId, session.relay, one));
    tally.add(now(), one, queueId);
  }

  /** The same for all mail of a session, as long as the policy is the same. */
  function verdictOf(policy: HostPolicy, mail: TakenMail): Promise<WhatIfVerdict> {
    const known = verdicts.get(mail.session);
    if (known?.policy === policy) return known.verdict;
    const verdict = findVerdict(policy, mail);
    verdicts.set(mail.session, { policy, verdict });
    return verdict;
  }

  async function findVerdict(policy: HostPolicy, mail: TakenMail): Promise<WhatIfVerdict> {
    await ownTurn();
    const { tls, levels } = mail.session;
    const seen = {
      ...(tls !== undefined && {
        tls: { protocol: tls.facts.protocol, ...(tls.chain !== undefined && { chain: tls.chain }) },
      }),
      triedTls: levels?.initial !== 'none',
    };
    const verdict = whatIfVerdict(policy, seen, judge);
    if (verdict.kind !== 'waits') return verdict;
    return (await mayGoElsewhere(mail)) ? { ...verdict, kind: 'elsewhere' } : verdict;
  }

  return (mail) => {
    if (mail.candidate?.whatIf === undefined) return;
    if (underWay >= mostUnderWay) {
      tally.looked(now());
      tally.unknown(now());
      count('unknown');
      return;
    }
    underWay += 1;
    tryOut(mail)
      .catch((error: unknown) => log(whatIfBug(mail.queueId, joinLines(stackOf(error), ' | '))))
      .finally(() => {
        underWay -= 1;
      });
  };
}

/**
 * False only where every other address is known to get no mail under the policy. Another address of the same host
 * counts, too: it may show another certificate.
 */
async function mayGoElsewhere({ candidate, candidates, hasMore }: TakenMail): Promise<boolean> {
  const others = candidates.filter((one) => one !== candidate);
  if (hasMore || others.length > mostOthers) return true;
  for (const other of others) if ((await other.whatIf?.())?.policy?.kind !== 'skip') return true;
  return false;
}
