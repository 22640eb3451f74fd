import type { Phase, UnderWay } from '../core/delivery/top-row.ts';

/** Where a delivery under way stands, for those who watch. To go on costs two assignments. */
export class Stage implements UnderWay {
  readonly queueId: string;
  readonly #now: () => number;
  phase: Phase = 'looking up';
  since: number;
  host?: string;

  constructor(queueId: string, now: () => number) {
    this.queueId = queueId;
    this.#now = now;
    this.since = now();
  }

  enter(phase: Phase, host?: string): void {
    this.phase = phase;
    this.since = this.#now();
    if (host !== undefined) this.host = host;
  }
}
