import { opendir, rename, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isDropName, type DroppedMail } from '../core/sendmail/dropped-mail.ts';
import type { Log } from '../core/log/log-event.ts';
import { isNotThere, syncDirectory } from './drop.ts';
import { openDropped, type DroppedFile } from './dropped-file.ts';
import { maildropRefused, maildropTrouble } from './log-lines.ts';
import { openSuffix, type MaildropPlaces } from './places.ts';

export interface PickupPorts {
  /** Takes a message into the queue, once, however often it is called. Resolves to a reply of SMTP. */
  readonly pickUp: (message: {
    readonly name: string;
    readonly uid: number;
    readonly mail: DroppedMail;
    readonly content: AsyncIterable<Buffer>;
  }) => Promise<string>;
  /** Nothing is left of these. */
  readonly forgetTaken: (names: readonly string[]) => Promise<void>;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Longer than any program takes to write a message, or waits for the answer. */
const ABANDONED_AFTER_MS = 24 * 3_600_000;

/** Takes the messages of a maildrop, each of them once. */
export class Pickup {
  readonly #places: MaildropPlaces;
  readonly #ports: PickupPorts;
  /** Those that are being taken. */
  readonly #running = new Map<string, Promise<string>>();
  /** Files whose removal is not on disk yet. */
  #gone: string[] = [];
  /** Names of which the log has told already that they cannot be read. */
  readonly #unreadable = new Set<string>();
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
    for await (const { name } of await opendir(this.#places.directory)) {
      if (this.#isStopped) return;
      seen.add(name);
      if (!isDropName(name)) {
        await this.#removeAbandoned(name);
        continue;
      }
      // The store takes nothing now: nor would it take the others.
      if ((await this.#once(name, false)).startsWith('4') && !this.#unreadable.has(name)) return;
    }
    for (const name of this.#unreadable) if (!seen.has(name)) this.#unreadable.delete(name);
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
    const reply = await this.#read(name, found);
    if (reply.startsWith('2')) {
      await Promise.all([openPath, path].map((one) => unlink(one).catch(() => {})));
      this.#gone.push(name);
    } else if (reply.startsWith('5') && !isAwaited) {
      const uid = 'uid' in found ? found.uid : undefined;
      const why = found.kind === 'strange' ? found.why : reply;
      await this.#putAside(name, path, { why, ...(uid !== undefined && { uid }) });
    }
    return reply;
  }

  async #read(name: string, found: DroppedFile): Promise<string> {
    if (found.kind === 'gone') return '550 5.1.8 Error: there is no such message';
    if (found.kind === 'strange') return `550 5.6.0 Error: ${found.why}`;
    if (found.kind === 'unreadable') {
      if (!this.#unreadable.has(name)) this.#ports.log(maildropTrouble(`${name}: ${found.why}`));
      this.#unreadable.add(name);
      return '451 4.3.0 Error: cannot read the message';
    }
    try {
      return await this.#ports.pickUp({ name, ...found });
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
      // Somebody else's directory, say. What cannot be removed is told of once.
      const isRemoved = await rm(path, { recursive: true }).then(
        () => true,
        () => false,
      );
      if (!isRemoved && this.#unreadable.has(name)) return;
      if (!isRemoved) this.#unreadable.add(name);
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
