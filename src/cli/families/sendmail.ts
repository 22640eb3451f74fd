import type { CommandRow } from './command-row.ts';

export const sendmailCommands = {
  sendmail: {
    summary: 'take a message from a program, as sendmail(1) does',
    text: [
      `The message comes on standard input. The relay takes it at once if it runs; otherwise it is kept on disk (spool_dir), \
and the relay takes it when it starts. The options are those of sendmail: -t takes the recipients from the header, -i keeps a \
line with nothing but a dot from ending the message, -f ADDRESS is the sender, -F NAME its full name; -N, -R, -V and -B ask for \
reports and declare 8 bits; -O requiretls=yes has it go over TLS only, to hosts that prove who they are; -bs speaks SMTP, -bp lists the queue, -q tries to deliver it, -bv checks addresses. -C FILE names \
the settings. Others that sendmail has are ignored, or refused with 64.`,
      `The exit status is 0 only when the relay has the message in its queue, or the disk has it. It is 65 if there are no \
recipients or an address is none, 67 if an address is refused, 69 if the message is refused, 75 if the message cannot be kept \
now, 77 if this user may not.`,
    ],
    operands: { usage: '[ARGUMENT...]', one: 'a recipient', text: 'Options of sendmail, and recipients.' },
    options: [],
    example: 'dane-relay sendmail user@example.org < message',
  },
  mailq: {
    summary: 'list the queue as mailq(1) does',
    text: ['The same as "sendmail -bp": the messages that wait, in the form of Postfix.'],
    operands: { usage: '[ARGUMENT...]', one: 'an option', text: 'Options of sendmail.' },
    options: [],
    example: 'dane-relay mailq',
  },
  newaliases: {
    summary: 'do nothing, as there are no aliases here',
    text: ['Packages of Debian call newaliases(1) and expect that it exits with 0.'],
    operands: { usage: '[ARGUMENT...]', one: 'an option', text: 'Options of sendmail.' },
    options: [],
    example: 'dane-relay newaliases',
  },
} as const satisfies Readonly<Record<string, CommandRow>>;
