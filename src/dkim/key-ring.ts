import { messageOf } from '../core/error-words.ts';
import { lookupKeys } from '../core/dkim/key-table.ts';
import type { Log } from '../core/log/log-event.ts';
import { readKeys, type SigningKeys } from './key-files.ts';
import type { KeySources } from './key-sources.ts';
import { keysNotRead, keysRead, keyTrouble } from './log-lines.ts';
import type { SigningKey } from './signing-key.ts';
import { stampOf } from './stamp.ts';

/** The keys to sign with, as the operator's files have them now. */
export interface KeyRing {
  /** Keys for mail whose author is at this domain (A-labels); empty if there are none. */
  keysFor(domain: string): readonly SigningKey[];
  /** There are keys, or there would be if they could be used. */
  isUsed(): boolean;
  /** Keys that cannot be used, and entries that make no sense. */
  problems(): readonly string[];
  /** Reads all files again. Throws when directory or table cannot be read, and then nothing has changed. */
  reload(): Promise<void>;
  /** Reads them again when one of them has changed since they were read. Never rejects. */
  look(): Promise<void>;
}

/** Throws ConfigError when directory or table cannot be read. */
export async function openKeyRing(sources: KeySources, log: Log): Promise<KeyRing> {
  let stamp = await stampOf(sources);
  let current = told(await readKeys(sources), log);
  let running: Promise<void> = Promise.resolve();

  /** One at a time: what was read last is what is there now. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const turn = running.then(work);
    running = turn.catch(() => {});
    return turn;
  }
  async function read(): Promise<void> {
    const before = await stampOf(sources);
    const keys = await readKeys(sources, current);
    stamp = before;
    current = told(keys, log);
    log(keysRead(keys.keys.length, new Set(keys.keys.map(({ domain }) => domain)).size));
  }

  return {
    keysFor: (domain) => lookupKeys(current.entries, domain),
    isUsed: () => current.entries.size > 0,
    problems: () => current.problems,
    reload: () => inTurn(read),
    look: () =>
      inTurn(async () => {
        const now = await stampOf(sources);
        if (now === stamp) return;
        // Also if they cannot be read: that is said once for each change.
        stamp = now;
        await read();
      }).catch((error: unknown) =>
        log(keysNotRead(`not read again, the keys stay as they were: ${messageOf(error)}`)),
      ),
  };
}

function told(keys: SigningKeys, log: Log): SigningKeys {
  for (const text of [...keys.problems, ...keys.doubts]) log(keyTrouble(text));
  return keys;
}
