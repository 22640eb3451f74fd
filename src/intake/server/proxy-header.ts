import type { Socket } from 'node:net';
import { type ProxyHeader, readProxyHeader } from '../../core/intake/proxy-header.ts';

/** What a connection began with. */
export type Beginning =
  | Extract<ProxyHeader, { kind: 'client' | 'health check' }>
  /** Not as it has to. @property why absent if it has ended without a word */
  | { readonly kind: 'broken'; readonly why?: string };

/**
 * Reads the PROXY header of a connection. What follows it stays in the socket, for TLS or SMTP.
 *
 * @param timeoutMs for the whole of the header
 */
export function readBeginning(socket: Socket, timeoutMs: number): Promise<Beginning> {
  // Whatever happens to the socket, it is closed next.
  socket.on('error', () => {});
  return new Promise((resolve) => {
    let octets = Buffer.alloc(0);
    const timer = setTimeout(() => end({ kind: 'broken', why: 'no header in time' }), timeoutMs);
    const gone = (): void => end({ kind: 'broken', ...(octets.length > 0 && { why: 'half a header' }) });
    const look = (): void => {
      for (let chunk = read(socket); chunk !== undefined; chunk = read(socket)) {
        octets = Buffer.concat([octets, chunk]);
        const header = readProxyHeader(octets);
        if (header.kind === 'open') continue;
        return end(header.kind === 'malformed' ? { kind: 'broken', why: header.why } : header);
      }
    };
    function end(beginning: Beginning): void {
      clearTimeout(timer);
      socket.off('readable', look).off('end', gone).off('close', gone);
      if ('rest' in beginning && beginning.rest.length > 0) socket.unshift(beginning.rest);
      resolve(beginning);
    }
    socket.on('readable', look).on('end', gone).on('close', gone);
  });
}

function read(socket: Socket): Buffer | undefined {
  return (socket.read() as Buffer | null) ?? undefined;
}
