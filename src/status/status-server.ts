import { unlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { stackOf } from '../core/error-words.ts';
import type { Log } from '../core/log/log-event.ts';
import { askStatus } from './ask-status.ts';
import { limitConnections, type ConnectionLimits } from './connection-limits.ts';
import type { Guard } from './guard.ts';
import { requestBug, tokenRefused } from './log-lines.ts';
import { BodyRefused, findRoute, troubleAnswer, type StatusAnswer, type StatusRoute } from './route.ts';
import { READER_MS, readBody, sendStream, sendWhole } from './send-answer.ts';

export interface Health {
  readonly status: 'ok' | 'trouble';
  readonly problems: Readonly<Record<string, string>>;
}

export interface StatusServer {
  stop(): Promise<void>;
}

/** Another relay already runs where this one was to start. */
export class AlreadyRunning extends Error {
  override readonly name = 'AlreadyRunning';
  readonly code = 'ALREADY_RUNNING';
}

/** Time for a request to arrive, with its body. */
const PATIENCE_MS = 5_000;
/** Octets of a request before its body: a browser sends the cookies of all servers of its host. */
const MOST_HEADER = 8_192;
/** The answer to a wrong token waits so long, and is logged, unless so many wait already. */
const WRONG_TOKEN_MS = 1_000;
const MOST_WAITING = 8;

export interface StatusPorts {
  /** May grow while the server runs: parts of the relay add theirs as they start. */
  readonly routes: readonly StatusRoute[];
  readonly guard: Guard;
  readonly log: Log;
  /** How long a stream waits for its reader to take what is there. */
  readonly readerMs?: number;
}

/**
 * Serves the routes on a unix socket and on TCP addresses, to those whom the guard lets in. The socket is also what keeps a
 * second relay out of the same data directory: throws AlreadyRunning.
 */
export async function startStatus(
  socketPath: string,
  listen: readonly { readonly host: string; readonly port: number; readonly ipv6Only: boolean }[],
  ports: StatusPorts,
): Promise<StatusServer> {
  if (await isAnswered(socketPath))
    throw new AlreadyRunning(`another relay is running: it answers on ${socketPath}`);
  await unlink(socketPath).catch(() => {}); // Left by a process that was killed.
  const servers: Server[] = [];
  try {
    servers.push(await listening(serverFor('socket', ports), { path: socketPath }));
    for (const where of listen) servers.push(await listening(serverFor('tcp', ports), where));
  } catch (error) {
    await closeAll(servers);
    throw error;
  }
  return { stop: () => closeAll(servers) };
}

/** `/health`: all is well. `/ready`: mail is taken now. `/alive`: somebody answers. */
export type HealthPath = '/health' | '/ready' | '/alive';

/** Asks a running relay; undefined if none answers. */
export async function askHealth(
  socketPath: string,
  path: HealthPath = '/health',
): Promise<Health | undefined> {
  const reply = await askStatus(socketPath, path, { patienceMs: PATIENCE_MS });
  try {
    return reply && (JSON.parse(reply.body) as Health);
  } catch {
    return undefined;
  }
}

/** Of every answer: nothing of it is run, framed or kept that is not meant to be. */
const protection = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

function serverFor(via: 'socket' | 'tcp', ports: StatusPorts): Server {
  const options = {
    headersTimeout: PATIENCE_MS,
    requestTimeout: PATIENCE_MS,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: MOST_HEADER,
  };
  const served = new WeakSet<Socket>();
  const server = createServer(options, (incoming, response) => {
    // A connection serves one request, so that no client holds it longer than that takes. What is sent behind it is not
    // carried out, because nobody hears the answer.
    if (served.has(incoming.socket)) return;
    served.add(incoming.socket);
    response.setHeader('connection', 'close');
    for (const [name, value] of Object.entries(protection)) response.setHeader(name, value);
    void serve({ incoming, response, via, ports, limits }).catch((error: unknown) => {
      if (response.destroyed) return;
      ports.log(requestBug(stackOf(error)));
      if (response.headersSent) response.destroy();
      else sendWhole(troubleAnswer(500, 'a mistake of this relay; its log has more'), response);
    });
  });
  server.timeout = PATIENCE_MS;
  const limits = limitConnections(server);
  return server;
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly via: 'socket' | 'tcp';
  readonly ports: StatusPorts;
  readonly limits: ConnectionLimits;
}

let waiting = 0;

async function serve({ incoming, response, via, ports, limits }: Exchange): Promise<void> {
  const { method = '', socket, headers } = incoming;
  incoming.on('error', () => {});
  response.on('error', () => {});
  const url = urlOf(incoming);
  if (url === undefined) return sendWhole(troubleAnswer(400, 'the path cannot be read'), response);
  const found = findRoute(ports.routes, method, url.pathname);
  if (found === 'unknown path')
    return sendWhole({ status: 404, type: 'text/plain', body: 'try /, /health or /metrics\n' }, response);
  if ('allowed' in found) {
    const headers = { allow: found.allowed.join(', ') };
    return sendWhole({ ...troubleAnswer(405, `not with ${method}`), headers }, response);
  }
  const { remoteAddress } = socket;
  const access = ports.guard({ via, remoteAddress, method, url, headers }, found.route.level);
  if ('refused' in access) {
    if (access.wrongToken === true) await refusedToken(remoteAddress, ports.log);
    return sendWhole(access.refused, response);
  }

  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const { signal } = gone;
  // What takes longer is not the fault of the client; the connection has its own limit.
  socket.setTimeout(0);
  let answer: StatusAnswer;
  try {
    answer = await found.route.answer({ url, via, access, body: () => readBody(incoming), signal });
  } catch (error) {
    if (!(error instanceof BodyRefused)) throw error;
    answer = troubleAnswer(413, error.message);
  }
  if (signal.aborted) return;
  const { body } = answer;
  if (typeof body === 'string' || Buffer.isBuffer(body)) return sendWhole({ ...answer, body }, response);
  if (method === 'HEAD') return sendWhole({ ...answer, body: '' }, response);
  if (!limits.mayStream(socket)) return sendWhole(troubleAnswer(503, 'too many streams are open'), response);
  const { readerMs = READER_MS } = ports;
  await sendStream({ ...answer, body }, response, { signal, readerMs });
}

/** Whoever guesses waits, and is seen in the log. */
export async function refusedToken(address: string | undefined, log: Log): Promise<void> {
  if (waiting >= MOST_WAITING) return;
  log(tokenRefused(address));
  waiting += 1;
  await sleep(WRONG_TOKEN_MS, undefined, { ref: false });
  waiting -= 1;
}

function urlOf({ url }: IncomingMessage): URL | undefined {
  if (url?.startsWith('/') !== true) return undefined;
  try {
    // Put together, and not resolved against a base, for which `//host` were another host.
    return new URL(`http://relay${url}`);
  } catch {
    return undefined;
  }
}

function listening(
  server: Server,
  where: { path: string } | { host: string; port: number; ipv6Only: boolean },
): Promise<Server> {
  return new Promise((resolve, reject) => {
    // The listener stays: a connection that cannot be accepted (EMFILE) is reported here, and the next one may succeed.
    server.on('error', reject);
    server.listen(where, () => resolve(server));
  });
}

function isAnswered(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function closeAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(
    servers.map((server) => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    }),
  );
}
