import { lockFile } from '../children/file-lock.ts';
import type { Environment } from '../config/environment.ts';
import { spoolDirectory } from '../config/spool-directory.ts';
import type { Intake } from '../intake/server/smtp-intake.ts';
import { serveMaildrop } from '../maildrop/serve-maildrop.ts';
import type { Queue } from '../queue/open-queue.ts';
import type { Relay } from './relay.ts';

/** Picks up the mail that programs of this machine leave in the spool. */
export async function startPickingUp(
  { config, log, parts, problems }: Relay,
  environment: Environment,
  queue: Pick<Queue, 'forgetTaken'>,
  intake: Pick<Intake, 'pickUp'>,
): Promise<void> {
  const maildrop = await serveMaildrop(spoolDirectory(config, environment), {
    pickUp: (dropped) => intake.pickUp(dropped),
    forgetTaken: (names) => queue.forgetTaken(names),
    lock: lockFile,
    log,
    now: Date.now,
  });
  problems.ask('maildrop', () => maildrop.trouble());
  parts.add('maildrop', () => maildrop.stop());
}
