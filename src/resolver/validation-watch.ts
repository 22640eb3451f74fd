import type { Answer, Lookup } from '../core/dns/answer.ts';
import type { DnssecProbe } from '../core/dns/dnssec-probe.ts';

/** Whether the resolver validates, and what an operator needs to know about it. */
export interface ValidationState {
  readonly validating: boolean;
  /** It answered the last probe, signed or not. */
  readonly answering: boolean;
  /** One line: what is the matter, what it means, what to do. */
  readonly reason: string;
  /** Epoch ms at which it became so. */
  readonly sinceMs: number;
}

export interface WatchOptions {
  /** Uncached. */
  readonly lookup: Lookup;
  readonly probe: DnssecProbe;
  /** Between two probes while all is well. */
  readonly intervalMs: number;
  /** Epoch ms. */
  readonly now: () => number;
  /** Called after the first probe, and then once for every change. */
  readonly onChange: (state: ValidationState) => void;
}

export interface ValidationWatch {
  state(): ValidationState;
  /** The state, from a new probe if the last success is older than `maxAgeMs` or the last probe was none. */
  check(maxAgeMs: number): Promise<ValidationState>;
  stop(): void;
}

/** While the resolver does not validate: a second after the first bad probe, then ever later up to this. */
const maxRecheckMs = 5000;
const firstRecheckMs = 1000;

type Finding = 'validates' | 'does not validate' | 'does not answer';

/**
 * Asks at once and then again and again for a record that is certainly signed, so that a resolver which lost its
 * DNSSEC (RFC 7672 §2.1.1) is noticed before every signed domain looks like an unsigned one.
 */
export function startValidationWatch(options: WatchOptions): ValidationWatch {
  const { now, probe } = options;
  const stopped = new AbortController();
  let finding: Finding | undefined;
  let state: ValidationState = {
    validating: false,
    answering: false,
    reason: 'not probed yet',
    sinceMs: now(),
  };
  let succeededAt = -Infinity;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<ValidationState> | undefined;

  function conclude(answer: Answer<unknown>): void {
    const next = judge(answer);
    failures = next === 'validates' ? 0 : failures + 1;
    if (next === 'validates') succeededAt = now();
    if (next === finding) return;
    finding = next;
    state = {
      validating: next === 'validates',
      answering: next !== 'does not answer',
      reason: words(next, answer, probe),
      sinceMs: now(),
    };
    options.onChange(state);
  }

  async function probeOnce(): Promise<ValidationState> {
    clearTimeout(timer);
    try {
      conclude(await options.lookup(probe.name, probe.type, stopped.signal));
    } catch (error) {
      if (!stopped.signal.aborted) throw error;
    }
    if (!stopped.signal.aborted) plan();
    return state;
  }

  function plan(): void {
    const waitMs =
      failures === 0
        ? options.intervalMs
        : Math.min(firstRecheckMs * failures, maxRecheckMs, options.intervalMs);
    timer = setTimeout(() => void run(), waitMs);
    timer.unref();
  }

  function run(): Promise<ValidationState> {
    running ??= probeOnce().finally(() => {
      running = undefined;
    });
    return running;
  }

  void run();
  return {
    state: () => state,
    check: async (maxAgeMs) => {
      const fresh = state.validating && now() - succeededAt <= maxAgeMs;
      return fresh || stopped.signal.aborted ? state : run();
    },
    stop: () => {
      clearTimeout(timer);
      stopped.abort();
    },
  };
}

function judge(answer: Answer<unknown>): Finding {
  if (answer.kind === 'failed') return 'does not answer';
  return answer.secure ? 'validates' : 'does not validate';
}

function words(finding: Finding, answer: Answer<unknown>, probe: DnssecProbe): string {
  const question = `dnssec_probe '${probe.type.toLowerCase()}:${probe.name}'`;
  switch (finding) {
    case 'validates':
      return `DNSSEC validation is available: ${question} received a validated response`;
    case 'does not validate':
      return (
        `DNSSEC validation is unavailable: ${question} received a response that is not DNSSEC validated; ` +
        'mail at levels dane and dane-only waits, nothing is bounced; use a validating resolver on this host ' +
        'that sets the AD bit, or the built-in one, and look at its trust anchor and the clock'
      );
    case 'does not answer':
      return (
        `DNS resolver is unavailable: ${question} failed: ${answer.kind === 'failed' ? answer.detail : ''}; ` +
        'mail that needs a DNS lookup waits, nothing is bounced; see whether the resolver runs, whether it reaches ' +
        'the Internet, and whether its trust anchor and the clock are right'
      );
  }
}
