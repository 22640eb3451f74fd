import { wantsTls } from '../../core/intake/listener.ts';
import type { RequireTlsOffer } from '../../core/intake/mail-command.ts';
import { afterLogin, offeredMechanisms } from './auth.ts';
import type { CommandHandler, CommandSession } from './command.ts';

export const mail: CommandHandler = (session, line) => {
  if (session.identity.tls === undefined && wantsTls(session.listener)) {
    return session.dialog.refuse('MAIL', '530 5.7.0 Must issue a STARTTLS command first');
  }
  return knownMail(session, line);
};

/** RFC 4954 §5: where AUTH is offered, MAIL may say who has logged in elsewhere. */
const knownMail = afterLogin((session, line) =>
  session.dialog.mail(line, {
    takesAuth: offeredMechanisms(session).length > 0,
    takesRequireTls: requireTlsOffer(session),
  }),
);

/** RFC 8689 §2: a client without TLS has not been told of the extension. */
export function requireTlsOffer({ context, identity, startTlsOffer }: CommandSession): RequireTlsOffer {
  if (!context.options.requiretlsEnable) return 'none';
  if (identity.tls !== undefined) return 'offered';
  return startTlsOffer === 'offered' ? 'under TLS' : 'none';
}

export const rcpt: CommandHandler = ({ dialog }, line) => dialog.rcpt(line);

export const data: CommandHandler = (session, line) => {
  const message = line.slice(4).trim() !== '' ? '501 5.5.4 Syntax: DATA' : session.dialog.data();
  if (typeof message === 'string') return message;
  session.receive(message);
  return undefined;
};

export const rset: CommandHandler = ({ dialog }) => {
  dialog.reset();
  return '250 2.0.0 Ok';
};
