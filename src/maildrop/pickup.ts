import { opendir, rename, rmdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isDropName, type DroppedMail } from '../core/sendmail/dropped-mail.ts';
import type { Log } from '../core/log/log-event.ts';
import { isNotThere, syncDirectory } from './drop.ts';
import { openDropped, type DroppedFile } from './dropped-file.ts';
import { maildropRefused, maildropTrouble } from './log-lines.ts';
import { openSuffix, type MaildropPlaces } from './places.ts';

export interface PickupPorts {
  /**
   * Takes a message into the queue, or returns it to its sender, once, however often it is called. Resolves to a reply of
   * SMTP: 5yz if neither can be.
   */
  readonly pickUp: (message: {
    readonly name: string;
    readonly uid: number;
    readonly mail: DroppedMail;
    readonly content: () => AsyncIterable<Buffer>;
    /** Somebody waits for the reply. */
    readonly isAwaited: boolean;
  }) => Promise<string>;
  /** Nothing is left of these. */
  readonly forgetTaken: (names: readonly string[]) => Promise<void>;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Longer than any program takes to write a message, or waits for the answer. */
const ABANDONED_AFTER_MS = 24 * 3_600_000;

/** The first time that one cannot be taken it is left alone for so long, then twice as long each time. */
const firstWaitMs = 5_000;
const longestWaitMs = 160_000;
const mostPostponed = 10_000;
/** So many in one sweep, and the next one goes on. */
const mostNotNow = 3;

/** Takes the messages of a maildrop, each of them once. */
export class Pickup {
  readonly #places: MaildropPlaces;
  readonly #ports: PickupPorts;
  /** Those that are being taken. */
  readonly #running = new Map<string, Promise<string>>();
  /** Files whose removal is not on disk yet. */
  #gone: string[] = [];
  /** Names of which the log has told already that they cannot be read or removed. */
  readonly #told = new Set<string>();
  /** Those that could not be taken: since when, and for how long they are left alone. */
  readonly #postponed = new Map<string, { readonly at: number; readonly ms: number }>();
  #sweeping: Promise<void> | undefined;
  #again = false;
  #isStopped = false;
  /** Why the maildrop cannot be looked through. */
  trouble: string | undefined;

  constructor(places: MaildropPlaces, ports: PickupPorts) {
    this.#places = places;
    this.#ports = ports;
  }

  /** Takes one that somebody waits for. Resolves to the reply for that one. Never rejects. */
  take(name: string): Promise<string> {
    return this.#once(name, true);
  }

  /** Takes all that are there; one sweep at a time. Never rejects. */
  sweep(): Promise<void> {
    if (this.#sweeping !== undefined) {
      this.#again = true;
      return this.#sweeping;
    }
    this.#sweeping = this.#sweepAll().finally(() => (this.#sweeping = undefined));
    return this.#sweeping;
  }

  /** Begins nothing more. Resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#running.values(), this.#sweeping]);
    await this.#forget();
  }

  async #sweepAll(): Promise<void> {
    do {
      this.#again = false;
      try {
        await this.#sweepOnce();
        this.trouble = undefined;
      } catch (error) {
        const text = `cannot look into ${this.#places.directory}: ${String(error)}`;
        if (this.trouble === undefined) this.#ports.log(maildropTrouble(text));
        this.trouble = text;
      }
      await this.#forget();
    } while (this.#again && !this.#isStopped);
  }

  async #sweepOnce(): Promise<void> {
    const seen = new Set<string>();
    let notNow = 0;
    for await (const { name } of await opendir(this.#places.directory)) {
      if (this.#isStopped) return;
      seen.add(name);
      if (!isDropName(name)) {
        await this.#removeAbandoned(name);
        continue;
      }
      if (this.#isPostponed(name)) continue;
      const reply = await this.#once(name, false);
      if (!reply.startsWith('4')) this.#postponed.delete(name);
      else if (!this.#told.has(name)) {
        this.#postpone(name);
        // The store takes nothing now, perhaps: nor would it take the others.
        notNow += 1;
        if (notNow === mostNotNow) return;
      }
    }
    for (const names of [this.#told, this.#postponed])
      for (const name of names.keys()) if (!seen.has(name)) names.delete(name);
  }

  /** One that is refused for a time, again and again, is not to stand before all others. */
  #postpone(name: string): void {
    const before = this.#postponed.get(name)?.ms ?? 0;
    this.#postponed.delete(name);
    this.#postponed.set(name, {
      at: this.#ports.now(),
      ms: Math.min(Math.max(2 * before, firstWaitMs), longestWaitMs),
    });
    const [oldest] = this.#postponed.keys();
    if (this.#postponed.size > mostPostponed && oldest !== undefined) this.#postponed.delete(oldest);
  }

  #isPostponed(name: string): boolean {
    const found = this.#postponed.get(name);
    if (found === undefined) return false;
    const passed = this.#ports.now() - found.at;
    // A clock that was set back does not make it longer.
    return passed >= 0 && passed < found.ms;
  }

  #tellOnce(name: string, what: string): void {
    if (!this.#told.has(name)) this.#ports.log(maildropTrouble(`${name}: ${what}`));
    this.#told.add(name);
  }

  /** What nobody has finished writing, or was never a message. Nobody has been told that it was taken. */
  async #removeAbandoned(name: string): Promise<void> {
    const path = join(this.#places.directory, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && this.#ports.now() - found.mtimeMs < ABANDONED_AFTER_MS) return;
    await unlink(path).catch(() => {});
  }

  #once(name: string, isAwaited: boolean): Promise<string> {
    const running = this.#running.get(name);
    if (running !== undefined) return running;
    if (this.#isStopped) return Promise.resolve('451 4.3.2 Error: server shutting down');
    const taking = this.#take(name, isAwaited).finally(() => this.#running.delete(name));
    this.#running.set(name, taking);
    return taking;
  }

  async #take(name: string, isAwaited: boolean): Promise<string> {
    const path = join(this.#places.directory, name);
    const openPath = `${path}${openSuffix}`;
    // Its writer may have stopped waiting, and given it its name.
    let found = await openDropped(isAwaited ? openPath : path);
    if (found.kind === 'gone' && isAwaited) found = await openDropped(path);
    const reply = await this.#read(name, found, isAwaited);
    if (reply.startsWith('2')) {
      // In this order: its writer may give it its name meanwhile, and it is found under the one or the other.
      const trouble = (await removalTrouble(openPath)) ?? (await removalTrouble(path));
      if (trouble === undefined) this.#gone.push(name);
      // It stays known as taken, since it is found again.
      else this.#tellOnce(name, `taken, and cannot be removed: ${trouble}`);
    } else if (reply.startsWith('5') && !isAwaited) {
      const uid = 'uid' in found ? found.uid : undefined;
      const why = found.kind === 'strange' ? found.why : reply;
      await this.#putAside(name, path, { why, ...(uid !== undefined && { uid }) });
    }
    return reply;
  }

  async #read(name: string, found: DroppedFile, isAwaited: boolean): Promise<string> {
    if (found.kind === 'gone') return '550 5.1.8 Error: there is no such message';
    if (found.kind === 'strange') return `550 5.6.0 Error: ${found.why}`;
    if (found.kind === 'unreadable') {
      this.#tellOnce(name, found.why);
      return '451 4.3.0 Error: cannot read the message';
    }
    try {
      return await this.#ports.pickUp({ name, isAwaited, ...found });
    } finally {
      await found.close();
    }
  }

  /** A message that is not wanted is not lost either: somebody may look at it. */
  async #putAside(
    name: string,
    path: string,
    refused: { readonly uid?: number; readonly why: string },
  ): Promise<void> {
    const where = join(this.#places.corrupt, name);
    try {
      await rename(path, where);
    } catch (error) {
      if (isNotThere(error)) return;
      // Somebody else's directory, say. Its owner can change what is in it at any time, so that nothing in it is touched.
      // What cannot be removed is told of once.
      const isRemoved = await unlink(path).then(
        () => true,
        () =>
          rmdir(path).then(
            () => true,
            () => false,
          ),
      );
      if (!isRemoved && this.#told.has(name)) return;
      if (!isRemoved) this.#told.add(name);
    }
    this.#ports.log(maildropRefused(name, { ...refused, where: this.#places.corrupt }));
  }

  /** The removals go to disk before it is forgotten that they were taken: a file that came back would be taken again. */
  async #forget(): Promise<void> {
    const names = this.#gone;
    if (names.length === 0) return;
    this.#gone = [];
    try {
      await syncDirectory(this.#places.directory);
      await this.#ports.forgetTaken(names);
    } catch {
      this.#gone.push(...names.slice(0, 10_000));
    }
  }
}

/** Removes a file, or says why it cannot. */
async function removalTrouble(path: string): Promise<string | undefined> {
  try {
    await unlink(path);
    return undefined;
  } catch (error) {
    if (isNotThere(error)) return undefined;
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
