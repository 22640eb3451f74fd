import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { printable } from '../core/mail/printable.ts';
import { fetchError, longestPolicyBytes, policyPath, replyTrouble } from '../core/sts/policy-reply.ts';
import type { StsTrouble } from '../core/sts/sts-finding.ts';

export interface PolicyFile {
  readonly octets: Buffer;
}

const longestHeadBytes = 16 * 1024;

export const timedOut = fetchError('timeout', 'no answer in time');

export function connectionError(words: string): StsTrouble {
  return fetchError('connection', printable(words).slice(0, 200));
}

/** One GET on a connection to a host that was authenticated. */
export function getPolicy(
  connection: Duplex,
  host: string,
  signal: AbortSignal,
): Promise<PolicyFile | StsTrouble> {
  return new Promise((resolve) => {
    const end = (result: PolicyFile | StsTrouble): void => {
      signal.removeEventListener('abort', abort);
      resolve(result);
      asked.destroy();
      connection.destroy();
    };
    const abort = (): void => end(timedOut);
    let isAnswered = false;
    const asked = request({
      // Without an agent, or that would make a connection of its own.
      createConnection: () => connection,
      host,
      path: policyPath,
      maxHeaderSize: longestHeadBytes,
      headers: {
        host,
        accept: 'text/plain',
        'accept-encoding': 'identity',
        'cache-control': 'no-cache',
        connection: 'close',
        'user-agent': 'dane-relay',
      },
    });
    // Before anything else: to destroy a request that has no listener for its error would end the process.
    asked.on('error', (error) => end(connectionError(error.message)));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    // After an answer 101 there is neither a response nor an error.
    asked.on('upgrade', ({ statusCode = 0 }, socket) => {
      socket.destroy();
      end(fetchError(`http-${statusCode}`, `HTTP status ${statusCode}`));
    });
    asked.on('close', () => {
      if (!isAnswered) end(connectionError('the connection ended without an answer'));
    });
    asked.on('response', (response) => {
      isAnswered = true;
      const { 'content-type': contentType, 'content-encoding': contentEncoding } = response.headers;
      const trouble = replyTrouble({ status: response.statusCode ?? 0, contentType, contentEncoding });
      if (trouble !== undefined) return end(trouble);
      const pieces: Buffer[] = [];
      let bytes = 0;
      response.on('data', (piece: Buffer) => {
        bytes += piece.length;
        if (bytes > longestPolicyBytes) return end(fetchError('too-large', 'more than 64 KiB'));
        pieces.push(piece);
      });
      response.on('end', () =>
        end(
          response.complete
            ? { octets: Buffer.concat(pieces) }
            : connectionError('the connection ended in the midst'),
        ),
      );
      response.on('error', (error) => end(connectionError(error.message)));
      response.on('close', () => end(connectionError('the connection ended in the midst')));
    });
    asked.end();
  });
}
