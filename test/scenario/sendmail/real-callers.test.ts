import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { belongings } from '../../support/belongings.ts';
import { unless } from '../../support/unless.ts';
import { makeSpool } from './spool-kit.ts';

const keep = belongings();
const executable = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));

/** A program that calls sendmail. `SENDMAIL` in its arguments and environment is the path of ours. */
interface Caller {
  readonly name: string;
  readonly command: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Of the envelope, if it is not the one that all others name. */
  readonly sender?: string;
  /** Of the content, if it is not that of all others. */
  readonly body?: string;
  /** Ends with 0 where it is installed. */
  readonly probe: readonly string[];
}

const python = `
import subprocess, sys
from email.message import EmailMessage
message = EmailMessage()
message['From'], message['To'], message['Bcc'], message['Subject'] = 'a@x.test', 'b@x.test', 'c@x.test', 'für'
message.set_content('line\\n.\\nend\\n')
subprocess.run([sys.argv[1], '-t', '-oi', '-f', 'a@x.test'], input=message.as_bytes(), check=True)
`;
const perl = `
open my $mail, '|-', $ARGV[0], '-t', '-oi', '-fa@x.test' or die;
print $mail "From: a\\@x.test\\nTo: b\\@x.test\\nBcc: c\\@x.test\\nSubject: s\\n\\nline\\n.\\nend\\n";
close $mail or die "status $?";
`;
const mailer = `
my $mail = Mail::Mailer->new('sendmail');
$mail->open({ From => 'a@x.test', To => ['b@x.test', 'c@x.test'], Subject => 's' });
print $mail "line\\n.\\nend\\n";
$mail->close or die "status $?";
`;

const callers: readonly Caller[] = [
  {
    name: 'subprocess of Python',
    command: '/usr/bin/python3',
    argv: ['-c', python, 'SENDMAIL'],
    probe: ['-c', 'import email, subprocess'],
  },
  { name: 'a pipe of Perl', command: 'perl', argv: ['-e', perl, 'SENDMAIL'], probe: ['-e', '1'] },
  {
    name: 'Mail::Mailer of Perl',
    command: 'perl',
    argv: ['-MMail::Mailer', '-e', mailer],
    env: { PERL_MAILERS: 'sendmail:SENDMAIL' },
    sender: `${userInfo().username}@origin.test`,
    // It gives no -i: a lone dot ends the message.
    body: 'line\r\n',
    probe: ['-MMail::Mailer', '-e', '1'],
  },
  {
    name: 'the shell',
    command: 'sh',
    argv: ['-c', 'SENDMAIL -i -fa@x.test b@x.test c@x.test'],
    input: 'From: a@x.test\nTo: b@x.test\nSubject: s\n\nline\n.\nend\n',
    probe: ['-c', 'true'],
  },
  {
    name: 'swaks, which speaks SMTP with -bs',
    command: 'swaks',
    argv: [
      '--pipe=SENDMAIL -bs',
      '--from=a@x.test',
      '--to=b@x.test,c@x.test',
      '--data=From: a@x.test\\nTo: b@x.test\\nSubject: s\\n\\nline\\n.\\nend\\n',
    ],
    probe: ['--version'],
  },
];

describe('programs that are installed call sendmail', () => {
  for (const caller of callers) {
    const { command, probe, sender = 'a@x.test', body = 'line\r\n.\r\nend\r\n' } = caller;
    const isThere = spawnSync(command, probe, { stdio: 'ignore' }).status === 0;
    unless(isThere ? undefined : `${command} is not installed, or lacks it`, it)(caller.name, async () => {
      const spool = keep(await makeSpool());
      await spool.serve();
      const sendmail = join(spool.directory, 'sendmail');
      await writeFile(sendmail, `#!/bin/sh\nexec "${process.execPath}" "${executable}" sendmail "$@"\n`);
      await chmod(sendmail, 0o755);
      expect(await call(caller, spool.directory, sendmail)).toEqual([0, '']);
      expect(spool.taken.map(({ submission: { envelope } }) => envelope)).toMatchObject([
        { sender, recipients: [{ address: 'b@x.test' }, { address: 'c@x.test' }] },
      ]);
      const content = spool.taken[0]?.content ?? '';
      const at = content.indexOf('\r\n\r\n') + 4;
      expect(content.slice(at).replace(/(?:\r\n)+$/, '\r\n')).toBe(body);
      expect(content).not.toMatch(/^bcc:/im);
    });
  }
});

/** Its exit status, and what it says on standard error. */
async function call(
  { command, argv, env = {}, input = '' }: Caller,
  spool: string,
  sendmail: string,
): Promise<readonly [number | null, string]> {
  const named = (text: string): string => text.replaceAll('SENDMAIL', sendmail);
  const own = Object.entries(process.env).filter(([key]) => !key.startsWith('DANE_RELAY_'));
  const set = { DANE_RELAY_CONFIG: '', DANE_RELAY_SPOOL_DIR: spool, DANE_RELAY_HOSTNAME: 'relay.test' };
  const more = Object.entries(env).map(([key, value]) => [key, named(value)]);
  const child = spawn(command, argv.map(named), {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { ...Object.fromEntries([...own, ...more]), ...set },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return [code, stderr];
}
