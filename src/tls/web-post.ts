import { request, type OutgoingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import { messageOf } from '../core/error-words.ts';

/** What came of a request: a status of HTTP, or why there is none. */
export type Posted = { readonly status: number } | { readonly problem: string };

const MOST_HEADER = 16 * 1024;

/** Where a URL leads: a name, or an address without brackets. */
export function webPlaceOf({ protocol, hostname, port }: URL): {
  readonly host: string;
  readonly port: number;
} {
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return { host, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) };
}

/**
 * Sends one POST over a connection that is there, and destroys that. Redirections are not followed, and nobody looks at
 * what the answer says besides its status. Never rejects, and ends whatever the server does.
 *
 * @param headers beside `Host`, `Content-Length`, `User-Agent` and `Connection`
 * @param signal ends it at once
 */
export function postOn(
  connection: Duplex,
  { host, pathname, search }: URL,
  headers: OutgoingHttpHeaders,
  body: string | Buffer,
  signal: AbortSignal,
): Promise<Posted> {
  return new Promise((resolve) => {
    const asked = request({
      // Without an agent, or that would make a connection of its own.
      createConnection: () => connection,
      path: `${pathname}${search}`,
      method: 'POST',
      maxHeaderSize: MOST_HEADER,
      signal,
      headers: {
        host,
        'content-length': Buffer.byteLength(body),
        'user-agent': 'dane-relay',
        connection: 'close',
        ...headers,
      },
    });
    const end = (posted: Posted): void => {
      resolve(posted);
      asked.destroy();
      connection.destroy();
    };
    asked.on('response', ({ statusCode = 0 }) => end({ status: statusCode }));
    // After an answer 101 there is neither a response nor an error.
    asked.on('upgrade', ({ statusCode = 0 }, socket) => {
      socket.destroy();
      end({ status: statusCode });
    });
    asked.on('error', (error) => end({ problem: messageOf(error) }));
    asked.on('close', () => end({ problem: 'the connection ended without an answer' }));
    asked.end(body);
  });
}
