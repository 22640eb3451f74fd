import type { Config } from '../config/config.ts';
import { headerChoice } from '../core/dkim/header-names.ts';
import type { StartSigning } from '../core/dkim/message-signer.ts';
import type { Log } from '../core/log/log-event.ts';
import { openKeyRing, type KeyRing } from '../dkim/key-ring.ts';
import { keySources } from '../dkim/key-sources.ts';
import { startSigning } from '../dkim/message-signing.ts';
import type { Parts } from './parts.ts';

/** How mail is signed, according to the current keys. */
export interface Signing extends Pick<KeyRing, 'problems' | 'reload'> {
  /** Undefined while there are no keys, so that signing costs nothing. */
  sign(): StartSigning | undefined;
  /** For mail that was signed before. */
  readonly signAgain: StartSigning;
  /** Begins to watch the keys for changes. */
  watch(parts: Parts): void;
}

/** How often the key files are checked. An operator waits for the result, and it costs only a `stat`. */
const LOOK_MS = 10_000;

/** Throws ConfigError if the directory of keys, or their table, cannot be read. */
export async function openSigning(config: Pick<Config, 'dkim'>, dataDir: string, log: Log): Promise<Signing> {
  const keys = await openKeyRing(keySources(config, dataDir), log);
  const { signHeaders, oversignHeaders, expireMs } = config.dkim;
  const header = headerChoice(signHeaders, oversignHeaders);
  const rules = { header, keysFor: (domain: string) => keys.keysFor(domain), expireMs, now: Date.now };
  const start = startSigning(rules);
  return {
    sign: () => (keys.isUsed() ? start : undefined),
    signAgain: start,
    problems: () => keys.problems(),
    reload: () => keys.reload(),
    watch(parts) {
      const timer = setInterval(() => void keys.look(), LOOK_MS);
      parts.add('DKIM keys', () => clearInterval(timer));
    },
  };
}
