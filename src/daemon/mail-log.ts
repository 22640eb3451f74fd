import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { fileTrouble } from '../config/operator-file.ts';
import { wantedLogFile } from '../config/places.ts';
import type { Role } from '../config/role.ts';
import { openMaillog, type Maillog, type MaillogPorts } from '../maillog/open-maillog.ts';

/** Opens the log according to the settings. Throws ConfigError when its file cannot be opened. */
export function openLog(
  { log, tls }: Pick<Config, 'log' | 'tls'>,
  role: Role,
  env: Readonly<Record<string, string | undefined>>,
  ports: MaillogPorts,
): Maillog {
  try {
    // What an intake takes, a delivery may have delivered a moment later.
    const isFollowed = role === 'intake';
    const journalStream = env['JOURNAL_STREAM'];
    return openMaillog({ ...log, tlsLevel: tls.loglevel, journalStream, isFollowed }, ports);
  } catch (error) {
    const [wanted, found] = [wantedLogFile(error), fileTrouble(error)];
    throw new ConfigError([{ where: log.file, key: 'log.file', wanted, found }], { cause: error });
  }
}
