import { readFileSync } from 'node:fs';
import type { Log } from '../core/log/log-event.ts';
import { eventLoopHeld } from './log-lines.ts';

/** How long the event loop, in which all work is done, was held without a pause. Milliseconds. */
export interface Hold {
  readonly heldMs: number;
  /** How much of it was certainly work. The rest may have been waiting for a processor, a disk, or SIGCONT. */
  readonly workMs: number;
}

export interface LongestHolds {
  readonly minute: Hold;
  /** The longest since the process started. */
  readonly life: Hold;
}

export interface EventLoopWatch {
  longest(): LongestHolds;
  /** Why clients and hosts had to wait for the relay in the last minute; undefined if they did not. */
  trouble(): string | undefined;
  stop(): void;
}

/** This much work without a pause is a fault of the relay. This long a hold is trouble, whatever causes it. */
const FAULTY_WORK_MS = 1_000;
const TROUBLING_HOLD_MS = 10_000;

const WINDOW_MS = 60_000;
const LOOK_EVERY_MS = 1_000;
/** Milliseconds. The precision with which a hold is measured. */
const RESOLUTION_MS = 10;

/** Keeps the longest holds of a minute and of the process, from those of each second. */
export class Holds {
  #recent: { readonly at: number; readonly hold: Hold }[] = [];
  #life: Hold = { heldMs: 0, workMs: 0 };

  add(hold: Hold, now: number): void {
    this.#life = longer(this.#life, hold);
    this.#recent.push({ at: now, hold });
    this.#forget(now);
  }

  longest(now: number): LongestHolds {
    this.#forget(now);
    return {
      minute: this.#recent.reduce((all, { hold }) => longer(all, hold), { heldMs: 0, workMs: 0 }),
      life: this.#life,
    };
  }

  #forget(now: number): void {
    while (this.#recent[0] !== undefined && now - this.#recent[0].at > WINDOW_MS) this.#recent.shift();
  }
}

export function isTroubling({ heldMs, workMs }: Hold): boolean {
  return workMs >= FAULTY_WORK_MS || heldMs >= TROUBLING_HOLD_MS;
}

export function holdText({ heldMs, workMs }: Hold): string {
  return `nothing else was done for ${seconds(heldMs)} s (${seconds(workMs)} s of it at work)`;
}

/** @param tell is called with the longest hold of each second */
export function watchEventLoop(log: Log, tell: (hold: Hold) => void): EventLoopWatch {
  const holds = new Holds();
  let before = threadTimes();
  let beatAt = performance.now();
  let lookedAt = beatAt;
  let longestMs = 0;
  // monitorEventLoopDelay() does not serve: its reset() forgets the interval that it is measuring, and so a hold that
  // begins there.
  const timer = setInterval(() => {
    const at = performance.now();
    longestMs = Math.max(longestMs, at - beatAt - RESOLUTION_MS);
    beatAt = at;
    if (at - lookedAt < LOOK_EVERY_MS) return;
    const now = threadTimes();
    const hold = holdOf(longestMs, now.ranMs - before.ranMs, now.waitedMs - before.waitedMs);
    before = now;
    lookedAt = at;
    longestMs = 0;
    holds.add(hold, at);
    tell(hold);
    if (isTroubling(hold)) log(eventLoopHeld(holdText(hold), hold));
  }, RESOLUTION_MS).unref();

  return {
    longest: () => holds.longest(performance.now()),
    trouble() {
      const { minute } = holds.longest(performance.now());
      return isTroubling(minute) ? `in the last minute, ${holdText(minute)}` : undefined;
    },
    stop() {
      clearInterval(timer);
    },
  };
}

/**
 * The longest hold within a stretch of time.
 *
 * @param ranMs how long the thread had a processor in that stretch
 * @param waitedMs how long it waited for one, ready to run
 */
export function holdOf(longestMs: number, ranMs: number, waitedMs: number): Hold {
  const heldMs = Math.max(0, longestMs);
  return { heldMs, workMs: Math.max(0, Math.min(ranMs, heldMs - waitedMs)) };
}

/** For the thread of the event loop, since it started. Where Linux does not count it, the waiting time is unknown. */
function threadTimes(): { readonly ranMs: number; readonly waitedMs: number } {
  try {
    const [ran = 0, waited = 0] = readFileSync('/proc/self/schedstat', 'utf8').split(' ').map(Number);
    return { ranMs: ran / 1e6, waitedMs: waited / 1e6 };
  } catch {
    const { user, system } = process.cpuUsage();
    return { ranMs: (user + system) / 1e3, waitedMs: 0 };
  }
}

function longer(one: Hold, other: Hold): Hold {
  return {
    heldMs: Math.max(one.heldMs, other.heldMs),
    workMs: Math.max(one.workMs, other.workMs),
  };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}
