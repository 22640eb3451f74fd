import { lstat, unlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, isIPv6, type Socket } from 'node:net';
import { stackOf } from '../core/error-words.ts';
import type { DoorClient } from '../core/intake/door.ts';
import { problem, send, type Answer } from './answer.ts';
import { createGate } from './gate.ts';
import { limitConnections } from './connection-limits.ts';
import { requestBug, requestRefused, type HttpClient } from './log-lines.ts';
import type { HttpListenAt, HttpOptions, HttpPorts } from './options.ts';
import { problemBody, type Problem } from './problem.ts';
import { readTarget } from './request.ts';
import { createRoutes, findRoute } from './routes.ts';

/** Octets of a request before its body: an envelope in a query is long. */
const MOST_HEADER_BYTES = 64 * 1024;
const HEADER_MS = 10_000;
const KEEP_ALIVE_MS = 10_000;
/** An answer is taken in so long, and the store has its own limit before that. */
const ANSWER_MS = 120_000;
/** What a client still sends after a refusal is read so far, that it may see the answer. */
const LINGER_BYTES = 64 * 1024 * 1024;
const LINGER_MS = 10_000;

export interface HttpServer {
  /** Where it listens: `127.0.0.1:8025`, or the path of a socket. */
  readonly addresses: readonly string[];
  /** Lets requests under way come to their end, until `giveUp` is aborted. */
  readonly stop: (giveUp: AbortSignal) => Promise<void>;
}

/** Opens the HTTP server for submission. Rejects if it cannot listen. */
export async function startHttp(options: HttpOptions, ports: HttpPorts): Promise<HttpServer> {
  const service = new Service(options, ports);
  const servers: Server[] = [];
  try {
    for (const at of options.listen) {
      const server = serverFor(options, service);
      servers.push(server);
      await listen(server, at);
    }
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
  return {
    addresses: servers.map(addressOf),
    async stop(giveUp) {
      service.drain();
      const closed = Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
      const cut = (): void => servers.forEach((server) => server.closeAllConnections());
      if (giveUp.aborted) cut();
      giveUp.addEventListener('abort', cut, { once: true });
      for (const server of servers) server.closeIdleConnections();
      await closed;
      giveUp.removeEventListener('abort', cut);
    },
  };
}

function serverFor(options: HttpOptions, service: Service): Server {
  const server = createServer({
    maxHeaderSize: MOST_HEADER_BYTES,
    headersTimeout: Math.min(HEADER_MS, options.requestTimeoutMs),
    requestTimeout: options.requestTimeoutMs,
    connectionsCheckingInterval: 1_000,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requireHostHeader: false,
  });
  server.maxHeadersCount = 100;
  server.maxRequestsPerSocket = 1_000;
  limitConnections(server, options.clientLimit);
  server.on('request', (request, response) => void service.serve(request, response));
  server.on('checkContinue', (request, response) => void service.serve(request, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => refuseUnread(error, socket));
  return server;
}

class Service {
  readonly #ports: HttpPorts;
  readonly #gate: ReturnType<typeof createGate>;
  readonly #routes: ReturnType<typeof createRoutes>;
  readonly #busy = new WeakSet<Socket>();
  readonly #timeoutMs: number;
  #isDraining = false;

  constructor(options: HttpOptions, ports: HttpPorts) {
    this.#ports = ports;
    this.#gate = createGate(ports);
    this.#timeoutMs = options.requestTimeoutMs;
    this.#routes = createRoutes({ options, ports, gate: this.#gate, running: new Set() });
  }

  /** Connections are closed after their next answer. */
  drain(): void {
    this.#isDraining = true;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request;
    // Whoever does not wait for an answer before the next request has more open than a connection may.
    if (this.#busy.has(socket)) return void socket.destroy();
    this.#busy.add(socket);
    const deadline = setTimeout(() => socket.destroy(), this.#timeoutMs + ANSWER_MS);
    response.on('close', () => {
      clearTimeout(deadline);
      this.#busy.delete(socket);
    });
    request.on('error', () => {});
    response.on('error', () => {});
    const client = clientOf(socket);
    const answer = await this.#answer(request, response, client).catch((error: unknown): Answer => {
      this.#ports.log(requestBug(stackOf(error)));
      return problem({ status: 500, detail: 'a mistake of this relay; its log has more', isLogged: true });
    });
    if (socket.destroyed) return;
    const isUnread = !request.complete;
    send(answer, response, this.#isDraining);
    if (isUnread) linger(request);
  }

  async #answer(request: IncomingMessage, response: ServerResponse, client: HttpClient): Promise<Answer> {
    const { method = '', url = '', headers } = request;
    const target = readTarget(url);
    const path = target?.path ?? '';
    let user: string | undefined;
    const refuse = (found: Problem): Answer => {
      if (found.isLogged !== true && found.status !== 401)
        this.#ports.log(requestRefused(client, { method, path, user }, found));
      return problem(found);
    };
    if (target === undefined) return refuse({ status: 400, detail: 'the path cannot be read' });
    const found = findRoute(this.#routes, method, path);
    if ('status' in found) return refuse(found);
    const { route, parameter } = found;
    if (route.open !== undefined) return route.open();
    const token = await this.#gate.enter(headers.authorization, client);
    if ('status' in token) return refuse(token);
    user = token.name;
    const doorClient: DoorClient = { address: client.address, user, tls: false };
    const answer = await route.serve(
      {
        method,
        path,
        query: target.query,
        headers,
        token,
        client: doorClient,
        body: () => {
          if (headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
          // What is not read of it is not to take the answer with it.
          return request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
        },
      },
      parameter,
    );
    return answer.kind === 'problem' ? refuse(answer.problem) : answer;
  }
}

/** Nothing was understood of a request: what Node says of it is put in the words of all other answers. */
function refuseUnread(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const [status, detail] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? [431, 'the header of the request is too long']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? [408, 'the request came too slowly']
        : [400, 'this is no HTTP request'];
  const body = `${JSON.stringify(problemBody({ status, detail }))}\n`;
  const head = `HTTP/1.1 ${status} Refused\r\ncontent-type: application/problem+json\r\nconnection: close`;
  socket.end(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/** A connection that is closed while octets are on their way is reset, and the answer lost with it (RFC 9112 §9.6). */
function linger(request: IncomingMessage): void {
  const { socket } = request;
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > LINGER_BYTES) socket.destroy();
  });
  // Whoever has begun to read it has stopped.
  setImmediate(() => request.resume());
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  request.once('close', () => clearTimeout(timer));
}

function clientOf({ remoteAddress = '127.0.0.1' }: Socket): HttpClient {
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/, '');
  const isLocal = address === '::1' || address.startsWith('127.');
  return { name: isLocal ? 'localhost' : 'unknown', address };
}

async function listen(server: Server, at: HttpListenAt): Promise<void> {
  if (at.kind === 'unix') await clearPath(at.path);
  await new Promise<void>((resolve, reject) => {
    // It stays: a connection that cannot be accepted (EMFILE) is reported here, and the next one may be.
    server.on('error', reject);
    server.listen(at.kind === 'unix' ? { path: at.path, readableAll: true, writableAll: true } : at, resolve);
  });
}

/** Removes the socket of a process that is gone. Another kind of file stays, and cannot be listened on. */
async function clearPath(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isSocket() === true && !(await isAnswered(path))) await unlink(path).catch(() => {});
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function addressOf(server: Server): string {
  const address = server.address();
  if (address === null) throw new Error('not listening');
  if (typeof address === 'string') return address;
  return isIPv6(address.address)
    ? `[${address.address}]:${address.port}`
    : `${address.address}:${address.port}`;
}
