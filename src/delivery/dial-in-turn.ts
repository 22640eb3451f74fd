import type { Trouble } from '../core/mail/status.ts';
import type { SkippedHost, UsableHost } from '../core/tls-policy/host-policy.ts';
import type { TlsNeed } from '../core/mail/tls-need.ts';
import { whenAborted } from '../core/when-aborted.ts';
import type { Candidate } from './route.ts';
import type { Connection, DeliverPorts } from './ports.ts';

/** What became of one address whose turn it was. */
export type Turn =
  | {
      readonly kind: 'skipped';
      readonly candidate: Candidate;
      readonly policy: SkippedHost;
      readonly more: boolean;
    }
  | {
      readonly kind: 'unreachable';
      readonly candidate: Candidate;
      readonly policy: UsableHost;
      readonly status: Trouble;
      readonly more: boolean;
    }
  | {
      readonly kind: 'reached';
      readonly candidate: Candidate;
      readonly policy: UsableHost;
      readonly connection: Connection;
      /** Whether there are addresses that were not tried yet. */
      readonly more: boolean;
    };

type Ports = Pick<DeliverPorts, 'dial' | 'reachability' | 'headStartMs'>;

interface Call {
  readonly candidate: Candidate;
  readonly policy: UsableHost;
  /** 1 for the first. */
  readonly nth: number;
  readonly hangUp: AbortController;
  readonly outcome: Promise<{ readonly call: Call; readonly dialled: Awaited<ReturnType<Ports['dial']>> }>;
}

/**
 * Dials the addresses of a route in turn. If one does not answer at once, the next address of the same preference is
 * dialled too after a head start (RFC 8305 §5), and the first that answers is used, under its own policy. The policy of
 * each host is found before it is dialled. A host is never dialled while more preferred ones may answer (RFC 5321
 * §5.1). Connections that are not needed are closed when the iteration ends.
 */
export async function* dialInTurn(
  candidates: readonly Candidate[],
  { dial, reachability, headStartMs }: Ports,
  signal: AbortSignal,
  need: TlsNeed = 'usual',
): AsyncGenerator<Turn, void, void> {
  let waiting = [...reachability.order(candidates)];
  const calls = new Set<Call>();
  let nth = 0;
  const more = (): boolean => waiting.length > 0 || calls.size > 0;

  try {
    while (more()) {
      const [next] = waiting;
      if (next !== undefined && (calls.size === 0 || (await headStartIsOver(calls, next, headStartMs)))) {
        waiting = waiting.slice(1);
        const policy = await next.policy(need);
        if (policy.kind === 'skip') yield { kind: 'skipped', candidate: next, policy, more: more() };
        else calls.add(call({ candidate: next, policy, nth: (nth += 1) }, dial, signal));
        continue;
      }
      const { call: done, dialled } = await Promise.race([...calls].map(({ outcome }) => outcome));
      calls.delete(done);
      const { candidate, policy } = done;
      if (dialled.kind === 'trouble') {
        if (dialled.silent) reachability.note(candidate, 'silent');
        yield { kind: 'unreachable', candidate, policy, status: dialled.status, more: more() };
        continue;
      }
      reachability.note(candidate, 'answered');
      // The addresses that were dialled earlier may still answer when this one fails.
      for (const other of calls) if (other.nth < done.nth) reachability.note(other.candidate, 'silent');
      waiting = [...[...calls].map((one) => one.candidate), ...waiting];
      await hangUpAll(calls);
      yield { kind: 'reached', candidate, policy, connection: dialled.connection, more: more() };
    }
  } finally {
    await hangUpAll(calls);
  }
}

function call(
  called: Pick<Call, 'candidate' | 'policy' | 'nth'>,
  dial: Ports['dial'],
  signal: AbortSignal,
): Call {
  const hangUp = new AbortController();
  const release = whenAborted(signal, () => hangUp.abort());
  const outcome = dial(called.candidate, hangUp.signal)
    .finally(release)
    .then((dialled) => ({ call: made, dialled }));
  const made: Call = { ...called, hangUp, outcome };
  return made;
}

/** True when none has answered within the head start and `next` has the same preference. */
async function headStartIsOver(calls: ReadonlySet<Call>, next: Candidate, ms: number): Promise<boolean> {
  if ([...calls].some(({ candidate }) => candidate.preference !== next.preference)) return false;
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<true>((resolve) => {
    timer = setTimeout(() => resolve(true), ms);
  });
  const answered = Promise.race([...calls].map(({ outcome }) => outcome)).then(() => false);
  const result = await Promise.race([answered, over]);
  clearTimeout(timer);
  return result;
}

/** A connection that is made at this very moment is closed as well. */
async function hangUpAll(calls: Set<Call>): Promise<void> {
  const all = [...calls];
  calls.clear();
  for (const { hangUp } of all) hangUp.abort();
  for (const { dialled } of await Promise.all(all.map(({ outcome }) => outcome))) {
    if (dialled.kind === 'open') dialled.connection.close();
  }
}
