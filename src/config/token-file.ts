import { join, resolve } from 'node:path';
import type { Config } from './config.ts';

/** The file with the tokens of HTTP, absolute. */
export function tokenFile({ http }: Pick<Config, 'http'>, dataDir: string): string {
  return http.tokens === '' ? join(dataDir, 'http-tokens') : resolve(http.tokens);
}
