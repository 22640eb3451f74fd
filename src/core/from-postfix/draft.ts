import type { Assignment } from '../postfix/main-cf.ts';
import type { Loss } from '../postfix-rows/row.ts';
import type { TomlValue } from './toml.ts';

/** A setting that is written. */
export interface WrittenSetting {
  readonly key: string;
  readonly value: TomlValue;
  /** What it comes from. */
  readonly origins: readonly Assignment[];
  /** For whoever reads the file. */
  readonly notes: readonly string[];
}

/** A `[[listener]]` table. */
export interface WrittenListener {
  readonly settings: readonly WrittenSetting[];
  readonly notes: readonly string[];
}

/** A file that the settings name. */
export interface WrittenFile {
  /** The setting that names it. */
  readonly key: string;
  /** Its name, without a directory. */
  readonly name: string;
  readonly text: string;
  /** Nobody but its owner may read it. */
  readonly secret: boolean;
  readonly entries: number;
  /** What is there already stays: it is not written again, whatever else is. */
  readonly keep?: true;
}

/** Something that was not taken over. */
export interface Untaken {
  /** Absent where it is nothing that anybody has written. */
  readonly origin?: Assignment;
  /** Parts of the value that it is about: entries of a table, words of a list. None: all of it. */
  readonly about: readonly string[];
  /** Further ones, which are too many to be told of. */
  readonly more: number;
  readonly why: string;
  readonly loss: Loss;
}

const mostAbout = 10;
const noWords: readonly string[] = [];

/** What the import has found so far. Everything that is set in main.cf is accounted for in the end. */
export class Draft {
  readonly settings = new Map<string, WrittenSetting>();
  readonly listeners: WrittenListener[] = [];
  readonly files: WrittenFile[] = [];
  readonly #untaken = new Map<string, Untaken>();
  readonly #accounted = new Set<Assignment>();

  set(key: string, value: TomlValue, origins: readonly Assignment[], ...notes: readonly string[]): void {
    this.settings.set(key, { key, value, origins, notes });
    this.account(origins);
  }

  /** A file with the setting that names it; its path is known when it is written. */
  file(file: WrittenFile, origins: readonly Assignment[], ...notes: readonly string[]): void {
    this.files.push(file);
    this.set(file.key, file.name, origins, ...notes);
  }

  refuse(origin: Assignment | undefined, why: string, loss: Loss, about?: string): void {
    const id = JSON.stringify([origin?.file, origin?.line, origin?.name, origin?.service, why, loss]);
    const known = this.#untaken.get(id) ?? { about: noWords, more: 0 };
    const isNew = about !== undefined && !known.about.includes(about);
    const fits = known.about.length < mostAbout;
    this.#untaken.set(id, {
      ...(origin !== undefined && { origin }),
      about: isNew && fits ? [...known.about, about] : known.about,
      more: known.more + (isNew && !fits ? 1 : 0),
      why,
      loss,
    });
    if (origin !== undefined) this.account([origin]);
  }

  get untaken(): readonly Untaken[] {
    return [...this.#untaken.values()];
  }

  /** They have had their say, whether or not anything was written. */
  account(origins: readonly Assignment[]): void {
    for (const one of origins) this.#accounted.add(one);
  }

  isAccounted(origin: Assignment): boolean {
    return this.#accounted.has(origin);
  }
}
