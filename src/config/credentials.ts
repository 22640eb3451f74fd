import { join } from 'node:path';
import type { Environment } from './environment.ts';

/** For commands, which systemd does not start: what it has given to the service, as long as that runs. Root can read it. */
const credentialsOfService = '/run/credentials/dane-relay.service';

/** Where systemd puts what `LoadCredential=` and the like name (systemd.exec(5)). */
export function credentialsDirectory(env: Environment['env']): string {
  return env['CREDENTIALS_DIRECTORY'] || credentialsOfService;
}

/** The path of `credential:NAME`; undefined for another text. */
export function credentialPath(word: string, directory: string): string | undefined {
  const [, name] = /^credential:([\w-][\w.-]{0,254})$/.exec(word) ?? [];
  return name === undefined ? undefined : join(directory, name);
}
