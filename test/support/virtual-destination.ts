import type { Route } from '../../src/delivery/route.ts';
import type { Lease } from '../../src/core/delivery/lease.ts';
import type { Session } from '../../src/core/delivery/session.ts';
import type { Claim } from '../../src/core/delivery/claim.ts';
import type { Message } from '../../src/core/mail/message.ts';
import type { DeliveryStatus } from '../../src/core/mail/status.ts';
import type { ConcurrencyRules, Suspension } from '../../src/core/site/concurrency.ts';
import type { LogEvent } from '../../src/core/log/log-event.ts';
import type { RetryRules } from '../../src/core/outcome/schedule.ts';
import { serveDestination, type ServePorts } from '../../src/delivery/serve-destination.ts';
import { dialling, wideOpenings } from './dialling.ts';
import { candidateAt, ownMail, routeOf, sent, sessionWith } from './delivery-kit.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What the one mail host of the destination does when it is asked. */
export type HostMood = 'up' | 'refuses' | 'hangs' | 'greylists';

export interface VirtualDestinationOptions {
  readonly mood: (now: number) => HostMood;
  readonly retry: RetryRules;
  readonly concurrency: ConcurrencyRules;
  readonly rateDelayMs?: number;
  /** Default: never. */
  readonly delayWarningMs?: number;
  /** 0 to 1, called for every retry. */
  readonly dice: () => number;
}

interface Entry {
  readonly message: Message;
  attempts: number;
  due: number;
  claimed: boolean;
  warned: boolean;
  gone: boolean;
}

const CONNECT_MS = 50;
const TRANSACT_MS = 100;
const TIMEOUT_MS = 30_000;

/**
 * A destination with its queue in memory, served by the real `serveDestination` whenever mail is due, in virtual time.
 * It does what the queue does with the outcome: a run follows on a run while mail is due, else the alarm is set.
 */
export class VirtualDestination {
  readonly lines: LogEvent[] = [];
  /** Number of times that its run asked whether the turn of the event loop has time left. */
  turnsAsked = 0;
  /** Moments at which a connection was tried. */
  readonly connects: number[] = [];
  readonly delivered = new Map<string, number>();
  /** Moments at which a message was settled without being delivered, by queue id. */
  readonly deferrals = new Map<string, number[]>();
  /** What the sender was told of a message, and when. */
  readonly reports: { readonly queueId: string; readonly kind: string; readonly at: number }[] = [];
  readonly #warned = new Set<string>();
  readonly activeDestinations: ServePorts['activeDestinations'] = new Map();
  connectedNow = 0;
  mostConnected = 0;
  suspension: Suspension | undefined;

  readonly #time: VirtualTime;
  readonly #options: VirtualDestinationOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #waiting = new Map<string, number>();
  #running = false;
  #wake: ((came: boolean) => void) | undefined;
  #stopping = new AbortController();

  constructor(time: VirtualTime, options: VirtualDestinationOptions) {
    this.#time = time;
    this.#options = options;
  }

  accept(queueId: string, sender = 'sender@y.test'): void {
    const now = this.#time.now();
    const envelope = {
      sender,
      recipients: [{ address: 'a@x.test' }],
      body: '7BIT',
      smtpUtf8: false,
    } as const;
    const message: Message = { queueId, envelope, arrivedAt: now, queuedAt: now, size: 1, messageId: '' };
    this.#entries.set(queueId, {
      message,
      attempts: 0,
      due: now,
      claimed: false,
      warned: false,
      gone: false,
    });
    this.#wake?.(true);
    void this.#serve();
  }

  /** As `queue flush` does. */
  flush(): void {
    this.suspension = undefined;
    for (const entry of this.#left()) if (!entry.claimed) entry.due = Math.min(entry.due, this.#time.now());
    this.#wake?.(true);
    void this.#serve();
  }

  /** The relay stops; what is written down stays. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake?.(false);
  }

  start(): void {
    this.#stopping = new AbortController();
    void this.#serve();
  }

  waiting(): number {
    return [...this.#left()].length;
  }

  *#left(): Generator<Entry> {
    for (const entry of this.#entries.values()) if (!entry.gone) yield entry;
  }

  async #serve(): Promise<void> {
    if (this.#running || this.#stopping.signal.aborted) return;
    this.#running = true;
    const never = new AbortController().signal;
    const lease = this.#lease();
    const ports = this.#ports();
    const isDue = (entry: Entry): boolean => !entry.claimed && entry.due <= this.#time.now();
    while (!this.#stopping.signal.aborted && [...this.#left()].some(isDue)) {
      await serveDestination(lease, ports, this.#stopping.signal, never);
    }
    this.#running = false;
    const due = Math.min(...[...this.#left()].map((entry) => entry.due));
    if (due !== Infinity) this.#time.at(due, () => void this.#serve());
  }

  #lease(): Omit<Lease, 'move'> {
    return {
      destination: 'x.test',
      site: {
        suspension: async () => this.suspension,
        suspend: async (suspension) => void (this.suspension = suspension),
        revive: async () => void (this.suspension = undefined),
        await: async (queueId, since) => void this.#waiting.set(queueId, since),
        stopWaiting: async (queueId) => void this.#waiting.delete(queueId),
        makeDue: async (count, backoffMs) => this.#makeDue(count, backoffMs),
      },
      take: async (count) => this.#take(count),
      settle: async ({ message: { queueId } }, { retry }) => {
        const entry = this.#entry(queueId);
        if (retry === undefined) {
          entry.gone = true;
          return 'gone';
        }
        Object.assign(entry, { attempts: retry.attempts, due: retry.nextAt, claimed: false });
        this.deferrals.set(queueId, [...(this.deferrals.get(queueId) ?? []), this.#time.now()]);
        entry.warned = retry.warned === true;
        return 'stays';
      },
      warn: async ({ message: { queueId } }) => {
        if (this.#warned.has(queueId)) return undefined;
        this.#warned.add(queueId);
        return [];
      },
      release: async (mails) => {
        for (const { message } of mails) this.#entry(message.queueId).claimed = false;
      },
      newMail: (ms) =>
        new Promise((resolve) => {
          this.#wake = resolve;
          this.#time.at(this.#time.now() + ms, () => resolve(false));
        }),
      crowded: () => false,
    };
  }

  #take(count: number): readonly Claim[] {
    const now = this.#time.now();
    const due = [...this.#left()].filter((entry) => !entry.claimed && entry.due <= now);
    return due
      .toSorted((a, b) => a.due - b.due)
      .slice(0, count)
      .map((entry) => {
        entry.claimed = true;
        const { message, attempts, warned } = entry;
        const waiting = message.envelope.recipients.map((recipient, index) => ({ index, recipient }));
        return { message, attempts, warned, waiting, content: () => [], ...ownMail };
      });
  }

  #makeDue(count: number, backoffMs: number): number {
    const chosen = [...this.#waiting].toSorted(([, a], [, b]) => a - b).slice(0, count);
    for (const [queueId, since] of chosen) {
      this.#waiting.delete(queueId);
      const entry = this.#entry(queueId);
      entry.due = Math.min(entry.due, Math.max(this.#time.now(), since + backoffMs));
    }
    return chosen.length;
  }

  #entry(queueId: string): Entry {
    const entry = this.#entries.get(queueId);
    if (entry === undefined) throw new Error(`nobody accepted ${queueId}`);
    return entry;
  }

  #ports(): ServePorts {
    const { now, sleep } = this.#time;
    const log = (event: LogEvent): void => {
      this.lines.push(event);
      const { queueId, status } = event.fields ?? {};
      if (status === 'sent') this.delivered.set(String(queueId), now());
    };
    const candidates = [candidateAt('mx')];
    const { retry, concurrency, rateDelayMs = 0, delayWarningMs = 0, dice } = this.#options;
    return {
      findRoute: async (): Promise<Route> => ({
        ...routeOf(candidates),
        expiresAt: now() + 60_000,
      }),
      policyVersion: () => 0,
      openings: wideOpenings(),
      deliver: {
        ...dialling(() => this.#connect()),
        log,
        now,
        limits: { recipients: 50, sessions: 2, clearAfterMs: 300_000 },
        ambiguous: 'resend',
      },
      conclude: {
        compose: async ({ kind }, { message }) => {
          this.reports.push({ queueId: message.queueId, kind, at: now() });
          return { message: { ...message, queueId: `${message.queueId}r` }, content: Buffer.alloc(0) };
        },
        notices: { classes: [], recipient: '', doubleBounce: 'double-bounce@relay' },
        delayWarningMs,
        mayExpire: () => true,
        nextHopOf: () => 'y.test',
        reporter: { hostname: 'relay', dateText: String },
        rules: retry,
        ambiguous: 'resend',
        log,
        now,
        dice,
      },
      pool: { reuse: true, idleMs: 200, ageMs: 300_000, count: 0 },
      pulse: { until: () => ({ met: new Promise(() => {}), end() {} }) },
      concurrency,
      rateDelayMs,
      activeDestinations: this.activeDestinations,
      turns: {
        next: () => {
          this.turnsAsked += 1;
          return undefined;
        },
      },
      log,
      now,
      sleep,
    };
  }

  async #connect() {
    const { now, sleep } = this.#time;
    this.connects.push(now());
    this.connectedNow += 1;
    this.mostConnected = Math.max(this.mostConnected, this.connectedNow);
    const mood = this.#options.mood(now());
    await sleep(mood === 'hangs' ? TIMEOUT_MS : CONNECT_MS);
    if (mood === 'hangs' || mood === 'refuses') {
      this.connectedNow -= 1;
      const why = mood === 'hangs' ? 'Connection timed out' : 'Connection refused';
      const reason = `connect to mx[192.0.2.1]:25: ${why}`;
      const status = { outcome: 'deferred', dsn: '4.4.1', scope: 'host', reason } as const;
      return { kind: 'trouble', step: 'connect', status } as const;
    }
    return { kind: 'open', session: this.#session() } as const;
  }

  #session(): Session {
    const { now, sleep } = this.#time;
    return sessionWith('mx', {
      relay: 'mx[192.0.2.1]:25',
      openedAt: now(),
      transact: async ({ recipients }) => {
        const startedAt = now();
        await sleep(TRANSACT_MS);
        const status: DeliveryStatus =
          this.#options.mood(startedAt) === 'greylists'
            ? {
                outcome: 'deferred',
                dsn: '4.7.1',
                reason: 'host mx said: 450 4.7.1 later',
                scope: 'recipient',
              }
            : sent;
        return { statuses: recipients.map(() => status), startedAt, endedAt: now() };
      },
      close: () => void (this.connectedNow -= 1),
    });
  }
}
