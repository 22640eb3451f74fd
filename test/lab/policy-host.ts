import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type AddressInfo, type Socket } from 'node:net';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import type { Certificate } from './certificates.ts';

/** What the policy host of a domain does with a request. */
export interface PolicyReply {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Nothing is answered, ever. */
  readonly silent?: boolean;
}

export interface PolicyRequest {
  readonly host: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly protocol: string | null;
}

/** A web server that has the policy files of many domains, each at `mta-sts.DOMAIN`. */
export interface PolicyHost {
  readonly port: number;
  /** From now on, in place of what was before. Without `certificates` it has those of the start. */
  serve(host: string, reply: PolicyReply, certificates?: readonly Certificate[]): void;
  /** Requests for a host so far, oldest first. */
  requests(host: string): readonly PolicyRequest[];
  /** Connections so far, with or without a request. */
  readonly connections: number;
  stop(): Promise<void>;
}

/** @param certificates as sent, its own first */
export async function startPolicyHost(
  address: string,
  certificates: readonly Certificate[],
): Promise<PolicyHost> {
  const replies = new Map<string, PolicyReply>();
  const contexts = new Map<string, SecureContext>();
  const seen: PolicyRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const usual = contextOf(certificates);

  const http = createServer((request: IncomingMessage, response: ServerResponse) => {
    const { headers, url = '', socket } = request;
    const host = (headers.host ?? '').toLowerCase();
    seen.push({ host, path: url, headers, protocol: (socket as TLSSocket).getProtocol() });
    const reply = replies.get(host) ?? { status: 404 };
    if (reply.silent === true) return;
    response.writeHead(reply.status ?? 200, { 'content-type': 'text/plain', ...reply.headers });
    response.end(reply.body ?? '');
  });
  const server = createTlsServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    const tls = new TLSSocket(socket, {
      isServer: true,
      secureContext: usual,
      SNICallback: (name, done) => done(null, contexts.get(name.toLowerCase()) ?? usual),
    });
    tls.on('error', () => socket.destroy());
    http.emit('connection', tls);
  });
  server.listen(0, address);
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    serve(host, reply, own) {
      replies.set(host, reply);
      if (own === undefined) contexts.delete(host);
      else contexts.set(host, contextOf(own));
    },
    requests: (host) => seen.filter((one) => one.host === host),
    get connections() {
      return connections;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function contextOf(certificates: readonly Certificate[]): SecureContext {
  return createSecureContext({
    cert: certificates.map(({ pem }) => pem).join(''),
    key: certificates[0]?.privateKeyPem,
  });
}
