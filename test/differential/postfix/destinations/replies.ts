import type { ScriptedHost } from '../../../lab/world.ts';
import { destination, good, scripted, type Destination } from '../destination.ts';
import type { Material } from '../material.ts';

const dialogues: Readonly<Record<string, Pick<ScriptedHost, 'replies' | 'trouble' | 'extensions'>>> = {
  'mail-450': { replies: { MAIL: '450 4.7.1 Later' } },
  'mail-550': { replies: { MAIL: '550 5.7.1 Not from you' } },
  'mail-drop': { trouble: { at: 'after MAIL', action: 'drop' } },
  'rcpt-452': { replies: { RCPT: '452 4.5.3 Too many recipients' } },
  'rcpt-552': { replies: { RCPT: '552 5.2.2 Mailbox full' } },
  'rcpt-421': { replies: { RCPT: '421 4.3.2 Shutting down' } },
  'rcpt-354': { replies: { RCPT: '354 What' } },
  'rcpt-no-code': { replies: { RCPT: '550 User unknown' } },
  'rcpt-other-class': { replies: { RCPT: '550 4.1.1 User unknown' } },
  'rcpt-lines': { replies: { RCPT: '550-5.1.1 User\r\n550 5.1.1 unknown' } },
  'data-451': { replies: { DATA: '451 4.3.0 Later' } },
  'data-554': { replies: { DATA: '554 5.6.0 No' } },
  'data-250': { replies: { DATA: '250 2.0.0 Fine' } },
  'data-drop': { trouble: { at: 'during DATA', action: 'drop' } },
  'dot-354': { replies: { '.': '354 More' } },
  'dot-451': { replies: { '.': '451 4.3.0 Later' } },
  'dot-554': { replies: { '.': '554 5.7.1 Spam' } },
  'dot-drop': { trouble: { at: 'after final dot', action: 'drop' } },
  'dot-no-code': { replies: { '.': '250 Thanks' } },
  'ehlo-stray': { replies: { EHLO: 'Hello yourself\r\n250 mx.test' } },
  'size-twice': { extensions: ['PIPELINING', 'SIZE 100', 'SIZE 1000000'] },
  'size-twice-falling': { extensions: ['PIPELINING', 'SIZE 1000000', 'SIZE 100'] },
  'size-small': { extensions: ['PIPELINING', 'SIZE 100'] },
  'extensions-none': { extensions: [] },
};

/** What a host that passed every check says to the mail. */
export function replies({ ee }: Material): readonly Destination[] {
  return Object.entries(dialogues).map(([label, dialogue]) =>
    destination(label, [{ host: scripted(`${label}.test`, [ee], dialogue), tlsa: [good(ee)] }]),
  );
}
