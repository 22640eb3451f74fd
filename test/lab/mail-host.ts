import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { Certificate } from './certificates.ts';
import type { Content } from './content-reader.ts';
import { MailSession, type Session, type Stage } from './mail-session.ts';
import { until } from './until.ts';

/** A message a host has answered for. */
export interface LabMessage extends Content {
  readonly sender: string;
  readonly recipients: readonly string[];
  /** Whether it came through TLS. */
  readonly tls: boolean;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
}

/**
 * Reply without CRLF, perhaps of several lines with CRLF between; or a function of the command line and of how often this
 * entry was asked, 1 at first; `undefined` is the usual reply.
 */
export type Reply = string | ((command: string, nth: number) => string | undefined);

export interface MailHostOptions {
  /** In the order sent, the host's own first; none makes an anonymous server, given such ciphers. */
  readonly certificates?: readonly Pick<Certificate, 'pem' | 'privateKeyPem'>[];
  /** Of a key of another kind (RSA beside P-256): the library shows whichever a client can verify. */
  readonly secondCertificate?: Pick<Certificate, 'pem' | 'privateKeyPem'>;
  /** Default TLS 1.2 or later. Ciphers may say `@SECLEVEL=0`. */
  readonly tls?: Pick<SecureContextOptions, 'minVersion' | 'maxVersion' | 'ciphers' | 'dhparam'>;
  /** Default true. */
  readonly startTls?: boolean;
  /** TLS from the first octet; default false. */
  readonly wrapped?: boolean;
  readonly greeting?: string;
  readonly greetingDelayMs?: number;
  /** EHLO keywords besides STARTTLS. */
  readonly extensions?: readonly string[];
  /** By command, or the beginning of one: `{ 'RCPT TO:<x@y.test>': '550 5.1.1 no such user' }`. `.` is the final dot. The longest entry counts. */
  readonly replies?: Readonly<Record<string, Reply>>;
  /** Where it goes silent or away; only in the first `sessions`, or in all. */
  readonly trouble?: { readonly at: Stage; readonly action: 'hang' | 'drop'; readonly sessions?: number };
  /** Lines sent in the clear with the 220 of STARTTLS, as a man in the middle would add them. */
  readonly afterStartTls?: string;
  /** Every reply waits that long, as on a line with such a round trip. */
  readonly delayMs?: number;
}

export interface MailHostPlace {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Sees each message; then nothing is kept of messages and sessions. For the bench. */
  readonly onMessage?: (message: LabMessage) => void;
  /** Default true; false spares the digest. */
  readonly hash?: boolean;
}

export interface MailHost {
  readonly address: string;
  readonly messages: readonly LabMessage[];
  readonly sessions: readonly Session[];
  /** Connections accepted so far. */
  readonly connections: number;
  /** Most of them that were open at the same time. */
  readonly mostOpen: number;
  /** Resolves when there are at least that many. Rejects after `timeoutMs`, default 10 s, with what was seen instead. */
  waitForMessages(count: number, timeoutMs?: number): Promise<readonly LabMessage[]>;
  stop(): Promise<void>;
}

const usualExtensions = [
  'PIPELINING',
  'SIZE 104857600',
  '8BITMIME',
  'SMTPUTF8',
  'DSN',
  'ENHANCEDSTATUSCODES',
];
const keepBytes = 1024 * 1024;

/** Starts a mail server of our own: it receives, and misbehaves as told. */
export async function startMailHost(place: MailHostPlace, options: MailHostOptions): Promise<MailHost> {
  const messages: LabMessage[] = [];
  const sessions: Session[] = [];
  const sockets = new Set<Socket>();
  const reply = replyTable(options.replies ?? {});
  const secureContext = options.startTls === false ? undefined : secureContextOf(options);
  const record = place.onMessage === undefined;
  let connections = 0;
  let mostOpen = 0;
  let accepted = 0;

  const server = createServer({ noDelay: true }, (socket) => {
    const nth = ++connections;
    sockets.add(socket);
    mostOpen = Math.max(mostOpen, sockets.size);
    socket.once('close', () => sockets.delete(socket));
    const session = new MailSession(socket, {
      name: place.name,
      greeting: options.greeting ?? `220 ${place.name} ESMTP lab`,
      greetingDelayMs: options.greetingDelayMs ?? 0,
      extensions: options.extensions ?? usualExtensions,
      ...(secureContext === undefined ? {} : { secureContext }),
      wrapped: options.wrapped ?? false,
      afterStartTls: options.afterStartTls ?? '',
      delayMs: options.delayMs ?? 0,
      content: record ? { keepBytes, hash: true } : { keepBytes: 0, hash: place.hash ?? true },
      record,
      reply,
      trouble(stage) {
        const { trouble } = options;
        return trouble?.at === stage && nth <= (trouble.sessions ?? Infinity) ? trouble.action : undefined;
      },
      deliver(envelope, content, tls) {
        const message = { ...envelope, ...content, tls, receivedAt: Date.now() };
        if (place.onMessage === undefined) messages.push(message);
        else place.onMessage(message);
        accepted++;
        return `LAB${accepted.toString(36).toUpperCase().padStart(6, '0')}`;
      },
    });
    if (record) sessions.push(session);
  });
  server.listen({ port: place.port, host: place.address, backlog: 1024 });
  await once(server, 'listening');

  return {
    address: place.address,
    messages,
    sessions,
    get connections() {
      return connections;
    },
    get mostOpen() {
      return mostOpen;
    },
    async waitForMessages(count) {
      const seen = () =>
        `${place.name} has ${messages.length} of ${count} messages: ${JSON.stringify(sessions)}`;
      await until(() => messages.length >= count, `messages`).catch((error: unknown) => {
        throw new Error(seen(), { cause: error });
      });
      return messages;
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function secureContextOf({ certificates = [], secondCertificate, tls }: MailHostOptions): SecureContext {
  const own = certificates[0];
  const chains = [certificates, secondCertificate === undefined ? [] : [secondCertificate]].filter(
    ({ length }) => length > 0,
  );
  return createSecureContext({
    minVersion: 'TLSv1.2',
    dhparam: 'auto',
    ...tls,
    ...(own === undefined
      ? {}
      : {
          key: chains.map(([first]) => first?.privateKeyPem ?? ''),
          cert: chains.map((chain) => chain.map(({ pem }) => pem).join('')),
        }),
  });
}

/** The reply of the longest entry the command begins with. */
function replyTable(replies: Readonly<Record<string, Reply>>): (command: string) => string | undefined {
  const entries = Object.entries(replies)
    .map(([key, reply]) => ({ key: key.toUpperCase(), reply, asked: 0 }))
    .sort((a, b) => b.key.length - a.key.length);
  return (command) => {
    const upper = command.toUpperCase();
    const entry = entries.find(({ key }) => upper.startsWith(key));
    if (entry === undefined) return undefined;
    entry.asked++;
    return typeof entry.reply === 'string' ? entry.reply : entry.reply(command, entry.asked);
  };
}
