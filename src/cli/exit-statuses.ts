/** What the exit status of a command says, for all commands together. */
export interface ExitStatus {
  readonly code: number;
  readonly meaning: string;
}

export const exitStatuses: readonly ExitStatus[] = [
  { code: 0, meaning: 'All is well.' },
  {
    code: 1,
    meaning: 'check, tlsa --verify, tlsa --rollover: it is not as it must be; doctor: something fails.',
  },
  { code: 2, meaning: 'check, tlsa --verify, tlsa --rollover, doctor: it cannot be judged.' },
  { code: 3, meaning: 'check: the destination is not protected by DANE.' },
  { code: 64, meaning: 'The command line makes no sense.' },
  {
    code: 65,
    meaning: `What was to be imported is damaged, or the queue itself is; a file for tlsa is not what it must be; DKIM \
keys or their DNS records are not as they must be; no line of the log is known; sendmail: no recipients, or a bad address; \
import-postfix: Postfix itself would not read its files.`,
  },
  { code: 66, meaning: 'import-postfix: there is no main.cf.' },
  { code: 67, meaning: 'sendmail: an address was refused.' },
  { code: 69, meaning: 'sendmail: the message was refused. postqueue: something went wrong.' },
  { code: 70, meaning: 'run: a fault ended the relay. The log has it.' },
  {
    code: 73,
    meaning: `Files that are there stand in the way of a certificate, an export or a settings file, or it cannot be made.`,
  },
  { code: 75, meaning: 'It cannot be done now, but may work later.' },
  { code: 77, meaning: 'The password is wrong; sendmail: this user may not.' },
  { code: 78, meaning: 'The settings are wrong.' },
];

const width = 79;
const margin = ' '.repeat(6);

/** For the help text: a number, and beside it the lines of its meaning. */
export function exitStatusLines(): string {
  return exitStatuses
    .map(({ code, meaning }) => `${code}`.padStart(4) + besideMargin(meaning).slice(4))
    .join('\n');
}

function besideMargin(text: string): string {
  const lines: string[] = [];
  let line = margin;
  for (const word of text.split(' ')) {
    if (line.length + word.length > width) {
      lines.push(line.trimEnd());
      line = margin;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()].join('\n');
}
