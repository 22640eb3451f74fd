import { simpleReplies } from '../../core/intake/verbs.ts';
import { afterLogin, auth } from './auth.ts';
import type { CommandHandler } from './command.ts';
import { ehlo, helo } from './hello.ts';
import { data, mail, rcpt, rset } from './mail.ts';
import { startTls } from './starttls.ts';
import { xclient, xforward } from './xclient.ts';

/** What is always answered in the same way. */
const simple = (verb: string): CommandHandler => {
  const reply = simpleReplies[verb];
  return () => reply;
};

/** Who serves which command. */
export const commandHandlers: Readonly<Record<string, CommandHandler>> = {
  HELO: helo,
  EHLO: ehlo,
  STARTTLS: startTls,
  AUTH: auth,
  XCLIENT: xclient,
  XFORWARD: xforward,
  MAIL: mail,
  RCPT: afterLogin(rcpt),
  DATA: afterLogin(data),
  RSET: rset,
  NOOP: simple('NOOP'),
  VRFY: afterLogin(simple('VRFY')),
  QUIT: simple('QUIT'),
};
