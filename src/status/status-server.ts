import { unlink } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { limitConnections } from './connection-limits.ts';

export interface StatusSource {
  /** Name of a part of the relay -> what is wrong with it, in words for the operator; empty while all is well. */
  problems(): ReadonlyMap<string, string>;
  metrics(): Promise<string>;
  readonly metricsType: string;
}

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

/** Time for a request to arrive, and for an answer to be taken. */
const PATIENCE_MS = 5_000;
/** Octets of a request before its body. */
const MOST_HEADER = 4_096;

/**
 * `GET /health` (200 or 503, JSON) and `GET /metrics` (Prometheus) on a unix socket, and on TCP addresses if wanted.
 * The socket is also what keeps a second relay out of the same data directory: throws AlreadyRunning.
 */
export async function startStatus(
  socketPath: string,
  listen: readonly { readonly host: string; readonly port: number; readonly ipv6Only: boolean }[],
  source: StatusSource,
): Promise<StatusServer> {
  if (await isAnswered(socketPath))
    throw new AlreadyRunning(`another relay is running: it answers on ${socketPath}`);
  await unlink(socketPath).catch(() => {}); // Left by a process that was killed.
  const servers: Server[] = [];
  try {
    servers.push(await listening(serverFor(source), { path: socketPath }));
    for (const where of listen) servers.push(await listening(serverFor(source), where));
  } catch (error) {
    await closeAll(servers);
    throw error;
  }
  return { stop: () => closeAll(servers) };
}

/** Asks a running relay; undefined if none answers. */
export function askHealth(socketPath: string): Promise<Health | undefined> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: '/health', timeout: 5_000 }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        try {
          resolve(JSON.parse(Buffer.concat(parts).toString()) as Health);
        } catch {
          resolve(undefined);
        }
      });
      response.on('error', () => resolve(undefined));
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(undefined));
    asked.end();
  });
}

function serverFor(source: StatusSource): Server {
  const metrics = shared(() => source.metrics());
  const options = {
    headersTimeout: PATIENCE_MS,
    requestTimeout: PATIENCE_MS,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: MOST_HEADER,
  };
  const server = createServer(options, (incoming, answer) => {
    // A connection serves one request, whose body is not read, so that no client holds it longer than that takes.
    answer.setHeader('connection', 'close');
    if (incoming.method !== 'GET' && incoming.method !== 'HEAD') {
      return void answer.writeHead(405, { allow: 'GET, HEAD' }).end();
    }
    return respond(incoming, answer, source, metrics);
  });
  server.timeout = PATIENCE_MS;
  limitConnections(server);
  return server;
}

function respond(
  { url }: IncomingMessage,
  answer: ServerResponse,
  source: StatusSource,
  metrics: () => Promise<string>,
): void {
  const path = url?.split('?', 1)[0];
  if (path === '/health') {
    const problems = source.problems();
    const status = problems.size === 0 ? 'ok' : 'trouble';
    answer.writeHead(problems.size === 0 ? 200 : 503, { 'content-type': 'application/json' });
    answer.end(`${JSON.stringify({ status, problems: Object.fromEntries(problems) })}\n`);
    return;
  }
  if (path === '/metrics') {
    metrics().then(
      (text) => answer.writeHead(200, { 'content-type': source.metricsType }).end(text),
      () => answer.writeHead(500).end(),
    );
    return;
  }
  answer.writeHead(404).end('try /health or /metrics\n');
}

/** Requests that come while an answer is being made get the same answer. */
function shared<T>(make: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined;
  return () => {
    underWay ??= make().finally(() => (underWay = undefined));
    return underWay;
  };
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
