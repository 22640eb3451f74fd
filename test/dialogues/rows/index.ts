import type { Row } from '../row.ts';
import { abilities } from './abilities.ts';
import { content } from './content.ts';
import { data } from './data.ts';
import { greeting } from './greeting.ts';
import { hello } from './hello.ts';
import { mailFrom } from './mail-from.ts';
import { recipients } from './recipients.ts';
import { replies } from './replies.ts';
import { startTls } from './start-tls.ts';
import { wayOut } from './way-out.ts';

/** All dialogues, by the stage they are about. */
export const dialogues: Readonly<Record<string, readonly Row[]>> = {
  greeting,
  EHLO: hello,
  STARTTLS: startTls,
  'MAIL FROM': mailFrom,
  'RCPT TO': recipients,
  DATA: data,
  content,
  'what a reply may look like': replies,
  'what the host offers': abilities,
  'RSET and QUIT': wayOut,
};
