/** What a status server answers, by path. Each part of the relay has routes of its own; the composition collects them. */

export interface StatusRequest {
  readonly url: URL;
  /** The operator's socket in the data directory, or an address of `status.listen`. */
  readonly via: 'socket' | 'tcp';
  readonly access: StatusAccess;
  /** Reads the body, as UTF-8. Throws BodyRefused if it is too long. */
  readonly body: () => Promise<string>;
  /** Aborted as soon as nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

export interface StatusAnswer {
  readonly status: number;
  /** Content-Type, with its charset. */
  readonly type: string;
  /** A stream is asked for its next piece when the reader has taken the last one. It ends itself when `signal` is aborted. */
  readonly body: string | Buffer | AsyncIterable<string>;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * `open`: for monitoring, without login. `door`: the files of the page and its login. `look`: shows addresses and replies.
 * `act`: changes something.
 */
export type StatusLevel = 'open' | 'door' | 'look' | 'act';

/** What whoever asks may do. */
export interface StatusAccess {
  readonly look: boolean;
  readonly act: boolean;
  /** What a page of whoever asks sends back with each action. */
  readonly pageToken: string;
}

export interface StatusRoute {
  readonly method: 'GET' | 'POST';
  /** `/api/queue`; one that ends in `/` stands for all paths below it: `/api/explain/`. */
  readonly path: string;
  readonly level: StatusLevel;
  answer(request: StatusRequest): Promise<StatusAnswer>;
}

/** A body that is longer than is read of one. */
export class BodyRefused extends Error {
  override readonly name = 'BodyRefused';
}

/** An answer that is no stream. */
export type WholeAnswer = StatusAnswer & { readonly body: string | Buffer };

export function jsonAnswer(value: unknown, status = 200): WholeAnswer {
  return { status, type: 'application/json; charset=utf-8', body: `${JSON.stringify(value)}\n` };
}

/** What is wrong with a request, in words for whoever made it. */
export function troubleAnswer(status: number, error: string): WholeAnswer {
  return jsonAnswer({ schema: 1, error }, status);
}

/** What is left of the path below that of a route: `4jX6Z` of `/api/explain/4jX6Z`. Undefined if it cannot be decoded. */
export function restOfPath({ pathname }: URL, { path }: Pick<StatusRoute, 'path'>): string | undefined {
  try {
    return decodeURIComponent(pathname.slice(path.length));
  } catch {
    return undefined;
  }
}

export type FoundRoute =
  | { readonly route: StatusRoute }
  | { readonly allowed: readonly string[] }
  | 'unknown path';

/** The route of a request, or the methods that its path has instead. HEAD is GET. */
export function findRoute(routes: readonly StatusRoute[], method: string, path: string): FoundRoute {
  const there = routes.filter((route) => covers(route.path, path));
  if (there.length === 0) return 'unknown path';
  const wanted = method === 'HEAD' ? 'GET' : method;
  const route = there.find((one) => one.method === wanted);
  if (route !== undefined) return { route };
  return { allowed: there.flatMap((one) => (one.method === 'GET' ? ['GET', 'HEAD'] : [one.method])) };
}

function covers(own: string, path: string): boolean {
  if (own === '/' || !own.endsWith('/')) return own === path;
  return path.startsWith(own) && path.length > own.length;
}
