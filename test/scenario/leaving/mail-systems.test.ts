import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, test } from 'vitest';
import { inPrivateRoot, layerOf } from '../../clients/private-root.ts';
import { chooseAddresses, type AddressSpace } from '../../lab/address-space.ts';
import { startMailHost, type MailHost } from '../../lab/mail-host.ts';
import { startPostfix } from '../../lab/postfix-instance.ts';
import { postfixObstacle, searchPath } from '../../lab/privileges.ts';
import { until } from '../../lab/until.ts';
import { belongings } from '../../support/belongings.ts';
import { sample } from '../../support/sample.ts';
import { unless } from '../../support/unless.ts';
import { leavingWorld, type Left } from './leaving-kit.ts';

/** Exported mail is handed to real mail systems, which send it to a host that tells what came. */

const keep = belongings();
/** What nc(1) does. */
const pipe = `const s = require('net').connect(process.argv[2], process.argv[1]); process.stdin.pipe(s); s.pipe(process.stdout)`;

const head = [
  'From: Sender <sender@example.org>',
  'To: Undisclosed: ;',
  'Subject: octets',
  'Date: Mon, 30 Nov 2026 06:20:00 +0000',
  'Message-ID: <octets@example.org>',
  'MIME-Version: 1.0',
  'Content-Type: text/plain; charset=iso-8859-1',
  'Content-Transfer-Encoding: 8bit',
  '',
  'From here on',
  '>From there',
  '.',
  '..',
  '.a',
  'MAIL FROM:<evil@x.test>',
  '',
];
const octets = Buffer.concat([
  Buffer.from(head.join('\r\n')),
  Buffer.from(Array.from({ length: 255 }, (_, at) => (at === 9 || at === 12 ? 32 : at + 1))),
  Buffer.from(`\r\n${'x'.repeat(990)}\r\n\r\n`),
]);
const messages: readonly Left[] = [
  {
    envelope: {
      recipients: [
        { address: 'one@x.test', notify: ['SUCCESS', 'FAILURE'], orcpt: 'rfc822;One+1@x.test' },
        { address: 'two@y.test', notify: ['NEVER'] },
      ],
      body: '8BITMIME',
      ret: 'HDRS',
      envid: 'Q=1',
    },
    content: octets,
  },
  {
    envelope: { sender: '', recipients: [{ address: 'three@x.test' }], body: '8BITMIME' },
    content: Buffer.from(octets.toString('latin1').replace('octets@', 'report@'), 'latin1'),
  },
];

interface World {
  readonly to: string;
  readonly host: MailHost;
  readonly space: AddressSpace;
  readonly directory: string;
}

async function world(): Promise<World> {
  const { to, accept, command } = await leavingWorld(keep);
  await accept(messages);
  expect(await command('queue', 'export', '--as', 'eml', '--to', to)).toMatchObject({ code: 0 });
  const space = await chooseAddresses();
  const place = { name: 'next.test', address: space.address(1), port: space.port };
  const host = await startMailHost(place, { startTls: false });
  keep({ [Symbol.asyncDispose]: () => host.stop() });
  const directory = await mkdtemp(join(tmpdir(), 'dane-relay-mta-'));
  keep({ [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true, maxRetries: 5 }) });
  await chmod(directory, 0o711);
  return { to, host, space, directory };
}

/** What the host was told of envelopes, parameters in one order. */
function told({ sessions }: MailHost): readonly string[] {
  return sessions
    .flatMap(({ plaintextCommands }) => plaintextCommands)
    .filter((line) => /^(?:MAIL|RCPT)/i.test(line))
    .map((line) => {
      const [verb = '', path = '', ...words] = line.split(' ');
      const parameters = words.filter((word) => !word.startsWith('SIZE=')).toSorted();
      return [verb, path.replace(/^(?:From|To)/, (word) => word.toUpperCase()), ...parameters].join(' ');
    })
    .toSorted();
}

/** What a mail system has put in front of a message ends where this begins. */
function expectOctets({ messages: found }: MailHost): void {
  for (const { content = '' } of messages) {
    const id = /Message-ID: (<.*>)/.exec(content.toString('latin1'))?.[1] ?? '';
    const arrived = found.filter(({ data }) => data.includes(id));
    expect(arrived.length, id).toBeGreaterThan(0);
    for (const { data } of arrived)
      expect(data.subarray(-content.length).equals(Buffer.from(content)), id).toBe(true);
  }
}

unless(postfixObstacle(), it)('Postfix takes it, with DSN, and sends it on as it was', async () => {
  const { to, host, space, directory } = await world();
  const postfix = await startPostfix({
    directory,
    address: space.address(2),
    port: space.port,
    parameters: {
      myhostname: 'postfix.test',
      relayhost: `[${host.address}]:${space.port}`,
      smtp_tls_security_level: 'none',
    },
  });
  keep({ [Symbol.asyncDispose]: () => postfix.stop() });
  // The same export twice.
  await cp(to, `${to}-again`, { recursive: true });
  const ways = [
    { from: to, command: ['sendmail', '-C', postfix.configDirectory, '-bs'], parameters: '' },
    {
      from: `${to}-again`,
      command: [process.execPath, '-e', pipe, space.address(2), String(space.port)],
      // What sendmail(1) of Postfix takes in, loses them on its way through the maildrop.
      parameters: ' ENVID=Q+3D1 RET=HDRS',
    },
  ];
  const expected: string[] = [];
  for (const [at, { from, command, parameters }] of ways.entries()) {
    const ended = await resend(from, command);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/2 messages handed over\n$/);
    await until(() => host.messages.length >= 2 * (at + 1), 'mail of Postfix');
    expected.push(
      `MAIL FROM:<sender@example.org> BODY=8BITMIME${parameters}`,
      'RCPT TO:<one@x.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;One+2B1@x.test',
      'RCPT TO:<two@y.test> NOTIFY=NEVER ORCPT=rfc822;two@y.test',
      'MAIL FROM:<> BODY=8BITMIME',
      'RCPT TO:<three@x.test> ORCPT=rfc822;three@x.test',
    );
    expect(told(host)).toEqual(expected.toSorted());
  }
  expectOctets(host);
});

interface MailSystem {
  readonly name: string;
  readonly packages: readonly string[];
  /** Makes it send everything to `host`; where it has to listen, it does so at `own`, with the same port. */
  readonly prepare: (at: { readonly host: string; readonly own: string; readonly port: number }) => string;
  /** What `resend` is given. */
  readonly words: string;
  /** Succeeds once nothing is left in its queues. */
  readonly isDone: string;
  readonly envelopes: readonly string[];
}

const plain = ['RCPT TO:<one@x.test>', 'RCPT TO:<two@y.test>', 'RCPT TO:<three@x.test>'];
const mailSystems: readonly MailSystem[] = [
  {
    name: 'Exim',
    packages: ['exim4-daemon-light'],
    prepare: ({ host, port }) => `cat > /etc/exim4/update-exim4.conf.conf <<END
dc_eximconfig_configtype='satellite'
dc_smarthost='${host}::${port}'
dc_readhost='example.com'
dc_local_interfaces='127.0.0.1'
dc_hide_mailname='false'
dc_use_split_config='false'
END
update-exim4.conf`,
    words: '-- /usr/sbin/sendmail -odf -bs',
    isDone: 'true',
    envelopes: ['MAIL FROM:<sender@example.org>', 'MAIL FROM:<>', ...plain],
  },
  {
    name: 'sendmail',
    packages: ['sendmail-bin', 'sendmail-cf', 'm4'],
    // As Debian sets it up: sendmail(8) hands on to the server of the machine, and that to everybody else.
    prepare: ({
      host,
      own,
      port,
    }) => `printf '127.0.0.1 localhost\\n${own} client.test client\\n' > /etc/hosts
cat > /etc/mail/sendmail.mc <<'END'
define(\`_USE_ETC_MAIL_')dnl
include(\`/usr/share/sendmail/cf/m4/cf.m4')dnl
OSTYPE(\`debian')dnl
DOMAIN(\`debian-mta')dnl
FEATURE(\`no_default_msa')dnl
DAEMON_OPTIONS(\`Family=inet, Name=MTA-v4, Addr=${own}, Port=${port}')dnl
define(\`confDOMAIN_NAME', \`client.test')dnl
define(\`SMART_HOST', \`[${host}]')dnl
define(\`RELAY_MAILER_ARGS', \`TCP $h ${port}')dnl
FEATURE(\`nocanonify')dnl
FEATURE(\`accept_unresolvable_domains')dnl
FEATURE(\`access_db', , \`skip')dnl
MAILER(\`local')dnl
MAILER(\`smtp')dnl
END
printf 'Connect:${own} RELAY\\nConnect:127.0.0.1 RELAY\\n' > /etc/mail/access
makemap hash /etc/mail/access < /etc/mail/access
cat > /etc/mail/submit.mc <<'END'
define(\`_USE_ETC_MAIL_')dnl
include(\`/usr/share/sendmail/cf/m4/cf.m4')dnl
OSTYPE(\`debian')dnl
DOMAIN(\`debian-msp')dnl
FEATURE(\`nocanonify')dnl
FEATURE(\`accept_unresolvable_domains')dnl
define(\`RELAY_MAILER_ARGS', \`TCP $h ${port}')dnl
FEATURE(\`msp', \`[${own}]')dnl
END
cp /etc/mail/service.switch-nodns /etc/mail/service.switch
for name in sendmail submit; do m4 /etc/mail/$name.mc > /etc/mail/$name.cf; done
/usr/sbin/sendmail -bd
until perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new("${own}:${port}")'; do sleep 0.1; done`,
    words: '',
    isDone: 'test -z "$(ls /var/spool/mqueue /var/spool/mqueue-client | grep ^qf)"',
    envelopes: [
      'MAIL FROM:<sender@example.org> BODY=8BITMIME ENVID=Q+3D1 RET=HDRS',
      'RCPT TO:<one@x.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;One+2B1@x.test',
      'RCPT TO:<two@y.test> NOTIFY=NEVER ORCPT=rfc822;two@y.test',
      'MAIL FROM:<> BODY=8BITMIME',
      'RCPT TO:<three@x.test> ORCPT=rfc822;three@x.test',
    ],
  },
];

// Their packages are fetched, and their installation takes a while.
for (const { name, packages, prepare, words, isDone, envelopes } of sample('mail systems', mailSystems, {
  count: 0,
})) {
  const layer = await layerOf(packages);
  unless('obstacle' in layer ? layer.obstacle : undefined, test)(
    `${name} takes it, and sends it on`,
    async () => {
      if ('obstacle' in layer) return;
      const { to, host, space, directory } = await world();
      const given = join(directory, 'given');
      await mkdir(given);
      await cp(to, join(given, 'mail'), { recursive: true });
      await writeFile(
        join(given, 'play.sh'),
        `set -e
printf '127.0.0.1 localhost %s\\n' "$(hostname)" > /etc/hosts
echo nameserver 127.0.0.1 > /etc/resolv.conf
echo client.test > /etc/mailname
${prepare({ host: host.address, own: space.address(2), port: space.port })}
sh mail/resend ${words}
ls mail/send mail/sent
until ${isDone}; do sleep 0.1; done
`,
      );
      const inRoot = inPrivateRoot(layer.directory, join(directory, 'top'), given, 'sh play.sh');
      const ended = await run('unshare', ['--mount', '--pid', '--fork', '--kill-child', '--', ...inRoot]);
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
      expect(ended.stdout).toMatch(/2 messages handed over\n/);
      await until(() => told(host).length >= envelopes.length, `mail of ${name}`);
      expect(new Set(told(host))).toEqual(new Set(envelopes));
      expectOctets(host);
    },
  );
}

function resend(to: string, command: readonly string[]) {
  return run('sh', [join(to, 'resend'), '--', ...command]);
}

function run(program: string, words: readonly string[]) {
  return new Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>((resolve) =>
    execFile(program, words, { env: { ...process.env, PATH: searchPath() } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    ),
  );
}
