import type { Config } from '../config/config.ts';
import type { ConfigError } from '../config/config-error.ts';
import { openMaillog, type Maillog, type MaillogPorts } from '../maillog/open-maillog.ts';
import { messageOf, operatorFileError } from './operator-file.ts';

/** The log as the settings want it. Throws ConfigError when its file cannot be opened. */
export function openLog(
  { log, tls }: Pick<Config, 'log' | 'tls'>,
  env: Readonly<Record<string, string | undefined>>,
  ports: MaillogPorts,
): Maillog {
  try {
    return openMaillog({ ...log, tlsLevel: tls.loglevel, journalStream: env['JOURNAL_STREAM'] }, ports);
  } catch (error) {
    throw unusable(log.file, error);
  }
}

function unusable(file: string, error: unknown): ConfigError {
  const isReadOnly = error instanceof Error && 'code' in error && error.code === 'EROFS';
  const hint = isReadOnly
    ? ' (a systemd unit may allow that by LogsDirectory= or ReadWritePaths=; without log.file the journal has the log)'
    : '';
  return operatorFileError(
    file,
    'log.file',
    `a file that the relay may write to${hint}`,
    messageOf(error),
    error,
  );
}
