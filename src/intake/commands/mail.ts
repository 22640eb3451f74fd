import { wantsTls } from '../../core/intake/listener.ts';
import type { CommandHandler } from './command.ts';

export const mail: CommandHandler = ({ dialog, identity, listener }, line) => {
  if (identity.tls === undefined && wantsTls(listener)) {
    return dialog.refuse('MAIL', '530 5.7.0 Must issue a STARTTLS command first');
  }
  if (identity.user === undefined && listener.auth === 'require') {
    return dialog.refuse('MAIL', '530 5.7.0 Authentication required');
  }
  return dialog.mail(line);
};

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
