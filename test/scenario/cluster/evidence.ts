/** A name of a message, as the relay makes them (`core/mail/queue-id.ts`). */
const QUEUE_ID = /(?<![0-9A-Za-z])[0-9B-Zb-z]{10}z[0-9B-Zb-y]{1,8}(?![0-9A-Za-z])/g;

/** Messages of which something is kept; those that nothing was heard of for longest go first, unless they are open. */
const MOST_MESSAGES = 5_000;
/** What is kept of one message: its first words, and its last. */
const MOST_WORDS = 120;
/** What is kept of all that concerns no single message. */
const MOST_AROUND = 4_000;
/** Characters of one of them. */
const LONGEST = 400;
/** How far around a message is looked in what concerns no single one. */
const AROUND_MS = 12_000;
/** Queue ids are looked for at the beginning of a long text. */
const SEARCHED = 4_000;

export interface Happening {
  /** Epoch ms. */
  readonly at: number;
  readonly text: string;
}

/**
 * What was written and heard of each message, and what happened besides, so that a fault can be explained after a run that
 * cannot be repeated. It takes bounded memory.
 */
export class Evidence {
  readonly #messages = new Map<string, Happening[]>();
  readonly #around: Happening[] = [];
  readonly #now: () => number;
  readonly #isOpen: (queueId: string) => boolean;
  readonly #limits: { readonly messages: number; readonly words: number; readonly around: number };

  /** @param isOpen what is kept of such a message is needed yet */
  constructor(
    isOpen: (queueId: string) => boolean,
    now: () => number,
    limits = { messages: MOST_MESSAGES, words: MOST_WORDS, around: MOST_AROUND },
  ) {
    this.#isOpen = isOpen;
    this.#now = now;
    this.#limits = limits;
  }

  /** Something was said: it is kept with each message that it names, or with what happened besides. */
  said(text: string): void {
    if (!this.ofMessages(text)) this.besides(text);
  }

  /** The same, but it is not kept if it names none; then false. */
  ofMessages(text: string): boolean {
    const named = new Set(text.slice(0, SEARCHED).match(QUEUE_ID));
    if (named.size === 0) return false;
    const happening = { at: this.#now(), text: text.slice(0, LONGEST) };
    for (const queueId of named) this.#keep(queueId, happening);
    return true;
  }

  /** Something happened that concerns everybody. */
  besides(text: string): void {
    this.#around.push({ at: this.#now(), text: text.slice(0, LONGEST) });
    if (this.#around.length > this.#limits.around) this.#around.shift();
  }

  /** All that is kept of these messages, and what happened besides at that time, in order. */
  of(queueIds: Iterable<string>): readonly Happening[] {
    const own = [...new Set([...queueIds].flatMap((queueId) => this.#messages.get(queueId) ?? []))];
    const times = own.map(({ at }) => at);
    const [from, to] = [Math.min(...times) - AROUND_MS, Math.max(...times) + AROUND_MS];
    const around = this.#around.filter(({ at }) => at >= from && at <= to);
    return [...own, ...around].toSorted((one, other) => one.at - other.at);
  }

  #keep(queueId: string, happening: Happening): void {
    const kept = this.#messages.get(queueId) ?? [];
    this.#messages.delete(queueId);
    this.#messages.set(queueId, kept);
    kept.push(happening);
    if (kept.length > this.#limits.words) kept.splice(this.#limits.words / 2, 1);
    this.#makeRoom();
  }

  #makeRoom(): void {
    let spared = 0;
    for (const queueId of this.#messages.keys()) {
      if (this.#messages.size <= this.#limits.messages) return;
      // Should nothing but open ones be there, the oldest of them goes.
      if (spared < this.#limits.messages / 2 && this.#isOpen(queueId)) spared += 1;
      else this.#messages.delete(queueId);
    }
  }
}

/** A line for each, with the time since the first. */
export function shown(happenings: readonly Happening[]): readonly string[] {
  const begin = happenings[0]?.at ?? 0;
  return happenings.map(({ at, text }) => `${((at - begin) / 1_000).toFixed(3).padStart(8)} ${text}`);
}
