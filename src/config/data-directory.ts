import { isAbsolute, join, resolve } from 'node:path';
import { ConfigError } from './config-error.ts';
import type { Environment } from './environment.ts';

/**
 * The directory that `data_dir` stands for, absolute: the configured one, or where the system keeps state of this user
 * (XDG Base Directory Specification). Throws a `ConfigError` for a user that has neither state directory nor home.
 */
export function dataDirectory(configured: string, { env, uid }: Environment): string {
  if (configured !== '') return resolve(configured);
  if (uid === 0) return '/var/lib/dane-relay';
  // The specification wants a relative XDG_STATE_HOME ignored.
  const { XDG_STATE_HOME: state = '', HOME: home = '' } = env;
  if (isAbsolute(state)) return join(state, 'dane-relay');
  if (isAbsolute(home)) return join(home, '.local/state/dane-relay');
  const found = 'none, and neither XDG_STATE_HOME nor HOME in the environment';
  throw new ConfigError([
    { where: 'default', key: 'data_dir', wanted: 'a directory to keep state in', found },
  ]);
}
