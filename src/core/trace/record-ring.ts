import { lostRecord, type TraceRecord } from './trace-record.ts';

/**
 * What waits for one reader: so many records, and characters in them. Where there is no room the oldest go, and the
 * reader is told how many when he comes.
 */
export class RecordRing {
  readonly #mostRecords: number;
  readonly #mostCharacters: number;
  readonly #waiting: { readonly record: TraceRecord; readonly characters: number }[] = [];
  #characters = 0;
  #lost = 0;

  constructor(mostRecords: number, mostCharacters: number) {
    this.#mostRecords = mostRecords;
    this.#mostCharacters = mostCharacters;
  }

  push(record: TraceRecord): void {
    const characters = charactersOf(record);
    this.#waiting.push({ record, characters });
    this.#characters += characters;
    while (this.#waiting.length > this.#mostRecords || this.#characters > this.#mostCharacters) {
      const oldest = this.#waiting.shift();
      if (oldest === undefined) return;
      this.#characters -= oldest.characters;
      this.#lost += 1;
    }
  }

  /** The next record; those that were lost come first, as one. */
  take(): TraceRecord | undefined {
    if (this.#lost > 0) {
      const records = this.#lost;
      this.#lost = 0;
      return lostRecord(records);
    }
    const next = this.#waiting.shift();
    this.#characters -= next?.characters ?? 0;
    return next?.record;
  }
}

/** For what a record takes besides its texts. */
const overhead = 100;

/** About what a record takes. */
export function charactersOf(record: TraceRecord): number {
  let characters = overhead;
  for (const value of Object.values(record) as unknown[]) {
    if (typeof value === 'string') characters += value.length;
    else if (Array.isArray(value)) for (const line of value as string[]) characters += line.length;
  }
  return characters;
}
