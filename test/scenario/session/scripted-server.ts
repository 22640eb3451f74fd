import { X509Certificate } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket, type SecureContext, type SecureContextOptions } from 'node:tls';
import { afterEach } from 'vitest';
import { isLast, speaker, wordsOf, type Act } from './speaker.ts';
import { keyPemOf } from '../../support/test-ca.ts';
import type { TestCertificate } from '../../support/test-ca.ts';

export type { Act } from './speaker.ts';

export interface Script {
  readonly greeting?: Act;
  /** Keywords after the first line, or the whole reply. */
  readonly ehlo?: readonly string[] | Act;
  /** Reply to a command line, by its verb; `dot` is the end of the content. A function sees the line. */
  readonly on?: Readonly<Record<string, Act | ((line: string) => Act)>>;
  /** Reply to a line that is no command, such as an answer within AUTH. */
  readonly otherwise?: (line: string) => Act | undefined;
  /** TLS from the first octet: the greeting comes after the handshake. */
  readonly wrapped?: true;
  /** Called with each piece of content; an act ends the content phase. */
  readonly duringContent?: (octetsSoFar: number) => Act | undefined;
  /** Rests so long after each piece that it reads. */
  readonly readPauseMs?: number;
  /** Sent in the same segment right after `220` to STARTTLS. */
  readonly afterStartTls?: string;
  readonly tls?: SecureContextOptions;
  /** Asks for a certificate of the client, and does without. */
  readonly asksForCertificate?: true;
  /** Octets that go into one record of TLS. */
  readonly recordBytes?: number;
  /** Ends the TLS session of whoever shows no certificate of his own; with TLS 1.3 after his handshake is over. */
  readonly wantsCertificate?: true;
}

/** One connection as the server saw it. */
export interface Seen {
  /** Command lines; those over TLS begin with `TLS `. */
  readonly commands: string[];
  /** Chunks as they came in, in clear and decrypted. */
  readonly chunks: string[];
  /** Octets of application data over TLS. */
  tlsOctets: number;
  /** TLS handshakes that were completed. */
  handshakes: number;
  serverName: string | false | undefined;
  contents: string[];
  contentOctets: number;
  closed: boolean;
}

export interface ScriptedServer {
  readonly port: number;
  /** One for each connection so far. */
  readonly seen: Seen[];
  readonly sockets: Set<Socket>;
  stop(): Promise<void>;
}

const usual: Readonly<Record<string, string>> = {
  MAIL: '250 2.1.0 Ok',
  RCPT: '250 2.1.5 Ok',
  DATA: '354 End data with <CR><LF>.<CR><LF>',
  dot: '250 2.0.0 Ok: queued as 4TEST',
  RSET: '250 2.0.0 Ok',
  HELO: '250 mx.test',
  QUIT: '221 2.0.0 Bye',
};

/** A script for all connections, or one to be had anew for each. */
export async function startScriptedServer(scripts: Script | (() => Script) = {}): Promise<ScriptedServer> {
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    const entry: Seen = {
      commands: [],
      chunks: [],
      tlsOctets: 0,
      handshakes: 0,
      serverName: undefined,
      contents: [],
      contentOctets: 0,
      closed: false,
    };
    seen.push(entry);
    socket.on('close', () => {
      entry.closed = true;
      sockets.delete(socket);
    });
    const script = typeof scripts === 'function' ? scripts() : scripts;
    const greeting = script.greeting ?? '220 mx.test ESMTP';
    if (script.wrapped === true) secure(socket, script, entry, greeting);
    else converse(socket, script, entry, greeting);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    sockets,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Starts servers for the tests of a file, and stops them after each. A script is laid over `usually`. */
export function serverFixture(usually: Script = {}): (script: Script) => Promise<ScriptedServer> {
  const servers: ScriptedServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
  });
  return async (script) => {
    const server = await startScriptedServer({ ...usually, ...script });
    servers.push(server);
    return server;
  };
}

/** Key, certificate and chain as a TLS server takes them. */
export function credentials(
  leaf: TestCertificate,
  ...chain: readonly TestCertificate[]
): SecureContextOptions {
  return {
    key: keyPemOf(leaf),
    cert: [leaf, ...chain].map(({ der }) => new X509Certificate(der).toString()).join(''),
  };
}

/** Made once of the same settings: it takes long where there are many certificates. */
function contextOf(settings: SecureContextOptions): SecureContext {
  const context = contexts.get(settings) ?? createSecureContext(settings);
  contexts.set(settings, context);
  return context;
}
const contexts = new WeakMap<SecureContextOptions, SecureContext>();

function secure(socket: Socket, script: Script, seen: Seen, opening: Act | undefined): void {
  const tls = new TLSSocket(socket, {
    isServer: true,
    secureContext: contextOf(script.tls ?? {}),
    ...(script.wantsCertificate === true && { requestCert: true, rejectUnauthorized: true }),
    ...(script.asksForCertificate === true && { requestCert: true, rejectUnauthorized: false }),
  });
  if (script.recordBytes !== undefined) tls.setMaxSendFragment(script.recordBytes);
  // Emitted by the server side of a socket, though not declared there.
  tls.once('secure', () => {
    seen.handshakes += 1;
    seen.serverName = (tls as TLSSocket & { servername?: string | false }).servername;
  });
  converse(tls, script, seen, opening, socket);
}

/** Whether content follows this answer to DATA. */
function saysYes(what: Act | undefined): boolean {
  return what === undefined || /^3\d\d(?: |$|\r)/m.test(wordsOf(what));
}

/** `raw` is the connection below, where `socket` is TLS. */
function converse(
  socket: Socket,
  script: Script,
  seen: Seen,
  opening: Act | undefined,
  raw: Socket = socket,
): void {
  const isSecure = socket instanceof TLSSocket;
  let text = '';
  let inContent = false;
  let content: string[] = [];
  let done = false;

  const say = speaker(socket, raw);
  const act = (what: Act): void => {
    if (isLast(what)) done = true;
    say(what);
  };
  const ehlo = (): Act => {
    const { ehlo: offered = ['PIPELINING', '8BITMIME', 'SIZE 50000000', 'STARTTLS'] } = script;
    if (typeof offered === 'string' || !Array.isArray(offered)) return offered as Act;
    const words = ['mx.test', ...(offered as string[]).filter((word) => !isSecure || word !== 'STARTTLS')];
    return words.map((word, at) => `250${at < words.length - 1 ? '-' : ' '}${word}`).join('\r\n');
  };
  const answer = (line: string): void => {
    const verb = line.split(' ', 1)[0] ?? '';
    const own = script.on?.[isSecure ? `TLS ${verb}` : verb] ?? script.on?.[verb];
    const what = typeof own === 'function' ? own(line) : own;
    if (verb === 'EHLO') act(what ?? ehlo());
    else if (verb === 'STARTTLS' && what === undefined) upgrade();
    else act(what ?? usual[verb] ?? script.otherwise?.(line) ?? '502 5.5.1 What?');
    if (verb === 'DATA' && saysYes(what)) inContent = true;
    if (verb === 'QUIT') socket.end();
  };
  const upgrade = (): void => {
    done = true;
    socket.off('data', onData);
    socket.write(`220 2.0.0 Ready to start TLS\r\n${script.afterStartTls ?? ''}`);
    secure(socket, script, seen, undefined);
  };
  const onData = (chunk: Buffer): void => {
    if (done) return;
    if (script.readPauseMs !== undefined) {
      socket.pause();
      setTimeout(() => socket.resume(), script.readPauseMs);
    }
    if (isSecure) seen.tlsOctets += chunk.length;
    if (!inContent || chunk.length < 4096) seen.chunks.push(chunk.toString('latin1'));
    text += chunk.toString('latin1');
    for (;;) {
      if (done || !(inContent ? takeContent() : takeLine())) break;
    }
  };
  const takeLine = (): boolean => {
    const end = text.indexOf('\r\n');
    if (end === -1) return false;
    const line = text.slice(0, end);
    text = text.slice(end + 2);
    seen.commands.push(isSecure ? `TLS ${line}` : line);
    answer(line);
    if (inContent) text = `\r\n${text}`;
    return true;
  };
  const takeContent = (): boolean => {
    const end = text.indexOf('\r\n.\r\n');
    const kept = end === -1 ? Math.max(0, text.length - 4) : end + 2;
    if (seen.contentOctets < 1_000_000) content.push(text.slice(0, kept));
    seen.contentOctets += kept;
    const early = script.duringContent?.(seen.contentOctets);
    text = text.slice(end === -1 ? kept : end + 5);
    if (early !== undefined) act(early);
    if (end === -1 || done) return false;
    inContent = false;
    // The line break that ended the DATA command stands before the content.
    seen.contents.push(content.join('').slice(2));
    content = [];
    const own = (isSecure ? script.on?.['TLS dot'] : undefined) ?? script.on?.['dot'];
    act((typeof own === 'function' ? own('.') : own) ?? usual['dot'] ?? '');
    return true;
  };

  socket.on('error', () => undefined);
  socket.on('data', onData);
  if (opening !== undefined) act(opening);
}
