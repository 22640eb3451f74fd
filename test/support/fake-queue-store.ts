import type { Suspension } from '../../src/core/site/concurrency.ts';
import { CLAIMED, HELD } from '../../src/queue/forms/keys.ts';
import type { QueueStore } from '../../src/queue/store/queue-store.ts';

type Calls =
  | 'audit'
  | 'content'
  | 'destinations'
  | 'discard'
  | 'forgetFenced'
  | 'incoming'
  | 'isAwaited'
  | 'move'
  | 'progress'
  | 'record'
  | 'rewake'
  | 'suspensions'
  | 'unsuspend'
  | 'waits';

/** A queue in memory, as far as unit tests of those who use a store need one. What is in it may be set and looked at. */
export class FakeQueueStore implements Pick<QueueStore, Calls> {
  /** By destination and id: when it is due, or CLAIMED and above, or HELD. */
  readonly queues = new Map<string, Map<string, number>>();
  /** By id and destination. */
  readonly stored = new Map<string, Map<string, string>>();
  readonly records = new Map<string, string>();
  readonly contents = new Map<string, Buffer>();
  readonly alarms = new Map<string, { job: string; wakesAt: number }>();
  readonly owned = new Set<string>();
  readonly writtenAhead = new Map<string, number>();
  readonly suspended = new Map<string, Suspension | undefined>();
  readonly awaited = new Set<string>();
  fencedUntil = -Infinity;
  /** The name of each call. */
  readonly calls: Calls[] = [];
  /** Happens before the call of that name is carried out, as another relay might do something then. */
  readonly meanwhile = new Map<Calls, () => void>();
  #jobs = 100;

  put(destination: string, queueId: string, score: number): void {
    this.queues.set(
      destination,
      (this.queues.get(destination) ?? new Map<string, number>()).set(queueId, score),
    );
  }

  know(queueId: string, destination: string, progress: string): void {
    const known = this.stored.get(queueId) ?? new Map<string, string>();
    this.stored.set(queueId, known.set(destination, progress));
  }

  #called(name: Calls): void {
    this.calls.push(name);
    this.meanwhile.get(name)?.();
  }

  #score(destination: string, queueId: string): number | undefined {
    return this.queues.get(destination)?.get(queueId);
  }

  async destinations(): Promise<readonly string[]> {
    return [...this.queues.keys()];
  }

  async progress(queueId: string, destinations: readonly string[]): Promise<readonly string[]> {
    this.#called('progress');
    return destinations.map((destination) => this.stored.get(queueId)?.get(destination) ?? '');
  }

  async waits(queueId: string, destination: string): Promise<boolean> {
    return this.#score(destination, queueId) !== undefined;
  }

  async record(queueId: string): Promise<string | undefined> {
    this.#called('record');
    return this.records.get(queueId);
  }

  async *content(queueId: string): AsyncGenerator<Buffer> {
    this.#called('content');
    yield this.contents.get(queueId) ?? Buffer.alloc(0);
  }

  async move({
    destination,
    queueId,
    now,
    progress,
    stays,
    score,
    targets,
  }: Parameters<QueueStore['move']>[0]): ReturnType<QueueStore['move']> {
    this.#called('move');
    const known = this.stored.get(queueId) ?? new Map<string, string>();
    const isClaimed = (this.#score(destination, queueId) ?? 0) >= CLAIMED;
    if (!isClaimed || (known.get(destination) ?? '') !== progress) return { result: 'not ours', wakeups: [] };
    for (const target of targets) {
      const there = this.#score(target.destination, queueId);
      if ((there ?? 0) >= CLAIMED) return { result: 'busy', wakeups: [] };
      const isAsRead = (known.get(target.destination) ?? '') === target.before;
      if (!isAsRead || (there !== undefined) !== target.waits) {
        return { result: 'changed meanwhile', wakeups: [] };
      }
    }
    for (const target of targets) {
      this.know(queueId, target.destination, target.after);
      this.put(target.destination, queueId, now);
    }
    if (stays === undefined) {
      this.queues.get(destination)?.delete(queueId);
      this.stored.get(queueId)?.delete(destination);
    } else {
      this.know(queueId, destination, stays);
      if (score !== undefined) this.put(destination, queueId, score);
    }
    const wakeups = targets.map(
      (one) => ({ destination: one.destination, action: 'add', job: '1' }) as const,
    );
    return { result: 'done', wakeups };
  }

  async audit({
    destination,
    now,
    latest,
  }: Parameters<QueueStore['audit']>[0]): ReturnType<QueueStore['audit']> {
    this.#called('audit');
    const queue = this.queues.get(destination) ?? new Map<string, number>();
    const late = [...queue].filter(([, score]) => score > latest && score < HELD);
    for (const [queueId] of late) queue.set(queueId, now);
    const scores = [...queue.values()];
    const due = scores.filter((score) => score < HELD);
    const claims = scores.filter((score) => score >= CLAIMED);
    const { job = '', wakesAt = 0 } = this.alarms.get(destination) ?? {};
    const from = due.length > 0 ? due : claims;
    return {
      job,
      wakesAt,
      isOwned: this.owned.has(destination),
      due: from.length > 0 ? Math.min(...from) : undefined,
      late: late.length,
    };
  }

  async rewake({ destination, at }: Parameters<QueueStore['rewake']>[0]): Promise<string> {
    const job = String((this.#jobs += 1));
    this.alarms.set(destination, { job, wakesAt: at });
    return job;
  }

  async incoming(): ReturnType<QueueStore['incoming']> {
    return [...this.writtenAhead].map(([queueId, score]) => ({ queueId, score: String(score) }));
  }

  async discard({ queueId, score }: Parameters<QueueStore['discard']>[0]): Promise<boolean> {
    this.#called('discard');
    if (score !== undefined && String(this.writtenAhead.get(queueId)) !== score) return false;
    return this.writtenAhead.delete(queueId);
  }

  async forgetFenced(until: number): Promise<void> {
    this.fencedUntil = until;
  }

  async suspensions(): Promise<ReadonlyMap<string, Suspension | undefined>> {
    return new Map(this.suspended);
  }

  async unsuspend(destinations: readonly string[]): Promise<void> {
    for (const destination of destinations) this.suspended.delete(destination);
  }

  async isAwaited(destination: string): Promise<boolean> {
    return this.awaited.has(destination);
  }
}
