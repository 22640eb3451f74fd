import { setTimeout as sleep } from 'node:timers/promises';
import { isFaultOfCommand } from './queue-error.ts';

const PAUSE_MS = 1_000;

/**
 * Repeats a command every second until Redis carries it out, while Redis refuses all work (a replica, a full disk,
 * loading), refuses the login, or something in its place sends nonsense. Throws errors that another try does not
 * change: a fault of the command, or a bug; and every error once the connection was closed for good.
 */
export async function retryWhileRefused<T>(
  command: () => Promise<T>,
  store: { readonly isClosed: () => boolean },
  pauseMs = PAUSE_MS,
): Promise<T> {
  for (;;) {
    try {
      return await command();
    } catch (error) {
      if (isFaultOfCommand(error) || store.isClosed()) throw error;
    }
    await sleep(pauseMs);
  }
}
