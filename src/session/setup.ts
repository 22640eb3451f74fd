import type { NotConnected, SetupStep } from '../core/delivery/session.ts';
import type { TlsFault, Trouble } from '../core/mail/status.ts';
import { strayLine } from '../core/log/log-line.ts';
import type { Reply } from '../core/smtp/reply.ts';
import { relayName, unexpectedMessage, type Peer } from '../core/smtp/verdict.ts';
import { whenAborted } from '../core/when-aborted.ts';
import { isTrouble, type Conversation } from './conversation.ts';
import type { ClientHello } from './secure-contexts.ts';
import type { SessionNotes } from './session-notes.ts';
import { toldTrouble } from './shortage.ts';
import type { SessionOptions, Target } from './target.ts';

/** One session setup under way. */
export interface Setup {
  readonly target: Target;
  readonly peer: Peer;
  readonly options: SessionOptions;
  readonly signal: AbortSignal;
  readonly hello: ClientHello;
  readonly notes: SessionNotes;
}

/** Why a session setup ended, and whether another ClientHello may do better. */
export interface SetupTrouble extends NotConnected {
  /** The connection ended right after our ClientHello: a smaller one may succeed. */
  readonly unanswered?: boolean;
  /** The server knows none of the suites that our ClientHello offered; it may know one with DHE. */
  readonly noSuite?: boolean;
}

/** The facts of the failure, for reports. */
export function tlsFault(
  { target: { host, policy } }: Setup,
  kind: TlsFault['kind'],
  mismatch?: TlsFault['mismatch'],
): TlsFault {
  return { kind, host, level: policy.level, ...(mismatch !== undefined && { mismatch }) };
}

/** Ends a setup. A server that still listens is told (RFC 5321 §4.1.1.10). */
export function giveUp(
  { options, notes }: Setup,
  conversation: Conversation,
  step: SetupStep,
  status: Trouble,
): SetupTrouble {
  const { broke } = conversation;
  notes.trouble(status.reason);
  conversation.quit(options.timeouts.quitMs);
  return { kind: 'trouble', step, status, ...(conversation.secure && broke && { tlsBroke: true }) };
}

interface Question {
  readonly stage: 'greeting' | 'EHLO' | 'HELO' | 'STARTTLS';
  readonly command?: string;
  readonly timeoutMs: number;
}

/** Sends one command, if any, and takes its reply. */
export async function ask(
  { peer, signal, options, notes }: Setup,
  conversation: Conversation,
  { stage, command, timeoutMs }: Question,
): Promise<Reply | Trouble> {
  if (command !== undefined && conversation.trouble === undefined && !conversation.sound) {
    return unexpectedMessage(peer);
  }
  const release = whenAborted(signal, () => conversation.fail({ kind: 'aborted' }));
  if (command !== undefined) conversation.send(command, 1);
  const reply = await conversation.reply(timeoutMs);
  release();
  const stray = conversation.takeStray();
  if (stray !== undefined) options.log(strayLine(relayName(peer), stray));
  return isTrouble(reply) ? toldTrouble({ log: options.log, notes }, stage, reply, peer) : reply;
}
