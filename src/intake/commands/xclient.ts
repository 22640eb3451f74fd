import { parseXclientCommand, speakingFor, xclientOffer } from '../../core/intake/xclient-command.ts';
import { parseXforwardCommand, xforwardOffer } from '../../core/intake/xforward-command.ts';
import { xclientTaken } from '../log-lines.ts';
import type { CommandHandler, CommandSession } from './command.ts';

const notAuthorized = '550 5.7.0 Error: insufficient authorization';
const inTransaction = '503 5.5.1 Error: MAIL transaction in progress';

/** The client is somebody else from now on, and the session begins again; TLS stays. */
export const xclient: CommandHandler = (session, line) => {
  if (!isPeer(session)) return notAuthorized;
  if (session.dialog.isOpen) return inTransaction;
  const command = parseXclientCommand(line);
  if (command.kind === 'refused') return command.reply;
  const { identity: peer, connection, dialog, context } = session;
  session.identify(speakingFor(peer, command));
  context.ports.log(xclientTaken(peer, session.identity));
  dialog.forget();
  connection.forgetHelo();
  if (command.helo !== undefined) {
    connection.acceptHelo(command.helo);
    dialog.hello(command.helo, command.protocol === 'ESMTP');
  }
  return session.greeting();
};

/** Where the next message came from, for the log. */
export const xforward: CommandHandler = (session, line) => {
  if (!isPeer(session)) return notAuthorized;
  const { dialog } = session;
  if (dialog.isOpen) return inTransaction;
  const command = parseXforwardCommand(line, dialog.origin);
  if (command.kind === 'refused') return command.reply;
  dialog.comesFrom(command.origin);
  return '250 2.0.0 Ok';
};

/** What EHLO offers to those who speak for others. */
export function peerExtensions(session: CommandSession): readonly string[] {
  return isPeer(session) ? [xclientOffer, xforwardOffer] : [];
}

/** Whoever a peer has made itself by XCLIENT is one only if it is listed too, as in Postfix. */
function isPeer({ listener, identity }: CommandSession): boolean {
  return !identity.isHealthCheck && listener.xclientPeers?.(identity.address) === true;
}
