import { join } from 'node:path';

/** Where the messages of programs on this machine are, in a spool directory. */
export interface MaildropPlaces {
  /** Everybody may put files there, nobody but the relay can see which there are. */
  readonly directory: string;
  /** The relay hears here of a message that waits for an answer. */
  readonly socket: string;
  /** For what is refused when nobody waits for an answer any more. */
  readonly corrupt: string;
  /** Locked by the relay that serves them. */
  readonly lock: string;
}

export function maildropPlaces(spoolDirectory: string): MaildropPlaces {
  return {
    directory: join(spoolDirectory, 'maildrop'),
    socket: join(spoolDirectory, 'pickup'),
    corrupt: join(spoolDirectory, 'corrupt'),
    lock: join(spoolDirectory, 'pickup.lock'),
  };
}

/** A complete message whose writer waits for an answer: it has promised nothing yet. */
export const openSuffix = '.open';
