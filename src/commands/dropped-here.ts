import type { Config } from '../config/config.ts';
import type { Environment } from '../config/environment.ts';
import { spoolDirectory } from '../config/spool-directory.ts';
import { listMaildrop, type ListedDrop } from '../maildrop/list-maildrop.ts';

/** What lies in the maildrop of this relay, as far as this user may look into it. */
export function droppedHere(config: Config, environment: Environment): AsyncIterable<ListedDrop> {
  return listMaildrop(spoolDirectory(config, environment));
}
