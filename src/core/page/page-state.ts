/** What the status page shows, but for the series: the relay sends it, the browser reads it. Times are epoch ms. */
export interface PageState {
  readonly schema: 1;
  readonly at: number;
  readonly relay: {
    readonly name: string;
    readonly version: string;
    readonly role: 'all' | 'intake' | 'delivery';
    readonly startedAt: number;
    /** Where a test message can be handed over; absent where no mail is taken. */
    readonly takesMailAt?: string;
  };
  /** What everybody should see at once, worst first. */
  readonly bars: readonly PageBar[];
  /** Recipients, over the last five minutes. */
  readonly sentPerMinute: number;
  /** Whether anything was sent or deferred in the last year. */
  readonly hasHistory: boolean;
  readonly lastTroubleAt?: number;
  readonly resolver: ResolverFacts;
  readonly store: StoreFacts;
  /** Absent while it cannot be read. `at`: when it was read. */
  readonly queue?: QueueDigest & { readonly at: number };
  /** Latest first. */
  readonly recent: readonly RecentDelivery[];
  readonly exceptions: readonly PageException[];
  /** Absent where nobody checks the destinations that are mailed, and before the first look at what is known of them. */
  readonly health?: PageHealth;
}

export interface PageBar {
  readonly kind: 'resolver' | 'store full' | 'store away' | 'part';
  readonly severity: 'red' | 'amber';
  /** A clause that "since …" may follow. */
  readonly text: string;
  readonly sinceMs?: number;
  /** Whole sentences: what it means. */
  readonly means: string;
  /** Commands. */
  readonly advice: readonly string[];
}

export interface ResolverFacts {
  readonly state: 'validates' | 'does not validate' | 'does not answer' | 'not known here';
  readonly sinceMs?: number;
  /** What is wrong, in words. */
  readonly reason?: string;
}

export interface StoreFacts {
  readonly state: 'takes mail' | 'full' | 'away' | 'unsafe';
  readonly sinceMs?: number;
  readonly reason?: string;
  readonly usedBytes?: number;
  readonly limitBytes?: number;
}

/** One attempt for one recipient, as its log line has it. */
export interface RecentDelivery {
  readonly at: number;
  readonly queueId: string;
  readonly from?: string;
  readonly to: string;
  readonly relay: string;
  readonly status: string;
  readonly dsn: string;
  readonly reason: string;
  readonly seconds: number;
  /** The level, and what became of it, as in Postfix's `tls=`: `dane`, `may:none`, `!dane`. */
  readonly tls?: string;
}

/** What checks of the destinations that are mailed have found. */
export interface PageHealth {
  readonly at: number;
  /** Destinations by what can be said of them; `unknown` are also those that were not checked yet. */
  readonly standings: Readonly<Record<'protected' | 'fails' | 'unknown' | 'unprotected', number>>;
  /** Problems and warnings, the worst first. */
  readonly worst: readonly PageFinding[];
  /** Further ones. */
  readonly more: number;
}

export interface PageFinding {
  readonly destination: string;
  readonly kind: string;
  readonly severity: string;
  readonly text: string;
  readonly since: number;
}

export interface PageException {
  readonly domain: string;
  readonly level: string;
  readonly untilMs: number;
  readonly reason: string;
}

/** What keeps mail: the kind of its diagnosis, `first attempt`, `in doubt` or `on hold`. */
export type WaitKind = string;

export interface TroubledDestination {
  readonly destination: string;
  /** Recipients that wait after a failure, and those that are held. */
  readonly waiting: number;
  readonly held: number;
  readonly oldestAt: number;
  /** Absent while everything is under way or held. */
  readonly nextAt?: number;
  readonly suspendedUntil?: number;
  readonly dsn?: string;
  /** What the host or the network said, from outside. */
  readonly reason?: string;
  /** The same in words. */
  readonly cause?: string;
  readonly whose?: string;
}

export interface QueueDigest {
  readonly recipients: number;
  readonly held: number;
  readonly overAnHour: number;
  /** Upper ends of the ranges of age, in minutes. */
  readonly ageEnds: readonly number[];
  /** Most frequent first; `ages` as `ageEnds`, and one more. */
  readonly reasons: readonly { readonly kind: WaitKind; readonly ages: readonly number[] }[];
  /** The worst of them: where the most waits, of these the oldest first. */
  readonly troubled: readonly TroubledDestination[];
  readonly troubledCount: number;
}
