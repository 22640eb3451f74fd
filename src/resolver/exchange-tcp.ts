import { connect } from 'node:net';
import type { Failed } from '../core/dns/answer.ts';
import { malformed } from './answer-from-reply.ts';
import { matchReply } from './match-reply.ts';
import type { Query } from './query.ts';
import { timedOut, unreachable } from './server.ts';
import type { Exchanged, Server } from './server.ts';

/** One query over one TCP connection (RFC 7766). The first message that comes back must be the reply. */
export function exchangeTcp(
  server: Server,
  query: Query,
  bytes: Buffer,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Exchanged | Failed> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: server.address, port: server.port, noDelay: true });
    let ended = false;
    const end = (): void => {
      ended = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
    };
    const settle = (outcome: Exchanged | Failed): void => {
      if (ended) return;
      end();
      resolve(outcome);
    };
    const onAbort = (): void => {
      end();
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => settle(timedOut(server, 'TCP', timeoutMs)), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });

    const chunks: Buffer[] = [];
    let received = 0;
    let needed = 2;
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      received += chunk.length;
      if (received < needed) return;
      const stream = join(chunks);
      needed = 2 + stream.readUInt16BE(0);
      if (received >= needed) settle(judge(stream.subarray(2, needed), query));
    });
    socket.on('error', (error) => settle(unreachable(server, error)));
    socket.on('close', () => settle(malformed('TCP connection closed early')));
    socket.write(frame(bytes));
  });
}

/** RFC 1035 §4.2.2: two octets of length precede the message. */
function frame(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** Joins what has arrived into one buffer, which then replaces the pieces: a reply in single octets stays cheap. */
function join(chunks: Buffer[]): Buffer {
  const [first] = chunks;
  if (first !== undefined && chunks.length === 1) return first;
  const whole = Buffer.concat(chunks);
  chunks.splice(0, chunks.length, whole);
  return whole;
}

function judge(message: Buffer, query: Query): Exchanged | Failed {
  const match = matchReply(message, query);
  if (match.kind === 'reply') return match;
  return malformed(match.kind === 'garbled' ? match.detail : 'not a reply to the query');
}
