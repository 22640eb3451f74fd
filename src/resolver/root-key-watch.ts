import type { Failed } from '../core/dns/answer.ts';
import type { RootKeySet } from '../core/dns/root-key-set.ts';
import { observe, observeNothing } from '../core/dns/root-keys.ts';
import type { KeyChange, RootKeys } from '../core/dns/root-keys.ts';
import type { Severity } from '../core/log/log-event.ts';

export interface RootKeyWatchOptions {
  readonly known: () => RootKeys;
  /** Stores the keys, and applies the new trust anchors. */
  readonly keep: (rootKeys: RootKeys) => Promise<void>;
  /** Asks for the current keys of the root. */
  readonly ask: (signal: AbortSignal) => Promise<RootKeySet | Failed>;
  /** Whether an answer can be expected at all. */
  readonly isSound: () => boolean;
  readonly say: (severity: Severity, text: string) => void;
  /** Epoch ms. */
  readonly now: () => number;
}

/** If the clock is set or the machine was suspended, a look is late by at most this. */
const maxPauseMs = 600_000;
/** Interval while a look is due and the resolver cannot answer yet. */
const dueMs = 5000;
/** Number of failed looks in a row, an hour or more apart, that are worth a log line. */
const toldFailures = 3;

/** Looks at the keys of the root at the intervals of RFC 5011 §2.3, for as long as the relay runs. */
export function watchRootKeys(options: RootKeyWatchOptions): { readonly stop: () => void } {
  const stopped = new AbortController();
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    const answer = await options.ask(stopped.signal);
    const nowMs = options.now();
    if ('kind' in answer) {
      await options.keep(observeNothing(options.known(), nowMs));
      fail(answer.detail);
      return;
    }
    const { rootKeys, changes, verified } = observe(options.known(), answer, nowMs);
    for (const change of changes) tell(change);
    await options.keep(rootKeys);
    if (verified) failures = 0;
    else fail('their signatures are not by a key that is trusted here, or not for this time');
  }

  function fail(why: string): void {
    failures += 1;
    if (failures === toldFailures) options.say('warning', `root keys: could not be looked at again: ${why}`);
  }

  function tell(change: KeyChange): void {
    const text = changeWords(change);
    if (text !== undefined) options.say(change.to === 'revoked' ? 'warning' : 'info', text);
  }

  async function tick(): Promise<void> {
    try {
      if (options.isSound() && options.now() >= options.known().nextMs) await look();
    } catch (error) {
      if (!stopped.signal.aborted) options.say('warning', `root keys: could not be kept: ${String(error)}`);
    }
    plan();
  }

  function plan(): void {
    if (stopped.signal.aborted) return;
    const untilMs = options.known().nextMs - options.now();
    timer = setTimeout(() => void tick(), Math.max(dueMs, Math.min(maxPauseMs, untilMs)));
    timer.unref();
  }

  plan();
  return {
    stop: () => {
      clearTimeout(timer);
      stopped.abort();
    },
  };
}

const words: Readonly<Record<string, string>> = {
  'unknown pending': 'new, trusted after 30 days in which it stays',
  'pending valid': 'trusted from now on',
  'pending unknown': 'gone again before it was trusted',
  'valid missing': 'not published any more, trusted still',
  'missing valid': 'published again',
  'missing unknown': 'not published for a year, forgotten',
  'pending revoked': 'revoked before it was trusted',
  'valid revoked': 'revoked, not trusted any more',
  'missing revoked': 'revoked, not trusted any more',
};

/** `root key 38696: new, …`; undefined of what is no news. */
export function changeWords({ keyTag, from, to }: KeyChange): string | undefined {
  const what = words[`${from} ${to}`];
  return what === undefined ? undefined : `root key ${keyTag}: ${what}`;
}
