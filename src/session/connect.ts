import type { Socket } from 'node:net';
import type { Connected, NotConnected } from '../core/delivery/session.ts';
import type { Trouble } from '../core/mail/status.ts';
import type { RequireTlsFit } from '../core/mail/tls-need.ts';
import { requiresTls } from '../core/levels/levels.ts';
import { parseCapabilities, type Capabilities } from '../core/smtp/capabilities.ts';
import { isPositive, type Reply } from '../core/smtp/reply.ts';
import {
  hostDeferral,
  refusedStartTls,
  refusedToTalk,
  tlsNotOffered as notOffered,
  wireTrouble,
  type Peer,
} from '../core/smtp/verdict.ts';
import { authenticate } from './authenticate.ts';
import { Conversation } from './conversation.ts';
import { addressLiteral } from '../core/mail/address.ts';
import { connectTrouble, isSilence } from './network-trouble.ts';
import { openSocket, type NotOpened } from './open-socket.ts';
import { SessionNotes } from './session-notes.ts';
import { createSession, type HostSession } from './session.ts';
import { ask, giveUp, tlsFault, type SetupTrouble, type Setup } from './setup.ts';
import { startTls, type Secured } from './start-tls.ts';
import type { SessionOptions, Target } from './target.ts';
import {
  connectFailed,
  helloUnanswered,
  noCommonSuite,
  ownHelloName,
  shortageOf,
  startTlsOffered,
} from './log-lines.ts';

type SetUp = { readonly kind: 'open'; readonly session: HostSession } | SetupTrouble;

/** A TCP connection to an address of a host, on which nothing was said yet; or why there is none. */
export async function dial(
  target: Peer & Pick<Target, 'errand'>,
  options: SessionOptions,
  signal: AbortSignal,
  known?: SessionNotes,
): Promise<Socket | NotDialled> {
  const { host, address, port } = target;
  const socket = await openSocket(address, port, options.timeouts.connectMs, signal);
  if (!('kind' in socket)) return socket;
  const failure = notDialled({ host, address, port }, socket, options);
  if (socket.kind === 'failed') {
    const notes = known ?? new SessionNotes(target, options);
    notes.trouble(failure.status.reason);
    notes.ended();
  }
  return failure;
}

/**
 * Opens a session with one address of a host, as its policy demands, on the connection `dialled` if there is one. If
 * the connection ends on our ClientHello, one more is made with a smaller ClientHello; if the server knows none of our
 * suites, one with those of DHE. The policy stays the same. Trouble is returned, not thrown. An aborted `signal` ends
 * the setup at once.
 */
export async function connect(
  target: Target,
  options: SessionOptions,
  signal: AbortSignal,
  dialled?: Socket,
): Promise<Connected<HostSession>> {
  const { host, address, port } = target;
  const { level } = target.policy;
  const notes = new SessionNotes({ ...target, level }, options);
  const setup: Setup = { target, peer: { host, address, port }, options, signal, hello: 'usual', notes };
  const connected = await setUpAgain(setup, dialled);
  if (connected.kind === 'trouble') {
    notes.trouble(connected.status.reason);
    notes.ended();
  }
  return connected;
}

/** Makes another connection where another ClientHello may do better. */
async function setUpAgain(setup: Setup, dialled?: Socket): Promise<SetUp> {
  const { options, signal, target } = setup;
  const connected = await setUp(setup, dialled);
  if (connected.kind === 'open' || signal.aborted) return connected;
  if (connected.unanswered === true) {
    options.log(helloUnanswered(setup.peer));
    return setUp({ ...setup, hello: 'small' });
  }
  if (connected.noSuite === true && target.policy.tls.versions.some((version) => version !== 'TLSv1.3')) {
    options.log(noCommonSuite(setup.peer));
    return setUp({ ...setup, hello: 'DHE' });
  }
  return connected;
}

/**
 * TCP connection, greeting, EHLO, STARTTLS, handshake, judgement of the certificates, EHLO again, and a login where
 * there is one (RFC 5321 §3.1, RFC 3207 §4, RFC 7672 §2.2).
 */
async function setUp(setup: Setup, dialled?: Socket): Promise<SetUp> {
  const { options, signal, target, notes } = setup;
  const { policy } = target;
  const socket = dialled ?? (await dial(target, options, signal, notes));
  if ('kind' in socket) return socket;
  notes.connected();

  if (policy.wrapper === true) return setUpWrapped(setup, socket);
  const conversation = new Conversation(socket, 1, notes);
  const greeting = await greet(setup, conversation);
  if (greeting !== undefined) return greeting;
  const offered = await introduce(setup, conversation, !requiresTls(policy.level));
  if ('kind' in offered) return offered;
  const granted = await askForTls(setup, conversation, offered);
  if (granted.kind === 'trouble') return granted;
  if (granted.kind === 'clear') return finish(setup, conversation, offered, granted);

  const secured = await startTls(setup, conversation);
  if (secured.kind === 'trouble') return secured;
  // RFC 3207 §4.2: what the server said in clear no longer counts.
  const capabilities = await introduce(setup, secured.conversation, true);
  return 'kind' in capabilities
    ? { ...capabilities, tls: secured.tls }
    : finish(setup, secured.conversation, capabilities, secured);
}

/** RFC 8314 §3.3: the handshake comes first, and the greeting from a host that was judged. */
async function setUpWrapped(setup: Setup, socket: Socket): Promise<SetUp> {
  const secured = await startTls(setup, new Conversation(socket, 0, setup.notes), 1);
  if (secured.kind === 'trouble') return secured;
  const greeting = await greet(setup, secured.conversation);
  if (greeting !== undefined) return { ...greeting, tls: secured.tls };
  const capabilities = await introduce(setup, secured.conversation, true);
  return 'kind' in capabilities
    ? { ...capabilities, tls: secured.tls }
    : finish(setup, secured.conversation, capabilities, secured);
}

/** From here on, nothing more will be learned about the host. */
async function finish(
  setup: Setup,
  conversation: Conversation,
  capabilities: Capabilities,
  { tls, startTlsReply }: { readonly tls?: Secured['tls']; readonly startTlsReply?: number },
): Promise<SetUp> {
  const { peer, options, target } = setup;
  const granted = await authenticate(setup, conversation, capabilities, tls);
  if ('kind' in granted) return tls === undefined ? granted : { ...granted, tls };
  const { key, level, initial = level, exception, lowered, relaxed } = target.policy;
  const opened = {
    peer,
    levels: { initial, final: tls === undefined ? 'none' : level } as const,
    policyKey: key,
    ...(exception !== undefined && { exception }),
    ...(lowered && { lowered }),
    ...(relaxed && { relaxed }),
    requireTls: requireTlsFit(target, granted, tls),
    capabilities: granted,
    ...(tls !== undefined && { tls }),
    ...(startTlsReply !== undefined && { startTlsReply }),
  };
  return { kind: 'open', session: createSession(opened, conversation, setup.notes, options) };
}

/** RFC 8689 §4.2.1, steps 3 to 5. */
function requireTlsFit(
  { policy }: Target,
  { requireTls }: Capabilities,
  tls: Secured['tls'] | undefined,
): RequireTlsFit {
  if (tls === undefined) return 'nostarttls';
  if (policy.authenticates !== true) return 'nocertmatch';
  return requireTls ? 'requiretls' : 'none';
}

export interface NotDialled extends NotConnected {
  readonly step: 'connect';
  /** Nothing came back. */
  readonly silent: boolean;
}

function notDialled(peer: Peer, trouble: NotOpened, options: SessionOptions): NotDialled {
  if (trouble.kind === 'aborted') {
    return {
      kind: 'trouble',
      step: 'connect',
      status: wireTrouble('greeting', trouble, peer),
      silent: false,
    };
  }
  const status = connectTrouble(peer, trouble.errorText);
  if (trouble.shortage) {
    options.log(shortageOf(peer, status.reason));
    return { kind: 'trouble', step: 'connect', status: { ...status, ours: true }, silent: false };
  }
  options.log(connectFailed(peer, status.reason));
  return { kind: 'trouble', step: 'connect', status, silent: isSilence(trouble.errorText) };
}

/** RFC 5321 §3.1: the server speaks first. */
async function greet(setup: Setup, conversation: Conversation): Promise<NotConnected | undefined> {
  const { heloMs } = setup.options.timeouts;
  const reply = await ask(setup, conversation, { stage: 'greeting', timeoutMs: heloMs });
  if ('outcome' in reply) return giveUp(setup, conversation, 'greeting', reply);
  if (isPositive(reply)) return undefined;
  return giveUp(setup, conversation, 'greeting', refusedToTalk('greeting', reply, setup.peer, false));
}

/**
 * EHLO. A server that does not know it is asked again with HELO (RFC 5321 §4.1.4), unless TLS is still to come:
 * STARTTLS can only be offered in reply to EHLO. `trusted` is false as long as the host must prove who it is.
 */
async function introduce(
  setup: Setup,
  conversation: Conversation,
  trusted: boolean,
): Promise<Capabilities | NotConnected> {
  const { options, peer } = setup;
  const { heloMs } = options.timeouts;
  // RFC 5321 §4.1.4: a client without a meaningful name gives an address literal.
  const name = options.heloName === '' ? addressLiteral(conversation.localAddress) : options.heloName;
  let reply = await ask(setup, conversation, {
    stage: 'EHLO',
    command: `EHLO ${name}\r\n`,
    timeoutMs: heloMs,
  });
  if (trusted && !('outcome' in reply) && !isPositive(reply) && reply.code !== 421) {
    reply = await ask(setup, conversation, { stage: 'HELO', command: `HELO ${name}\r\n`, timeoutMs: heloMs });
  }
  if ('outcome' in reply) return giveUp(setup, conversation, 'EHLO', reply);
  if (!isPositive(reply)) {
    // A server without EHLO has no STARTTLS, which is a better reason than its reply.
    const refusal =
      isUnknownCommand(reply) && !trusted
        ? tlsNotOffered(setup)
        : refusedToTalk('EHLO', reply, peer, trusted);
    return giveUp(setup, conversation, 'EHLO', refusal);
  }
  const capabilities = parseCapabilities(reply);
  return trusted && isOurself(setup, capabilities) ? loop(setup, conversation) : capabilities;
}

/** Only on the port of MTAs: on another port, another service of this machine may well use its name. */
function isOurself({ target, options }: Setup, { name }: Capabilities): boolean {
  return target.port === 25 && name.toLowerCase() === ourName(options).toLowerCase();
}

function ourName({ hostname, heloName }: SessionOptions): string {
  return hostname ?? heloName;
}

function loop(setup: Setup, conversation: Conversation): NotConnected {
  const { target, options, peer } = setup;
  options.log(ownHelloName(peer, ourName(options)));
  const status = hostDeferral(
    '4.4.6',
    `mail for ${target.nextHop ?? target.host} loops back to myself`,
    peer,
  );
  // RFC 3463 §3.5: X.4.6. A less preferred host may be this relay while the others are away.
  const final = target.best === true ? ({ ...status, outcome: 'bounced', dsn: '5.4.6' } as const) : status;
  return giveUp(setup, conversation, 'EHLO', final);
}

function tlsNotOffered(setup: Setup): Trouble {
  const { peer } = setup;
  return { ...notOffered(peer), tlsFault: tlsFault(setup, 'not offered') };
}

/** RFC 5321 §4.2.4: syntax error, or not implemented. */
function isUnknownCommand({ code }: Reply): boolean {
  return code >= 500 && code <= 504;
}

/** The session goes on in clear; perhaps because of a reply with this code. */
interface InClear {
  readonly kind: 'clear';
  readonly startTlsReply?: number;
}

/** Whether the handshake may begin. */
async function askForTls(
  setup: Setup,
  conversation: Conversation,
  { startTls: offered }: Capabilities,
): Promise<{ readonly kind: 'granted' } | InClear | NotConnected> {
  const { options, peer, target } = setup;
  const { level } = target.policy;
  if (level === 'none') {
    if (offered && options.noteStartTlsOffer === true) options.log(startTlsOffered(setup.peer));
    return { kind: 'clear' };
  }
  if (!offered) {
    if (!requiresTls(level)) return { kind: 'clear' };
    return giveUp(setup, conversation, 'STARTTLS', tlsNotOffered(setup));
  }
  const reply = await ask(setup, conversation, {
    stage: 'STARTTLS',
    command: 'STARTTLS\r\n',
    timeoutMs: options.timeouts.starttlsMs,
  });
  if ('outcome' in reply) return giveUp(setup, conversation, 'STARTTLS', reply);
  if (isPositive(reply)) return { kind: 'granted' };
  if (!requiresTls(level)) return { kind: 'clear', startTlsReply: reply.code };
  const refusal = { ...refusedStartTls(reply, peer), tlsFault: tlsFault(setup, 'refused') };
  return giveUp(setup, conversation, 'STARTTLS', refusal);
}
