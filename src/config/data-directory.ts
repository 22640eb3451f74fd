import { isAbsolute, join, resolve } from 'node:path';
import { ConfigError } from './config-error.ts';
import type { Environment } from './environment.ts';

/**
 * The absolute path of `data_dir`: the configured one, or the state directory of this user (XDG Base Directory
 * Specification). Throws a `ConfigError` for a user with neither state directory nor home.
 */
export function dataDirectory(configured: string, { env, uid }: Environment): string {
  if (configured !== '') return resolve(configured);
  if (uid === 0) return '/var/lib/dane-relay';
  // By the specification, a relative XDG_STATE_HOME is ignored.
  const { XDG_STATE_HOME: state = '', HOME: home = '' } = env;
  if (isAbsolute(state)) return join(state, 'dane-relay');
  if (isAbsolute(home)) return join(home, '.local/state/dane-relay');
  const found = 'none, and neither XDG_STATE_HOME nor HOME in the environment';
  throw new ConfigError([
    { where: 'default', key: 'data_dir', wanted: 'a directory to keep state in', found },
  ]);
}
