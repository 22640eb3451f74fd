import type { IncomingMessage } from 'node:http';
import type { AccessToken } from '../core/http/token.ts';
import type { DoorClient } from '../core/intake/door.ts';

/** A request of somebody who may ask. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  /** In their order. A `+` is a plus: addresses have them, and no blanks. */
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: IncomingMessage['headers'];
  readonly token: AccessToken;
  readonly client: DoorClient;
  /** The body; a client that waits for `100 Continue` is told so. Can be read once. */
  readonly body: () => AsyncIterable<Buffer>;
}

/** Path and query of a request target; undefined if it cannot be read. */
export function readTarget(target: string): Pick<HttpRequest, 'path' | 'query'> | undefined {
  const [path = '', ...rest] = target.split('?');
  try {
    const pairs = rest
      .join('?')
      .split('&')
      .filter((pair) => pair !== '');
    return {
      path: decodeURIComponent(path),
      query: pairs.map((pair) => {
        const [name = '', ...value] = pair.split('=');
        return [decodeURIComponent(name), decodeURIComponent(value.join('='))] as const;
      }),
    };
  } catch {
    return undefined;
  }
}

/** Octets that a request announces (RFC 9110 §8.6); undefined if it does not. */
export function announcedBytes({ headers }: Pick<HttpRequest, 'headers'>): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

/** `message/rfc822` of `Message/RFC822; charset=…`; empty if there is none. */
export function mediaType({ headers }: Pick<HttpRequest, 'headers'>): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
