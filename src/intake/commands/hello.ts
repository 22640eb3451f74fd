import { wantsTls } from '../../core/intake/listener.ts';
import { offeredMechanisms } from './auth.ts';
import type { CommandHandler, CommandSession } from './command.ts';
import { requireTlsOffer } from './mail.ts';
import { peerExtensions } from './xclient.ts';

export const helo: CommandHandler = (session, line) => {
  const { hostname } = session.context.options;
  return greetedBy(session, line, false) ? `250 ${hostname}` : '501 Syntax: HELO hostname';
};

export const ehlo: CommandHandler = (session, line) => {
  if (!greetedBy(session, line, true)) return '501 Syntax: EHLO hostname';
  const lines = [session.context.options.hostname, ...extensions(session)];
  return lines.map((text, index) => `250${index < lines.length - 1 ? '-' : ' '}${text}`).join('\r\n');
};

function greetedBy({ connection, dialog }: CommandSession, line: string, extended: boolean): boolean {
  const name = line.slice(5).trim();
  if (name === '') return false;
  connection.acceptHelo(name);
  dialog.hello(name, extended);
  return true;
}

/** What this client may use now, in the order of Postfix. */
function extensions(session: CommandSession): readonly string[] {
  const mechanisms = offeredMechanisms(session);
  return [
    'PIPELINING',
    `SIZE ${session.context.options.messageSizeLimitBytes}`,
    ...(offersTls(session) ? ['STARTTLS'] : []),
    ...(mechanisms.length > 0 ? [`AUTH ${mechanisms.join(' ')}`] : []),
    ...peerExtensions(session),
    'ENHANCEDSTATUSCODES',
    '8BITMIME',
    'DSN',
    'SMTPUTF8',
    ...(requireTlsOffer(session) === 'offered' ? ['REQUIRETLS'] : []),
  ];
}

/** A client that has to use TLS is told of it even if it cannot now: then STARTTLS says that this is for a time. */
function offersTls({ identity, listener, startTlsOffer }: CommandSession): boolean {
  if (identity.tls !== undefined) return false;
  return startTlsOffer === 'offered' || (startTlsOffer === 'unusable' && wantsTls(listener));
}
