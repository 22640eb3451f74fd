/** Why a connection was not made or was lost, by the code of the operating system or of the resolver. */
const connectTroubles: Readonly<Partial<Record<string, string>>> = {
  ECONNREFUSED: 'Connection refused',
  ENOENT: 'no such socket',
  EACCES: 'no permission to use the socket',
  ENOTSOCK: 'no socket',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the DNS gives no address for it',
  ETIMEDOUT: 'Connection timed out',
  EHOSTUNREACH: 'No route to host',
  ENETUNREACH: 'Network is unreachable',
  ECONNRESET: 'lost connection',
  EPIPE: 'lost connection',
};

const silent = 'Redis does not answer';
const unreachable = 'Redis is not reachable';

/** Messages of the client library, which are meant for programmers. */
const libraryWords: readonly (readonly [RegExp, string])[] = [
  [/^Command timed out$/, silent],
  [/^Socket timeout\. /, silent],
  [/^Stream isn't writeable/, unreachable],
  [/^Connection is closed\.?$/, unreachable],
  [/^Reached the max retries per request limit/, unreachable],
  [/^Command aborted/, `${unreachable}: lost connection`],
  [/^(?:Protocol error|Unknown RESP type)/, 'what answers is no Redis'],
  [/^Command queue state error/, 'what answers is no Redis'],
];

/** What went wrong with Redis, in words for the operator. A reply of Redis stays as it is. */
export function redisWords(error: unknown): string {
  if (!(error instanceof Error)) return `Redis: ${String(error)}`;
  for (const [pattern, words] of libraryWords) if (pattern.test(error.message)) return words;
  const trouble = 'code' in error ? connectTroubles[String(error.code)] : undefined;
  if (trouble !== undefined) return `${unreachable}: ${whereOf(error)}${trouble}`;
  // A name with several addresses, none of which works.
  if (error instanceof AggregateError && error.errors.length > 0) return redisWords(error.errors[0]);
  return `Redis: ${error.message}`;
}

/** Redis has sent nothing for longer than the timeout. */
export function isSilence(error: unknown): boolean {
  return isSaid(error, (words) => words === silent);
}

/** Whether Redis may be there the next time: there was no answer, or none in time. */
export function isAbsence(error: unknown): boolean {
  return isSaid(error, (words) => words === silent || words.startsWith(unreachable));
}

/** @param error as it came, or translated */
function isSaid(error: unknown, test: (words: string) => boolean): boolean {
  if (!(error instanceof Error)) return false;
  return test(error.cause === undefined ? redisWords(error) : redisWords(error.cause)) || test(error.message);
}

/** Address and port, path, or name, of an error of the operating system. */
function whereOf(error: Error): string {
  const { address, port, hostname } = error as Error & {
    readonly address?: string;
    readonly port?: number;
    readonly hostname?: string;
  };
  const host = address ?? hostname;
  if (host === undefined) return '';
  if (port === undefined) return `${host}: `;
  return host.includes(':') ? `[${host}]:${port}: ` : `${host}:${port}: `;
}
